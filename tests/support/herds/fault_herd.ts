// The five servers of the example herd as processes, under a steady load of clients, to do harm to:
// killed, paused, restarted, with a wire that misbehaves between Holiday and Welsh.

import { assertEquals } from "@std/assert";
import { parseTopology } from "../../../src/topology/topology.ts";
import { until } from "../waiting.ts";
import { freePort } from "../processes/ports.ts";
import { EXAMPLE_LINKS } from "./shape.ts";
import { type RecordingLog, recordingLog } from "../fakes/log.ts";
import { type ServerProcess, startServer } from "../processes/server_process.ts";
import { linesOf, numberOf, SteadyLoad, type Told } from "../load/steady_load.ts";
import { TcpProxy } from "../processes/tcp_proxy.ts";

/** The servers' names. */
export const NAMES = ["Goloman", "Hands", "Holiday", "Welsh", "Wilkes"] as const;

const SECRET = "the-secret-of-a-herd-that-is-harmed";

/** A server that does not come to know something within this time never will. */
const GIVE_UP_MS = 20_000;

/** How to make a herd. */
export interface FaultHerdOptions {
  /** An empty folder. */
  readonly folder: string;
  /** True if links are authenticated; not, when left out. */
  readonly hasSecret?: boolean;
  /** True if servers tell over HTTP how they are; not, when left out. */
  readonly hasHttp?: boolean;
}

/** A kill. */
export interface Kill {
  readonly atMs: number;
  /** What the killed servers acknowledged shortly before, the herd may have lost. */
  readonly doubtful: readonly Told[];
}

/** What the herd does not know of what killed servers acknowledged. */
export interface Loss {
  readonly lost: number;
  /** From the reply to the oldest of it until the kill, in milliseconds. */
  readonly lostMs: number;
}

/** A running herd and its clients. */
export class FaultHerd implements AsyncDisposable {
  /** By what Welsh and Holiday, who have no other way to each other, follow each other. */
  readonly wires: { readonly Welsh: TcpProxy; readonly Holiday: TcpProxy };
  readonly #options: FaultHerdOptions;
  readonly #ports = new Map(NAMES.map((name) => [name as string, freePort()]));
  readonly #https = new Map(NAMES.map((name) => [name as string, freePort()]));
  readonly #servers = new Map<string, ServerProcess>();
  readonly #logs = new Map<string, RecordingLog>();
  #load: SteadyLoad | undefined;

  private constructor(options: FaultHerdOptions) {
    this.#options = options;
    this.wires = {
      Welsh: new TcpProxy(this.port("Holiday")),
      Holiday: new TcpProxy(this.port("Welsh")),
    };
  }

