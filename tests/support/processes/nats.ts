// NATS servers with JetStream as processes of their own, on loopback and free ports.

import { freePort } from "./ports.ts";
import { until } from "../waiting.ts";
import { granted } from "../permissions.ts";
import { temporaryFolder } from "../files/temporary.ts";

/** The program, where it is installed and may be run: Debian's is not in everybody's PATH. */
const program = granted({ name: "run" })
  ? ["nats-server", "/usr/sbin/nats-server"].find(isThere)
  : undefined;

/** Whether there is a NATS server to test with. */
export const HAS_NATS: boolean = program !== undefined;

function isThere(command: string): boolean {
  try {
    return new Deno.Command(command, { args: ["--version"] }).outputSync().success;
  } catch {
    return false;
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

/**
 * Starts `count` servers, as a cluster if there are several, and waits until they take connections.
 *
 * @param config Further lines of their configuration, such as users.
 */
export async function startNats({ count = 1, config = "" } = {}): Promise<NatsServers> {
  const folder = temporaryFolder();
  const ports = Array.from({ length: count }, freePort);
  const routes = Array.from({ length: count }, freePort);
  const running = new Map<number, Deno.ChildProcess>();
  for (let member = 0; member < count; member++) {
    const text = configuration(member, ports, routes, folder.path) + config;
    Deno.writeTextFileSync(`${folder.path}/${member}.conf`, text);
  }
  const start = async (member: number) => {
    const child = new Deno.Command(program!, {
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
  const startAll = async () => void await Promise.all(members.map(start));
  await startAll();
  return {
    addresses: ports.map((port) => ({ host: "127.0.0.1", port })),
    get pids() {
      return [...running.values()].map((it) => it.pid);
    },
    start,
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
  ports: readonly number[],
  routes: readonly number[],
  folder: string,
): string {
  const others = routes.map((port) => `nats://127.0.0.1:${port}`).join(", ");
  const cluster = ports.length === 1
    ? ""
    : `cluster { name: test, listen: "127.0.0.1:${routes[member]}", routes: [${others}] }\n`;
  return `server_name: member${member}\nlisten: "127.0.0.1:${ports[member]}"\n` +
    `jetstream { store_dir: "${folder}/${member}" }\n${cluster}`;
}

async function takesConnections(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}
