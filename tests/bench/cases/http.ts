// The HTTP API: PUT and GET beside bare servers, searches for clients, and lines beside watchers.

import { freePort } from "../../support/processes/ports.ts";
import { inTurns, latencyFigures, ratio, rowOf } from "../contenders/contest.ts";
import type { Contender, Shape } from "../contenders/contender.ts";
import { lineServer, startLineServer } from "../contenders/contenders.ts";
import { curveOf, type Latency, summarize } from "../figures/latency.ts";
import { figure } from "../figures/result.ts";
import { startHerdServers } from "../herd/herd_servers.ts";
import { PLAIN } from "../herd/variants.ts";
import type { Bench, BenchCase } from "./bench_case.ts";

const CONNECTIONS = 32;
const CLIENTS = 10_000;

/** PUT at three times 6,500/s where GET of a bare `Deno.serve` is at 86,000/s. */
const PUT_GOAL = 3 * 6_500 / 86_000;

const NEAR = "radius=10&limit=20";

/** Watchers that come at one time, beside so many clients; what clients of lines send meanwhile. */
const WATCHERS = 50;
const WATCHED_CLIENTS = 200_000;
const LINES_PER_SECOND = 1_000;
const LINES_P99_GOAL_MS = 25;

const BARE: readonly { readonly label: string; readonly file: string }[] = [
  { label: "Herd's HTTP, bare", file: "http_wire.ts" },
  { label: "node:http, bare", file: "http_node.ts" },
  { label: "Deno.serve, bare", file: "http_serve.ts" },
];

/** The case. */
export const http: BenchCase = {
  name: "http",
  title: `HTTP over ${CONNECTIONS} connections, one request at a time on each`,
  async run(bench) {
    await using stack = new AsyncDisposableStack();
    const httpPort = freePort();
    const servers = stack.use(
      await startHerdServers(bench, { count: 1, variant: PLAIN, httpPort }),
    );
    const { pid, port } = servers.all[0]!;
    const untouched = { [Symbol.asyncDispose]: () => Promise.resolve() };
    const herd = lineServer(bench, "Herd", pid, httpPort, undefined, untouched);
    const all: Contender[] = [herd];
    for (const { label, file } of BARE) all.push(stack.use(await startBare(bench, label, file)));
    await bench.generator.load({
      ...{ ports: [httpPort], kind: "put", connections: CONNECTIONS },
      ...{ clients: CLIENTS, inOrder: true, requests: CLIENTS },
    });
    const asked = [
      ...all.map((it) => asking("PUT", it, { kind: "put" })),
      ...all.map((it) => asking("GET", it, { kind: "get" })),
      asking("near, 10 km, 20 clients", herd, { kind: "near", tail: NEAR }),
    ];
    const results = await inTurns(bench, asked, {
      connections: CONNECTIONS,
      depth: 1,
      kind: "get",
    });
    const put = results.slice(0, all.length);
    const get = results.slice(all.length, 2 * all.length);
    const near = results.slice(2 * all.length);
    const lines = await linesBesideWatchers(bench, { port, httpPort });
    return {
      rows: [
        ...[put, get, near].flatMap((it) => it.map((one) => rowOf(one, it[0]!))),
        ...lines.map(({ label, latency }) => ({ label, figures: latencyFigures(latency) })),
      ],
      targets: [{
        label: "PUT/s of Herd, in GET/s of a bare Deno.serve",
        figure: figure(ratio(put[0]!, get.at(-1)!), "x"),
        bound: "at least",
        goal: PUT_GOAL,
      }, {
        label: `p99 of lines while ${WATCHERS} watchers come`,
        figure: { value: lines.at(-1)!.latency.p99, unit: "ms" },
        bound: "at most",
        goal: LINES_P99_GOAL_MS,
      }],
      curves: lines.map(({ label, points }) => ({ label, points })),
    };
  },
};

function startBare(bench: Bench, label: string, file: string): Promise<Contender> {
  const path = new URL(`../contenders/references/${file}`, import.meta.url).pathname;
  const args = ["run", "--quiet", "--no-prompt", "--allow-net=127.0.0.1", path];
  return startLineServer(bench, label, undefined, Deno.execPath(), args);
}

/** A contender that is always asked the same, so that all are measured in turns. */
function asking(
  what: string,
  contender: Contender,
  question: Pick<Shape, "kind" | "tail">,
): Contender {
  return {
    label: `${what}: ${contender.label}`,
    measure: (shape) => contender.measure({ ...shape, ...question }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Times clients of lines at a steady rate, alone and while watchers are told of all clients. */
async function linesBesideWatchers(
  { generator, isQuick, progress }: Bench,
  { port, httpPort }: { readonly port: number; readonly httpPort: number },
) {
  const clients = isQuick ? WATCHED_CLIENTS / 10 : WATCHED_CLIENTS;
  const ports = [port];
  progress(`${clients} clients`);
  const filling = { connections: 10, depth: 100, inOrder: true, requests: clients };
  await generator.load({ ports, clients, ...filling });
  const steady = {
    ports,
    connections: 5,
    rate: LINES_PER_SECOND,
    seconds: isQuick ? 1 : 5,
    clients,
  };
  progress("lines alone");
  const alone = await generator.load(steady);
  progress(`lines beside ${WATCHERS} watchers`);
  const watchers = Array.from({ length: WATCHERS }, () => new Watcher(httpPort));
  const beside = await generator.load(steady);
  const told = await Promise.all(watchers.map((it) => it.close()));
  if (told.some((bytes) => bytes === 0)) throw new Error("a watcher was told nothing");
  return [
    { label: `lines at ${LINES_PER_SECOND}/s`, ...timesOf(alone) },
    { label: `the same while ${WATCHERS} watchers of ${clients} clients come`, ...timesOf(beside) },
  ];
}

function timesOf(histogram: Parameters<typeof summarize>[0]): {
  readonly latency: Latency;
  readonly points: ReturnType<typeof curveOf>;
} {
  return { latency: summarize(histogram), points: curveOf(histogram) };
}

/** One who watches live, and looks at nothing. */
class Watcher {
  readonly #socket: WebSocket;
  readonly #closed = Promise.withResolvers<void>();
  #bytes = 0;

  /** Connects. */
  constructor(port: number) {
    this.#socket = new WebSocket(`ws://127.0.0.1:${port}/v1/live`);
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onmessage = ({ data }) => {
      if (data instanceof ArrayBuffer) this.#bytes += data.byteLength;
    };
    this.#socket.onclose = () => this.#closed.resolve();
  }

  /** Ends it; gives the bytes of positions that came. */
  async close(): Promise<number> {
    this.#socket.close();
    await this.#closed.promise;
    return this.#bytes;
  }
}
