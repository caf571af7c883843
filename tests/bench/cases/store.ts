// The durable store: what a million clients cost in memory, on the disk, and over a restart.

import { LINK_TIMINGS } from "../../../src/flood/environment.ts";
import { parseTopology } from "../../../src/topology/topology.ts";
import { type ServerProcess, startServer } from "../../support/processes/server_process.ts";
import { Asker } from "../herd/asker.ts";
import type { Bench, BenchCase } from "./bench_case.ts";
import type { Contender } from "../contenders/contender.ts";
import { startHerdContender } from "../contenders/contenders.ts";
import { inTurns, latencyFigures, ratio, rowOf } from "../contenders/contest.ts";
import { QUIET } from "../herd/herd_servers.ts";
import { merge, summarize } from "../figures/latency.ts";
import { CountingProxy } from "../herd/proxy.ts";
import { freePort } from "../../support/processes/ports.ts";
import { figure, type Row, type Target } from "../figures/result.ts";
import { ratiosOf, spreadOf } from "../figures/statistics.ts";
import { DURABLE, PLAIN, type Variant } from "../herd/variants.ts";
import { grow, type GrownServer, ratesInTurns } from "./growth.ts";

const MILLION = 1_000_000;
const SHARE_CHANGED = 0.1;
const MODERATE_RATE = 5_000;
const MEGABYTE = 1024 * 1024;

/** Answers from memory beside answers whose changes are saved as well, and saved first. */
export const durability: BenchCase = {
  name: "durability",
  title: "What saving costs: IAMAT pipelined 100 deep over 10 connections",
  isExtra: true,
  async run(bench) {
    await using stack = new AsyncDisposableStack();
    const contenders: Contender[] = [];
    for (const mode of ["none", "relaxed", "commit"]) {
      const variant = { label: mode, args: ["--durability", mode] };
      contenders.push(stack.use(await startHerdContender(bench, variant, mode)));
    }
    const full = await inTurns(bench, contenders, { connections: 10, depth: 100, kind: "iamat" });
    const calm = await inTurns(bench, contenders, {
      connections: 50,
      depth: 1,
      rate: MODERATE_RATE,
      kind: "iamat",
    });
    const [none, relaxed] = full;
    const { "Herd/it": _, ...figures } = rowOf(relaxed!, none!).figures;
    return {
      rows: [
        ...full.map((it) => it === relaxed ? { label: "relaxed", figures } : rowOf(it, it)),
        ...calm.map(({ contender, rounds }) => ({
          label: `${contender.label}, 5,000/s`,
          figures: latencyFigures(summarize(merge(rounds.map((it) => it.latency!)))),
        })),
      ],
      targets: [{
        label: "times the requests/s of none, with relaxed",
        figure: figure(ratio(relaxed!, none!), "x"),
        bound: "at least",
        goal: 0.8,
      }],
    };
  },
};

/** A million clients on one server. */
export const store: BenchCase = {
  name: "store",
  title: "A million clients on one server",
  isExtra: true,
  async run(bench) {
    await using stack = new AsyncDisposableStack();
    const rows: Row[] = [];
    const targets: Target[] = [];
    for (const variant of [PLAIN, DURABLE]) {
      const small = stack.use(await grown(bench, 10_000, variant));
      const large = stack.use(await grown(bench, sizeFor(bench), variant));
      const [first, last] = await ratesInTurns(bench, [small, large]);
      const share = ratiosOf(last!, first!);
      const latency = summarize(large.whileGrowing);
      const megabytes = { value: large.fullBytes / MEGABYTE, unit: "MB" } as const;
      rows.push({
        label: variant.label,
        figures: {
          "requests/s": figure(spreadOf(last!), "/s"),
          "of 10,000 clients": figure(share, "x"),
          memory: megabytes,
          ...latencyFigures(latency),
        },
      });
      targets.push(
        target(`${variant.label}: memory, MB`, megabytes, "at most", 250),
        target(
          `${variant.label}: times the requests/s at 10,000 clients`,
          figure(share, "x"),
          "at least",
          0.5,
        ),
        target(
          `${variant.label}: p99.9 of replies while growing`,
          { value: latency.p999, unit: "ms" },
          "at most",
          50,
        ),
      );
    }
    return {
      rows,
      targets,
      notes: ["The latencies are those of 1,000 requests/s from others while the clients came."],
    };
  },
};

/** A server of a million clients that stops, or is killed, while some of them move. */
export const restart: BenchCase = {
  name: "restart",
  title: "A restart with a million clients, 10 % of which moved meanwhile",
  isExtra: true,
  async run(bench) {
    const clients = sizeFor(bench);
    await using pair = await Pair.start(bench);
    bench.progress(`${clients} clients`);
    await pair.tell(0, clients - 1);
    await pair.untilLevel();
    const rows: Row[] = [];
    const targets: Target[] = [];
    for (const [label, signal] of [["stopped", "SIGTERM"], ["killed", "SIGKILL"]] as const) {
      bench.progress(label);
      const { startMs, readyMs, levelMs, received, given } = await pair.restart(signal, () => {
        return pair.tell(0, clients * SHARE_CHANGED);
      });
      rows.push({
        label,
        figures: {
          "listening after": { value: startMs, unit: "ms" },
          "ready after": { value: readyMs, unit: "ms" },
          "level after another": { value: levelMs, unit: "ms" },
          "it received": { value: received / MEGABYTE, unit: "MB" },
          "it gave": { value: given / MEGABYTE, unit: "MB" },
        },
      });
      targets.push(
        target(`${label}: listening`, { value: startMs / 1000, unit: "s" }, "at most", 0.3),
        target(`${label}: ready`, { value: readyMs / 1000, unit: "s" }, "at most", 3),
        target(`${label}: level`, { value: levelMs / 1000, unit: "s" }, "at most", 2),
      );
    }
    return { rows, targets };
  },
};

