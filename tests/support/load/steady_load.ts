// Clients that go on telling every server of a herd where they are and asking it what it knows, while
// servers come and go; and what the herd must know after all that was acknowledged.

import { closeQuietly } from "../../../src/base/connection.ts";
import { exchange, readUntil, send } from "../herds/client.ts";

/** A request that is not answered within this time never is, even on a busy machine. */
const PATIENCE_MS = 15_000;
/** From one exchange with a server to the next. */
const PAUSE_MS = 10;
/** Clients that talk to one server. */
const CLIENTS = 20;
/** A server that is killed may lose what it acknowledged within so long before. */
const MAY_BE_LOST_MS = 1_000;
/** A first time that no clock is before, so that the order of times is that of the numbers. */
const FIRST_SECONDS = 1_000_000_000;

/** An update that was acknowledged. */
export interface Told {
  readonly client: string;
  /** Its clients number their updates from 1 on; it is also its time. */
  readonly number: number;
  /** The AT line that acknowledged it, with its newline. */
  readonly line: string;
  /** When that was here, by `performance.now()`. */
  readonly atMs: number;
}

/** The clients of one server: they talk to no other one. */
export class Talker {
  readonly server: string;
  /** Requests that were not answered as they must be although the server was there. */
  readonly failures: string[] = [];
  /** The longest that an answer took meanwhile, in milliseconds. */
  slowestMs = 0;
  answers = 0;
  /** What was acknowledged and must not be lost, oldest first. */
  told: Told[] = [];
  /** What was acknowledged and may be lost, for its server was killed then or soon after. */
  doubtful: Told[] = [];
  readonly #port: number;
  readonly #running: Promise<void>;
  #number = 0;
  #isExcused = false;
  #isKilled = false;
  #isStopping = false;
  #onAnswer: () => void = () => {};

  constructor(server: string, port: number) {
    this.server = server;
    this.#port = port;
    this.#running = this.#run();
  }

  /** From now on the server may not answer. */
  excuse(): void {
    this.#isExcused = true;
  }

  /** The server is about to be killed. */
  excuseKill(): void {
    this.excuse();
    this.#isKilled = true;
    const sinceMs = performance.now() - MAY_BE_LOST_MS;
    this.doubtful = this.told.filter((it) => it.atMs >= sinceMs);
    this.told = this.told.filter((it) => it.atMs < sinceMs);
  }

  /** Waits until the server answers; from then on it must. */
  async expect(): Promise<void> {
    await new Promise<void>((resolve) => this.#onAnswer = resolve);
    this.#isExcused = this.#isKilled = false;
  }

  /** Ends when what was asked last is answered. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      try {
        using connection = await Deno.connect({ hostname: "127.0.0.1", port: this.#port });
        connection.setNoDelay(true);
        while (!this.#isStopping) {
          await this.#talk(connection);
          await pause();
        }
      } catch (error) {
        if (!this.#isExcused) this.failures.push(`${this.server}: ${error}`);
        await pause();
      }
    }
  }

  /** Tells one update, and asks for it. */
  async #talk(connection: Deno.TcpConn): Promise<void> {
    const number = ++this.#number;
    const client = `${this.server}-${number % CLIENTS}`;
    const wasExcused = this.#isExcused;
    const startedMs = performance.now();
    const giveUp = setTimeout(() => closeQuietly(connection), PATIENCE_MS);
    try {
      await send(connection, `IAMAT ${client} ${location(number)} ${FIRST_SECONDS + number}\n`);
      const line = await readUntil(connection, "\n");
      (this.#isKilled ? this.doubtful : this.told)
        .push({ client, number, line, atMs: performance.now() });
      await send(connection, `WHATSAT ${client} 0 0\n`);
      const reply = await readUntil(connection, "\n\n");
      if (!reply.startsWith(line)) throw new Error(`'${reply}' does not begin with '${line}'`);
    } finally {
      clearTimeout(giveUp);
    }
    this.answers++;
    if (!wasExcused) this.slowestMs = Math.max(this.slowestMs, performance.now() - startedMs);
    this.#onAnswer();
  }
}

/** The clients of all servers. */
export class SteadyLoad {
  readonly talkers: ReadonlyMap<string, Talker>;

  /** Begins to talk to the servers of these names, which must listen on these ports. */
  constructor(ports: ReadonlyMap<string, number>) {
    this.talkers = new Map([...ports].map(([name, port]) => [name, new Talker(name, port)]));
  }

  /** All clients that have told something. */
  get clients(): string[] {
    return [...this.promised().keys()];
  }

  /** Requests that servers which were there did not answer. */
  get failures(): string[] {
    return [...this.talkers.values()].flatMap((it) => it.failures);
  }

  /** The longest that a server which was there took to answer, in milliseconds. */
  get slowestMs(): number {
    return Math.max(...[...this.talkers.values()].map((it) => it.slowestMs));
  }

  /** The newest update of each client that the herd must know now. */
  promised(): Map<string, Told> {
    const newest = new Map<string, Told>();
    for (const { told } of this.talkers.values()) {
      for (const each of told) newest.set(each.client, each);
    }
    return newest;
  }

  /** Ends when everything that was asked is answered. */
  async stop(): Promise<void> {
    await Promise.all([...this.talkers.values()].map((it) => it.stop()));
  }
}

/** The AT lines, with newline, that a server has of these clients; none where it knows none. */
export async function linesOf(
  port: number,
  clients: readonly string[],
): Promise<Map<string, string>> {
  const reply = await exchange(port, clients.map((it) => `WHATSAT ${it} 0 0\n`).join(""));
  const lines = new Map<string, string>();
  for (const [line, client] of reply.matchAll(/^AT \S+ \S+ (\S+) \S+ \S+\n/gm)) {
    lines.set(client!, line);
  }
  const answers = [...reply.matchAll(/^(AT|\?) /gm)].length;
  if (answers !== clients.length) throw new Error(`${answers} of ${clients.length} answers`);
  return lines;
}

/** The number of the update that an AT line is of; 0 of none. */
export function numberOf(line: string | undefined): number {
  return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(" "))) - FIRST_SECONDS;
}

/** A place of its own for each of many updates in a row. */
function location(number: number): string {
  return `+${(number % 80).toString().padStart(2, "0")}.5-${(number % 170)}.25`;
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
