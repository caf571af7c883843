// The load generator as the cases use it. It is a program of its own, in C where a compiler is there
// and in TypeScript (generator/load.ts, generator/hops.ts) where not; both take the same arguments,
// check every reply, and print the same JSON.

import type { Histogram } from "../figures/latency.ts";

/** What the lines of a load are, and of HTTP: PUT and GET of a client, and a search for clients. */
export type LoadKind = "iamat" | "invalid" | "whatsat" | "echo" | "put" | "get" | "near";

/** A load. Every request's reply is checked; a wrong one ends it with an error. */
export interface LoadOptions {
  /** Servers on this machine; connections are dealt out over them in turns. */
  readonly ports: readonly number[];
  readonly kind?: LoadKind;
  readonly connections?: number;
  /** Requests under way on each connection: sent together, and anew when all are answered. */
  readonly depth?: number;
  /** Requests a second over all connections, due at even times, in place of `depth`. */
  readonly rate?: number;
  readonly seconds?: number;
  /** Seconds before `seconds` that are not measured. */
  readonly warmup?: number;
  /** Ends after so many requests, in place of `seconds`. */
  readonly requests?: number;
  /** Requests are about the clients numbered from `first`, so many of them. */
  readonly clients?: number;
  readonly first?: number;
  /** Clients one after the other, not by chance. */
  readonly inOrder?: boolean;
  /** Radius and bound of WHATSAT, such as `10 20`; of `near` the same, as `radius=10&limit=20`. */
  readonly tail?: string;
}

/** What a load measured. */
export interface LoadResult extends Histogram {
  /** Answered requests in the measured time, and in all. */
  readonly requests: number;
  readonly allRequests: number;
  readonly seconds: number;
  /** Processor time of the generator in the measured time. */
  readonly cpuSeconds: number;
}

/** A measurement of how long news travels from one server to another. */
export interface HopOptions {
  readonly from: number;
  readonly to: number;
  readonly samples: number;
  readonly pauseMs: number;
  /** Number of the first client; each sample takes the next. */
  readonly first: number;
}

/** Runs loads. */
export interface Generator {
  /** How to name it in a report. */
  readonly name: string;
  readonly isNative: boolean;
  load(options: LoadOptions): Promise<LoadResult>;
  hops(options: HopOptions): Promise<Histogram>;
}

/** A compiler of C, by its command, if this machine has one. */
export async function findCompiler(): Promise<string | undefined> {
  for (const command of ["cc", "gcc", "clang"]) {
    try {
      const { success } = await new Deno.Command(command, {
        args: ["--version"],
        stdout: "null",
        stderr: "null",
      }).output();
      if (success) return command;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** Compiles a C program to `folder`; undefined when it does not compile here. */
export async function compile(
  compiler: string,
  source: URL,
  folder: string,
): Promise<string | undefined> {
  const path = source.pathname;
  const target = `${folder}/${path.slice(path.lastIndexOf("/") + 1, -".c".length)}`;
  const { success } = await new Deno.Command(compiler, {
    args: ["-O2", "-o", target, path],
    stdout: "null",
    stderr: "null",
  }).output();
  return success ? target : undefined;
}

/** The fastest generator that this machine can have; its programs go to `folder`. */
export async function createGenerator(
  compiler: string | undefined,
  folder: string,
): Promise<Generator> {
  const native = compiler === undefined ? [] : await Promise.all(
    ["load.c", "hops.c"].map((it) => compile(compiler, new URL(it, import.meta.url), folder)),
  );
  const [load, hops] = native;
  if (load !== undefined && hops !== undefined) {
    return new ProgramGenerator("C", [load], [hops]);
  }
  return denoGenerator();
}

/** The generator in TypeScript: slower than what it loads, so figures are lower than the truth. */
export function denoGenerator(): Generator {
  const program = (name: string) => [
    Deno.execPath(),
    "run",
    "--quiet",
    "--no-prompt",
    "--allow-net=127.0.0.1",
    new URL(`./${name}.ts`, import.meta.url).pathname,
  ];
  return new ProgramGenerator("Deno", program("load"), program("hops"));
}

class ProgramGenerator implements Generator {
  readonly name: string;
  readonly isNative: boolean;
  readonly #load: readonly string[];
  readonly #hops: readonly string[];

  constructor(name: string, load: readonly string[], hops: readonly string[]) {
    this.name = name;
    this.isNative = name === "C";
    this.#load = load;
    this.#hops = hops;
  }

  async load(options: LoadOptions): Promise<LoadResult> {
    return await run<LoadResult>([...this.#load, ...loadArguments(options)]);
  }

  async hops({ from, to, samples, pauseMs, first }: HopOptions): Promise<Histogram> {
    const values = [from, to, samples, pauseMs * 1000, first];
    return await run<Histogram>([...this.#hops, ...values.map(String)]);
  }
}

function loadArguments({ ports, inOrder, ...rest }: LoadOptions): string[] {
  const all = { ports: ports.join(","), ...rest, ...inOrder && { "in-order": "yes" } };
  return Object.entries(all).filter(([, value]) => value !== undefined)
    .flatMap(([name, value]) => [`--${name}`, String(value)]);
}

async function run<T>([command, ...args]: readonly string[]): Promise<T> {
  const { success, stdout, stderr } = await new Deno.Command(command!, {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = new TextDecoder();
  if (!success) throw new Error(text.decode(stderr).trim() || `${command} failed`);
  return JSON.parse(text.decode(stdout)) as T;
}
