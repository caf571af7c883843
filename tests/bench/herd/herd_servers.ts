// Servers of the herd under load: real processes on free ports, each with its exact permissions.

import { parseTopology } from "../../../src/topology/topology.ts";
import { EXAMPLE_LINKS } from "../../support/herds/shape.ts";
import {
  runHerd,
  type ServerProcess,
  startServer,
} from "../../support/processes/server_process.ts";
import { Asker } from "./asker.ts";
import type { Bench } from "../cases/bench_case.ts";
import { freePort } from "../../support/processes/ports.ts";
import { cpuSeconds } from "../figures/processes.ts";
import type { Variant } from "./variants.ts";

const EXAMPLE_NAMES = ["Goloman", "Hands", "Holiday", "Welsh", "Wilkes"] as const;

/** How to start a herd. */
export interface HerdOptions {
  /** Servers: 5 are the example herd, more are a ring with chords. */
  readonly count?: number;
  readonly variant: Variant;
  /** The addresses of NATS servers in place of links, such as `nats://127.0.0.1:4222`. */
  readonly backbone?: readonly string[];
  /** The HTTP port of the first server; none has one when left out. */
  readonly httpPort?: number;
  /** Who follows whom, in place of the graph that goes with `count`. */
  readonly links?: readonly (readonly [string, string])[];
  /** The names of those that run from the beginning; all of them when left out. */
  readonly first?: readonly string[];
  /** The program's main module, of this build when left out. */
  readonly main?: string | undefined;
  /** True if each server has an HTTP port, which `status` asks. */
  readonly hasHttp?: boolean;
}

/** A server's account of itself, the parts that cases use. */
export interface Account {
  readonly records: number;
  readonly links: readonly {
    readonly neighbour: string;
    readonly received: { readonly lines: number; readonly bytes: number };
    readonly sent: { readonly lines: number; readonly bytes: number };
  }[];
}

/** A running herd. */
export class HerdServers implements AsyncDisposable {
  readonly #running = new Map<string, ServerProcess>();
  readonly #start: (name: string) => Promise<ServerProcess>;
  readonly #httpPort: (name: string) => number | undefined;

  /** `start` starts the server of a name; `folder` is where they all run. */
  constructor(
    readonly folder: string,
    start: (name: string) => Promise<ServerProcess>,
    httpPort: (name: string) => number | undefined = () => undefined,
  ) {
    this.#start = start;
    this.#httpPort = httpPort;
  }

  /** What a server says of itself at its HTTP port. */
  async status(name: string): Promise<Account> {
    const response = await fetch(`http://127.0.0.1:${this.#httpPort(name)}/v1/status`);
    return await response.json();
  }