  /** Starts it. */
  static async start(options: FaultHerdOptions): Promise<FaultHerd> {
    const herd = new FaultHerd(options);
    try {
      await Promise.all(NAMES.map((name) => herd.#start(name)));
    } catch (error) {
      await herd[Symbol.asyncDispose]();
      throw error;
    }
    herd.#load = new SteadyLoad(herd.#ports);
    await Promise.all([
      ...[...herd.load.talkers.values()].map((it) => it.expect()),
      ...EXAMPLE_LINKS.flatMap(([one, other]) => [herd.#link(one, other), herd.#link(other, one)]),
    ]);
    return herd;
  }

  /** Its clients. */
  get load(): SteadyLoad {
    return this.#load!;
  }

  /** Where clients reach a server. */
  port(name: string): number {
    return this.#ports.get(name)!;
  }

  /** What a server has logged in all its lives. */
  log(name: string): RecordingLog {
    return this.#logs.get(name)!;
  }

  /** Kills servers at one moment, and takes their data away if they shall lose it. */
  async kill(names: readonly string[], { losesData }: { losesData: boolean }): Promise<Kill> {
    const talkers = names.map((name) => this.#talker(name));
    for (const talker of talkers) talker.excuseKill();
    const atMs = performance.now();
    await Promise.all(names.map((name) => this.#servers.get(name)!.end("SIGKILL")));
    if (losesData) {
      for (const name of names) await Deno.remove(this.#data(name), { recursive: true });
    }
    return { atMs, doubtful: talkers.flatMap((it) => it.doubtful) };
  }

  /** Starts servers that are down, and waits until their clients are answered. */
  async restart(names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => this.#start(name)));
    await Promise.all(names.map((name) => this.#talker(name).expect()));
  }

  /** Pauses a server as SIGSTOP does. */
  pause(name: string): void {
    this.#talker(name).excuse();
    Deno.kill(this.#servers.get(name)!.pid, "SIGSTOP");
  }

  /** Lets it go on. */
  resume(name: string): Promise<void> {
    Deno.kill(this.#servers.get(name)!.pid, "SIGCONT");
    return this.#talker(name).expect();
  }

  /**
   * Waits until every server knows all that was acknowledged before this call. Returns the
   * milliseconds that it took.
   */
  async untilAgreed(): Promise<number> {
    const startedMs = performance.now();
    const promised = this.load.promised();
    const clients = [...promised.keys()];
    await Promise.all(NAMES.map((name) =>
      until(async () => {
        const lines = await linesOf(this.port(name), clients);
        return clients.every((it) => numberOf(lines.get(it)) >= promised.get(it)!.number);
      }, GIVE_UP_MS)
    ));
    return performance.now() - startedMs;
  }

  /** What of the doubtful updates of a kill the herd does not know. */
  async lossOf({ atMs, doubtful }: Kill): Promise<Loss> {
    const clients = [...new Set(doubtful.map((it) => it.client))];
    const lines = await linesOf(this.port("Goloman"), clients);
    const lost = doubtful.filter((it) => numberOf(lines.get(it.client)) < it.number);
    const lostMs = lost.length === 0 ? 0 : atMs - Math.min(...lost.map((it) => it.atMs));
    return { lost: lost.length, lostMs: Math.max(0, lostMs) };
  }

  /**
   * Lets the clients be quiet, and checks that no request of a server that was there is unanswered,
   * and that all servers come to know the same of every client. Returns the AT
   * lines that they have.
   */
  async finish(): Promise<Map<string, string>> {
    await this.load.stop();
    assertEquals(this.load.failures, []);
    await this.untilAgreed();
    const { clients } = this.load;
    const lines = await until(async () => {
      const [first, ...others] = await Promise.all(
        NAMES.map((name) => linesOf(this.port(name), clients)),
      );
      return others.every((it) => clients.every((each) => it.get(each) === first!.get(each))) &&
        first;
    }, GIVE_UP_MS);
    return lines;
  }

  /**
   * Finishes a herd with HTTP none of whose servers was killed: what they know is then exactly what
   * was acknowledged last, byte for byte, and of no other client.
   */
  async finishExactly(): Promise<void> {
    const lines = await this.finish();
    const promised = this.load.promised();
    for (const [client, line] of lines) assertEquals(line, promised.get(client)!.line);
    for (const name of NAMES) assertEquals(await this.#clientsOf(name), promised.size);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A load that goes on until its servers are gone has nobody left to wait for.
    for (const talker of this.#load?.talkers.values() ?? []) talker.excuse();
    await Promise.all([...this.#servers.values()].map((it) => it[Symbol.asyncDispose]()));
    await this.#load?.stop();
    await Promise.all(Object.values(this.wires).map((it) => it[Symbol.asyncDispose]()));
  }

  async #link(follower: string, leader: string): Promise<void> {
    await this.log(follower).next("link.following", ({ neighbour }) => neighbour === leader);
  }

  async #start(name: string): Promise<void> {
    const { folder, hasSecret = false } = this.#options;
    const { file, text } = this.#topologyFor(name);
    await Deno.writeTextFile(file, text);
    const log = this.#logs.get(name) ?? recordingLog();
    this.#logs.set(name, log);
    const server = await startServer(name, {
      folder,
      file,
      topology: parseTopology(text),
      args: ["--log-level", "info"],
      env: hasSecret ? { HERD_SECRET: SECRET } : {},
      onLog(line) {
        const { event, level: _, time: __, server: ___, msg: ____, ...fields } = JSON.parse(line);
        log.info(event, fields);
      },
    });
    this.#servers.set(name, server);
  }

  /** The topology as one server is told it: Holiday and Welsh reach each other by the wires. */
  #topologyFor(name: string): { file: string; text: string } {
    const { Welsh, Holiday } = this.wires;
    const portOf = (other: string) => {
      if (name === "Welsh" && other === "Holiday") return Welsh.port;
      if (name === "Holiday" && other === "Welsh") return Holiday.port;
      return this.port(other);
    };
    const servers = Object.fromEntries(NAMES.map((it) => [it, {
      host: "127.0.0.1",
      port: portOf(it),
      ...this.#options.hasHttp ? { http: this.#https.get(it)! } : {},
    }]));
    return {
      file: `${this.#options.folder}/topology-${name}.json`,
      text: JSON.stringify({ herd: "test", servers, links: EXAMPLE_LINKS }),
    };
  }

  /** How many clients a server knows. */
  async #clientsOf(name: string): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${this.#https.get(name)}/v1/status`);
    return (await response.json()).clients;
  }

  #data(name: string): string {
    return `${this.#options.folder}/data/${name}`;
  }

  #talker(name: string) {
    return this.load.talkers.get(name)!;
  }
}
