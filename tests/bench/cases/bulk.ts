// Many locations in one request of HTTP, beside as many lines that are pipelined to the same server.

import { encode } from "../../../src/base/bytes.ts";
import { writeAll } from "../../../src/base/connection.ts";
import { freePort } from "../../support/processes/ports.ts";
import { startHerdServers } from "../herd/herd_servers.ts";
import { PLAIN } from "../herd/variants.ts";
import { ratiosOf, spreadOf } from "../figures/statistics.ts";
import { figure } from "../figures/result.ts";
import type { BenchCase } from "./bench_case.ts";

const CLIENTS = 10_000;

/** 200,000 a second where pipelined lines are at 900,000. */
const GOAL = 200 / 900;

const WAYS = [
  { label: "lines of JSON, each answered", isArray: false, query: "" },
  { label: "lines of JSON, summed up", isArray: false, query: "?answer=summary" },
  { label: "an array, summed up", isArray: true, query: "?answer=summary" },
] as const;

/** The case. */
export const bulk: BenchCase = {
  name: "bulk",
  title: "Many locations in one request of HTTP, beside IAMAT pipelined 100 deep on one connection",
  async run(bench) {
    const count = bench.isQuick ? 50_000 : 400_000;
    const rounds = bench.isQuick ? 2 : 4;
    const httpPort = freePort();
    await using servers = await startHerdServers(bench, { count: 1, variant: PLAIN, httpPort });
    const ports = [servers.all[0]!.port];
    const lines: number[] = [];
    const rates = WAYS.map((): number[] => []);
    let seconds = 1_520_000_000;
    // The first round is for warming up.
    for (let round = 0; round <= rounds; round++) {
      bench.progress(`round ${round} of ${rounds}`);
      const load = await bench.generator.load({
        ...{ ports, kind: "iamat", connections: 1, depth: 100 },
        ...{ clients: CLIENTS, requests: count },
      });
      if (round > 0) lines.push(load.requests / load.seconds);
      for (const [index, { isArray, query }] of WAYS.entries()) {
        const texts = Array.from(
          { length: count },
          (_, i) =>
            `{"id":"b${i % CLIENTS}","lat":34.06893,"lon":-118.445127,` +
            `"time":"${seconds + Math.floor(i / CLIENTS)}.918963997"}`,
        );
        seconds += Math.ceil(count / CLIENTS);
        const body = encode(isArray ? `[${texts}]` : texts.join("\n"));
        const type = isArray ? "json" : "x-ndjson";
        const beganMs = performance.now();
        await post(httpPort, `/v1/locations${query}`, { type, body, count });
        if (round > 0) rates[index]!.push(count / (performance.now() - beganMs) * 1000);
      }
    }
    const times = rates.map((it) => ratiosOf(it, lines));
    return {
      rows: [
        { label: "pipelined lines", figures: { "locations/s": figure(spreadOf(lines), "/s") } },
        ...WAYS.map(({ label }, index) => ({
          label,
          figures: {
            "locations/s": figure(spreadOf(rates[index]!), "/s"),
            "of lines": figure(times[index]!, "x"),
          },
        })),
      ],
      targets: [{
        label: `${WAYS[0].label}: times the rate of lines`,
        figure: figure(times[0]!, "x"),
        bound: "at least",
        goal: GOAL,
      }],
    };
  },
};

/** Posts a body and reads the answer; fails unless each location was stored. */
async function post(
  port: number,
  path: string,
  { type, body, count }: {
    readonly type: string;
    readonly body: Uint8Array;
    readonly count: number;
  },
): Promise<void> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    `Content-Type: application/${type}`,
    `Content-Length: ${body.length}`,
    "Connection: close",
  ];
  const answer = new Response(connection.readable).text();
  await writeAll(connection, encode(`${head.join("\r\n")}\r\n\r\n`));
  await writeAll(connection, body);
  const text = await answer;
  const stored = path.includes("?")
    ? Number(/"stored":(\d+)/.exec(text)?.[1])
    : text.split('{"isStored":true}').length - 1;
  if (stored !== count) throw new Error(`${stored} of ${count} stored: ${text.slice(0, 300)}`);
}