  /** The servers that run. */
  get all(): ServerProcess[] {
    return [...this.#running.values()];
  }

  /** Their names. */
  get names(): string[] {
    return [...this.#running.keys()];
  }

  /** Their ports. */
  get ports(): number[] {
    return this.all.map((it) => it.port);
  }

  /** The one of this name. */
  server(name: string): ServerProcess {
    return this.#running.get(name)!;
  }

  /** Starts one that does not run. */
  async start(name: string): Promise<ServerProcess> {
    const server = await this.#start(name);
    this.#running.set(name, server);
    return server;
  }

  /** Stops one as an operator does, or by another signal. */
  async stop(name: string, signal: Deno.Signal = "SIGTERM"): Promise<void> {
    const server = this.server(name);
    this.#running.delete(name);
    await server.end(signal);
  }

  /** Processor seconds that all its processes have used. */
  cpuSeconds(): number {
    return this.all.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.all.map((it) => it.end("SIGKILL")));
  }
}

/** Servers that stop and start make warnings, as they should. */
export const QUIET: readonly string[] = ["--log-level", "error"];

let herds = 0;

/** Starts a herd and waits until all listen. */
export async function startHerdServers(
  bench: Bench,
  options: HerdOptions,
): Promise<HerdServers> {
  const { variant, backbone, main } = options;
  const folder = `${bench.folder}/herd-${++herds}`;
  await Deno.mkdir(folder);
  const { names, links } = graphOf(options);
  const servers = Object.fromEntries(
    names.map((name, index) => {
      const link = variant.hasTls ? { link: freePort() } : {};
      const httpPort = index === 0 ? options.httpPort : undefined;
      const http = options.hasHttp || httpPort !== undefined
        ? { http: httpPort ?? freePort() }
        : {};
      return [name, { host: "127.0.0.1", port: freePort(), ...http, ...link }];
    }),
  );
  const tls = variant.hasTls ? { tls: { clients: false } } : {};
  const between = backbone === undefined ? { links } : { links: [], backbone: { nats: backbone } };
  const text = JSON.stringify({ herd: "bench", ...tls, servers, ...between });
  const file = `${folder}/topology.json`;
  await Deno.writeTextFile(file, text);
  if (variant.hasTls) await makeCertificates(folder);
  const env = variant.secret === undefined ? {} : { HERD_SECRET: variant.secret };
  const topology = parseTopology(text);
  const program = {
    file,
    topology,
    folder,
    args: [...variant.args, ...QUIET],
    env,
    ...main === undefined ? {} : { main, isTied: false },
  };
  const herd = new HerdServers(
    folder,
    (name) => startServer(name, program),
    (name) => topology.server(name).http,
  );
  const first = options.first ?? names;
  const started = await Promise.allSettled(first.map((name) => herd.start(name)));
  const failed = started.find((it) => it.status === "rejected");
  if (failed === undefined) return herd;
  await herd[Symbol.asyncDispose]();
  throw failed.reason;
}

async function makeCertificates(folder: string): Promise<void> {
  const { code, stderr } = await runHerd(["certs"], { cwd: folder });
  if (code !== 0) throw new Error(`No certificates: ${stderr}`);
}

/** The example herd for five servers; else a ring, with chords that keep it some hops wide. */
function graphOf({ count = EXAMPLE_NAMES.length, links: given }: HerdOptions) {
  if (given !== undefined) return { names: [...new Set(given.flat())], links: given };
  if (count === EXAMPLE_NAMES.length) return { names: EXAMPLE_NAMES, links: EXAMPLE_LINKS };
  const names = Array.from({ length: count }, (_, index) => `S${index + 1}`);
  const chord = Math.floor(Math.sqrt(count));
  const links = new Map<string, readonly [string, string]>();
  for (let from = 0; from < count; from++) {
    for (const step of [1, chord]) {
      const to = (from + step) % count;
      if (to !== from) {
        links.set(`${Math.min(from, to)}-${Math.max(from, to)}`, [
          names[from]!,
          names[to]!,
        ]);
      }
    }
  }
  return { names, links: [...links.values()] };
}

let markers = 0;

/**
 * Tells every server of one more client, and waits until every server knows of all those. A feed
 * hands its changes on in order, from server to server: who knows of the last one has all that came
 * before it. Gives the milliseconds that it took.
 */
export async function untilLevel(ports: readonly number[]): Promise<number> {
  const startedMs = performance.now();
  using stack = new DisposableStack();
  const askers = await Promise.all(
    ports.map(async (port) => stack.use(await Asker.connect(port))),
  );
  const names = ports.map(() => `marker-${++markers}`);
  await Promise.all(askers.map((it, index) => it.tell(names[index]!)));
  await Promise.all(askers.map(async (it) => {
    for (const name of names) await it.untilKnown(name);
  }));
  return performance.now() - startedMs;
}

/** Looks at some of the clients `c000000000000` and on: every server must say the same of each. */
export async function checkSame(ports: readonly number[], clients: number): Promise<void> {
  using stack = new DisposableStack();
  const askers = await Promise.all(
    ports.map(async (port) => stack.use(await Asker.connect(port))),
  );
  for (let i = 0; i < 100; i++) {
    const client = `c${String(Math.floor(Math.random() * clients)).padStart(12, "0")}`;
    const lines = await Promise.all(askers.map((it) => it.find(client)));
    if (lines[0] === undefined || lines.some((it) => it !== lines[0])) {
      throw new Error(`the servers disagree on '${client}': ${lines.join("; ")}`);
    }
  }
}
