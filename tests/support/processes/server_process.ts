// Servers as processes of their own, each with its own permissions and no more.

import { tied } from "../../../src/cli/process/parent.ts";
import { permissionsFor, toFlags } from "../../../src/topology/permissions.ts";
import type { Topology } from "../../../src/topology/topology.ts";
import { until, within } from "../waiting.ts";

/** A command that has not ended by then never will. */
const COMMAND_MS = 60_000;

/** The program's main module. */
export const MAIN = new URL("../../../main.ts", import.meta.url).pathname;

/** Bundles the program into one file in `folder`; gives its path. */
export async function bundleHerd(folder: string): Promise<string> {
  const path = `${folder}/herd.js`;
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--output", path, MAIN],
    stdin: "null",
  }).output();
  if (code !== 0) throw new Error(`No bundle: ${new TextDecoder().decode(stderr)}`);
  return path;
}

/** A server's process. Disposing of it kills it; it ends with this process, however that ends. */
export interface ServerProcess extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
  /** From start until the port took a connection, in milliseconds. */
  readonly startMs: number;
  /** Sends a signal and waits for the end. */
  end(signal: Deno.Signal): Promise<Deno.CommandStatus>;
}

/** Starts `main server <name>` in `folder` and waits until it listens. */
export async function startServer(
  name: string,
  {
    file,
    topology,
    main = MAIN,
    isTied = true,
    folder,
    args = [],
    runFlags = [],
    places = "gazetteer",
    descriptors,
    shell = ":",
    env = {},
    onLog,
  }: {
    readonly file: string;
    readonly topology: Topology;
    readonly main?: string;
    /** False for a build that does not know how to end with this process. */
    readonly isTied?: boolean;
    readonly folder: string;
    /** Further options of `herd server`. */
    readonly args?: readonly string[];
    /** Further flags of `deno run`, such as those for a profile. */
    readonly runFlags?: readonly string[];
    /** Where places come from; empty leaves the option out. */
    readonly places?: string;
    /** How many descriptors it may have (`ulimit -n`); as many as this process when left out. */
    readonly descriptors?: number;
    /** Shell commands before its start, in the same process. */
    readonly shell?: string;
    /** Variables beside those of this process. */
    readonly env?: Readonly<Record<string, string>>;
    /** Gets what it logs, as lines of JSON; standard error is this process's when left out. */
    readonly onLog?: (line: string) => void;
  },
): Promise<ServerProcess> {
  const startedMs = performance.now();
  const permissions = permissionsFor(topology, name, {
    topologyFile: file,
    places: places === "" ? "gazetteer" : places,
  });
  const limit = descriptors === undefined ? ":" : `ulimit -n ${descriptors}`;
  const command = [
    ...["server", name, "--topology", file, "--log-level", "warn"],
    ...places === "" ? [] : ["--places", places],
    ...onLog === undefined ? [] : ["--log-format", "json"],
    ...args,
  ];
  const child = new Deno.Command("sh", {
    args: [
      ...["-c", `${limit} && ${shell} && exec "$0" "$@"`, Deno.execPath()],
      "run",
      "--quiet",
      "--no-prompt",
      ...runFlags,
      ...toFlags(permissions),
      main,
      ...isTied ? tied(command) : command,
    ],
    cwd: folder,
    env,
    stdin: "null",
    stdout: "null",
    stderr: onLog === undefined ? "inherit" : "piped",
  }).spawn();
  const logged = onLog === undefined ? undefined : eachLine(child.stderr, onLog);
  const { port } = topology.server(name);
  let status: Deno.CommandStatus | undefined;
  const ended = child.status.then((it) => status = it);
  await until(async () => {
    if (status !== undefined) throw new Error(`${name} ended with status ${status.code}`);
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return true;
    } catch {
      return false;
    }
  }, 20_000);
  const end = async (signal: Deno.Signal) => {
    if (status === undefined) child.kill(signal);
    return await within(Promise.all([ended, logged]).then(([it]) => it), `the end of ${name}`);
  };
  return {
    pid: child.pid,
    port,
    startMs: performance.now() - startedMs,
    end,
    [Symbol.asyncDispose]: async () => void await end("SIGKILL"),
  };
}

/** Runs a command of the program to its end, through another one (`before`) if that is given. */
export async function runHerd(
  args: readonly string[],
  { cwd, before = [], env = {}, input = "" }: {
    readonly cwd: string;
    readonly before?: readonly string[];
    /** Variables beside those of this process. */
    readonly env?: Readonly<Record<string, string>>;
    readonly input?: string;
  },
): Promise<{ code: number; stdout: string; stderr: string }> {
  const [command, ...rest] = [...before, Deno.execPath(), "run", "--quiet", "-A", MAIN, ...args];
  // Ended if it is still there when this is over.
  await using child = new Deno.Command(command!, {
    args: rest,
    cwd,
    env,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  // A command that does not read its input may be over before it is written.
  new Blob([input]).stream().pipeTo(child.stdin).catch(() => {});
  const output = await within(child.output(), `herd ${args.join(" ")}`, COMMAND_MS);
  const [stdout, stderr] = [output.stdout, output.stderr].map((it) => new TextDecoder().decode(it));
  return { code: output.code, stdout: stdout!, stderr: stderr! };
}

/** Hands on each line of a stream that has its end. */
export async function eachLine(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  take: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    lines.forEach(take);
  }
}
