// NATS servers with JetStream as processes of their own, on loopback and free ports.

import { freePort } from "./ports.ts";
import { until } from "../waiting.ts";
import { granted } from "../permissions.ts";
import { testWith } from "../test.ts";
import { temporaryFolder } from "../files/temporary.ts";

/** More programs to test with, besides the one that is installed: their paths, with `:` between. */
const MORE_VARIABLE = "HERD_TEST_NATS";

/** A program that is installed and may be run. */
interface Program {
  readonly path: string;
  /** Such as `2.9.10`. */
  readonly version: string;
}

/** The one that is installed first: Debian's is not in everybody's PATH. */
const programs: readonly Program[] = granted({ name: "run" }, { name: "env" })
  ? findPrograms()
  : [];

/** True if there is a NATS server to test with. */
export const HAS_NATS: boolean = programs.length > 0;

function findPrograms(): Program[] {
  const installed = ["nats-server", "/usr/sbin/nats-server"].map(programAt).find((it) => it);
  const more = (Deno.env.get(MORE_VARIABLE) ?? "").split(":").filter((it) => it !== "");
  const found = more.map((path) => {
    const program = programAt(path);
    if (program === undefined) throw new Error(`${MORE_VARIABLE}: '${path}' cannot be run`);
    return program;
  });
  return installed === undefined ? found : [installed, ...found];
}

function programAt(path: string): Program | undefined {
  try {
    const { success, stdout } = new Deno.Command(path, { args: ["--version"] }).outputSync();
    const [, version] = /v(\S+)/.exec(new TextDecoder().decode(stdout)) ?? [];
    return success && version !== undefined ? { path, version } : undefined;
  } catch {
    return undefined;
  }
}

/** Starts NATS servers; see {@link startNats}. */
export type NatsStarter = (options?: NatsOptions) => Promise<NatsServers>;

/**
 * Makes a test for each version of NATS that is here: the name says which, if there are several. It is
 * ignored where there is none, or no sockets or disk.
 */
export function testWithNats(name: string, body: (start: NatsStarter) => Promise<void>): void {
  const test = testWith("sockets", "disk", "processes", HAS_NATS);
  if (programs.length < 2) return test(name, () => body(startNats));
  for (const program of programs) {
    test(`${name} (NATS ${program.version})`, () => body((options) => start(program, options)));
  }
}

/** One NATS server, or the members of a cluster. */
export interface NatsServers extends AsyncDisposable {
  /** Where each is reached. */
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
  /** The processes that run now. */
  readonly pids: readonly number[];
  /** Starts a member that does not run, with what it had stored. */
  start(member: number): Promise<void>;
  /** Ends a member at once. */
  kill(member: number): Promise<void>;
  killAll(): Promise<void>;
  startAll(): Promise<void>;
  /** Stops a member's process for a while without ending it: its connections stay open. */
  signal(member: number, signal: Deno.Signal): void;
}

/** Which servers to start. */
export interface NatsOptions {
  /** How many: as a cluster if there are several. 1 when left out. */
  readonly count?: number;
  /** Further lines of their configuration, such as users. */
  readonly config?: string;
  /** Further lines of their configuration of JetStream. */
  readonly jetStream?: string;
}

/** Starts servers of the version that is installed, and waits until they take connections. */
export function startNats(options: NatsOptions = {}): Promise<NatsServers> {
  return start(programs[0]!, options);
}

async function start(
  program: Program,
  { count = 1, config = "", jetStream = "" }: NatsOptions = {},
): Promise<NatsServers> {
  const folder = temporaryFolder();
  const ports = Array.from({ length: count }, freePort);
  const routes = Array.from({ length: count }, freePort);
  const running = new Map<number, Deno.ChildProcess>();
  for (let member = 0; member < count; member++) {
    const text = configuration(member, { ports, routes, folder: folder.path, jetStream }) + config;
    Deno.writeTextFileSync(`${folder.path}/${member}.conf`, text);
  }
  const startMember = async (member: number) => {
    const child = new Deno.Command(program.path, {
      args: ["--config", `${folder.path}/${member}.conf`],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    running.set(member, child);
    await until(() => takesConnections(ports[member]!), 10_000);
  };
  const kill = async (member: number) => {
    const child = running.get(member);
    running.delete(member);
    child?.kill("SIGKILL");
    await child?.status;
  };
  const members = [...ports.keys()];
  const killAll = async () => void await Promise.all(members.map(kill));
  const startAll = async () => void await Promise.all(members.map(startMember));
  await startAll();
  return {
    addresses: ports.map((port) => ({ host: "127.0.0.1", port })),
    get pids() {
      return [...running.values()].map((it) => it.pid);
    },
    start: startMember,
    kill,
    killAll,
    startAll,
    signal: (member, signal) => running.get(member)!.kill(signal),
    async [Symbol.asyncDispose]() {
      await killAll();
      folder[Symbol.dispose]();
    },
  };
}

function configuration(
  member: number,
  { ports, routes, folder, jetStream }: {
    ports: readonly number[];
    routes: readonly number[];
    folder: string;
    jetStream: string;
  },
): string {
  const others = routes.map((port) => `nats://127.0.0.1:${port}`).join(", ");
  const cluster = ports.length === 1
    ? ""
    : `cluster { name: test, listen: "127.0.0.1:${routes[member]}", routes: [${others}] }\n`;
  return `server_name: member${member}\nlisten: "127.0.0.1:${ports[member]}"\n` +
    `jetstream { store_dir: "${folder}/${member}"\n${jetStream} }\n${cluster}`;
}

async function takesConnections(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}
