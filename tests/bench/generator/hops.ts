// How long news travels, for machines without a compiler of C: takes the arguments of hops.c and
// prints the same JSON.

import { Asker } from "../herd/asker.ts";
import { LatencyCounter } from "./histogram.ts";
import { fail, print } from "./output.ts";
import { replyLength, RequestSource } from "./requests.ts";

const PATIENCE_MS = 10_000;

async function measure(from: Asker, to: Asker, source: RequestSource): Promise<number> {
  const request = source.next();
  replyLength("iamat", request, await from.ask(request, "\n"));
  const startMs = performance.now();
  const news = request.slice("IAMAT ".length);
  const question = `WHATSAT ${news.slice(0, news.indexOf(" "))} 0 0\n`;
  for (;;) {
    const answer = await to.ask(question, "\n\n");
    const passedMs = performance.now() - startMs;
    if (answer.includes(news)) return passedMs;
    if (passedMs > PATIENCE_MS) throw new Error(`news did not arrive: '${request.trimEnd()}'`);
  }
}

async function main([fromPort, toPort, samples, pauseUs, first]: readonly number[]) {
  const from = await Asker.connect(fromPort!);
  const to = await Asker.connect(toPort!);
  const range = { first: first!, clients: samples!, inOrder: true };
  const source = new RequestSource({ kind: "iamat", tail: "", ...range });
  const times = new LatencyCounter();
  for (let i = 0; i < samples!; i++) {
    times.record(await measure(from, to, source));
    await new Promise((resolve) => setTimeout(resolve, pauseUs! / 1000));
  }
  print(times.histogram);
}

await main(Deno.args.map(Number)).catch(fail);