/** Two durable servers, with a proxy before each that counts what goes over their link. */
class Pair implements AsyncDisposable {
  readonly #bench: Bench;
  readonly #ports = { Stays: freePort(), Restarts: freePort() };
  readonly #proxies = {
    Stays: new CountingProxy(this.#ports.Stays),
    Restarts: new CountingProxy(this.#ports.Restarts),
  };
  readonly #running = new Map<string, ServerProcess>();

  private constructor(bench: Bench) {
    this.#bench = bench;
  }

  static async start(bench: Bench): Promise<Pair> {
    const pair = new Pair(bench);
    await Promise.all([pair.#start("Stays"), pair.#start("Restarts")]);
    return pair;
  }

  /** Updates the clients from number `first` on at the server that stays. */
  async tell(first: number, clients: number): Promise<void> {
    await this.#bench.generator.load({
      ports: [this.#ports.Stays],
      connections: 10,
      depth: 100,
      requests: clients,
      clients,
      first,
      inOrder: true,
    });
  }

  /** Tells the one of a client, and waits until the other has it, with all that came before. */
  async untilLevel(): Promise<void> {
    using stays = await Asker.connect(this.#ports.Stays);
    using restarts = await Asker.connect(this.#ports.Restarts);
    await stays.tell("last-of-all");
    const line = await stays.find("last-of-all");
    while (await restarts.find("last-of-all") !== line) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** Ends the other one, lets things change, and starts it again. */
  async restart(signal: Deno.Signal, change: () => Promise<void>) {
    // Positions of what had not to be sent travel with the next heartbeat.
    await new Promise((resolve) => setTimeout(resolve, 2 * LINK_TIMINGS.heartbeatMs));
    await this.#running.get("Restarts")!.end(signal);
    await change();
    const before = this.#bytes();
    const beganMs = performance.now();
    const { startMs } = await this.#start("Restarts");
    // It listens before its records are there: the first answer says that they are.
    using first = await Asker.connect(this.#ports.Restarts);
    await first.find("last-of-all");
    const startedMs = performance.now();
    const readyMs = startedMs - beganMs;
    await this.untilLevel();
    const levelMs = performance.now() - startedMs;
    // What it gives may take longer than what it gets.
    await settled(() => this.#bytes().Restarts);
    const after = this.#bytes();
    return {
      startMs,
      readyMs,
      levelMs,
      received: after.Stays - before.Stays,
      given: after.Restarts - before.Restarts,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running.values()].map((it) => it.end("SIGKILL")));
    for (const proxy of Object.values(this.#proxies)) proxy[Symbol.dispose]();
  }

  #bytes() {
    return { Stays: this.#proxies.Stays.bytesFrom, Restarts: this.#proxies.Restarts.bytesFrom };
  }

  /** Each server listens on its own port, and reaches the other one through the proxy before it. */
  async #start(name: "Stays" | "Restarts"): Promise<ServerProcess> {
    const folder = `${this.#bench.folder}/${name}`;
    await Deno.mkdir(folder, { recursive: true });
    const other = name === "Stays" ? "Restarts" : "Stays";
    const text = JSON.stringify({
      herd: "pair",
      servers: {
        [name]: { host: "127.0.0.1", port: this.#ports[name] },
        [other]: { host: "127.0.0.1", port: this.#proxies[other].port },
      },
      links: [[name, other]],
    });
    const file = `${folder}/topology.json`;
    await Deno.writeTextFile(file, text);
    const options = {
      file,
      topology: parseTopology(text),
      folder,
      args: [...DURABLE.args, ...QUIET],
    };
    const server = await startServer(name, options);
    this.#running.set(name, server);
    return server;
  }
}

async function grown(
  bench: Bench,
  clients: number,
  variant: Variant,
): Promise<GrownServer & AsyncDisposable> {
  bench.progress(`growing to ${clients}`);
  const it = await grow(bench, clients, variant);
  return { ...it, [Symbol.asyncDispose]: () => it.servers[Symbol.asyncDispose]() };
}

/** Waits until a number has stood still for half a second. */
async function settled(look: () => number): Promise<void> {
  for (let before = NaN; before !== look();) {
    before = look();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function sizeFor({ isQuick }: Bench): number {
  return isQuick ? MILLION / 10 : MILLION;
}

function target(
  label: string,
  figure: Target["figure"],
  bound: Target["bound"],
  goal: number,
): Target {
  return { label, figure, bound, goal };
}
