// A well-behaved client, as a process of its own so that attackers do not slow it down: asks one server
// one thing after the other until its standard input ends, and then prints how long replies took.
// deno run --allow-net=127.0.0.1 tests/hostile/probe.ts <port>

import { encode } from "../../src/base/bytes.ts";

/** The wait between a reply and the next request, in milliseconds. */
const PAUSE_MS = 2;

/** What a probe found, in milliseconds. */
export interface ProbeResult {
  readonly requests: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Whether the connection ended before the probe did. */
  readonly wasDropped: boolean;
}

async function probe(port: number): Promise<ProbeResult> {
  let isOver = false;
  Deno.stdin.readable.pipeTo(new WritableStream()).finally(() => isOver = true);
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  connection.setNoDelay(true);
  const buffer = new Uint8Array(4_096);
  const tookMs: number[] = [];
  let wasDropped = false;
  while (!isOver && !wasDropped) {
    const startMs = performance.now();
    const time = (Date.now() / 1000).toFixed(3);
    await connection.write(encode(`IAMAT probe +34.068930-118.445127 ${time}\n`));
    let count: number | null = 0;
    let isWhole = false;
    while (!isWhole && count !== null) {
      count = await connection.read(buffer);
      isWhole = count !== null && buffer[count - 1] === 0x0a;
    }
    wasDropped = count === null;
    tookMs.push(performance.now() - startMs);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  tookMs.sort((a, b) => a - b);
  const at = (share: number) => tookMs[Math.min(tookMs.length - 1, share * tookMs.length | 0)] ?? 0;
  return { requests: tookMs.length, p50: at(0.5), p99: at(0.99), max: at(1), wasDropped };
}

if (import.meta.main) {
  const result = await probe(Number(Deno.args[0]));
  await Deno.stdout.write(encode(`${JSON.stringify(result)}\n`));
  Deno.exit();
}
