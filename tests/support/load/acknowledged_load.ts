// A load of IAMATs that knows what was acknowledged, for tests that kill the server under it.

import { exchange } from "../herds/client.ts";

/** A first time that no clock is before, so that the order of times is that of the numbers. */
const FIRST_SECONDS = 1_000_000_000;
const NEWLINE = 10;

/** How a load is driven. */
export interface LoadOptions {
  readonly connections: number;
  /** Requests that each connection sends at once, and then reads all replies. */
  readonly depth: number;
  /** Different clients; each update is of the next one. */
  readonly clients: number;
}

/** An acknowledged update. */
export interface Acknowledged {
  /** Updates are numbered from 1 on; its time is that of no other. */
  readonly number: number;
  /** When its whole reply was here, by `performance.now()`. */
  readonly atMs: number;
}

/** A load over many connections and, one after the other, many servers. */
export class AcknowledgedLoad {
  readonly #options: LoadOptions;
  #next = 1;
  #acknowledged: Acknowledged[] = [];
  #running: Promise<void>[] = [];
  #isStopping = false;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  /** Updates that were acknowledged since the last `start`, in the order in which they were. */
  get acknowledged(): readonly Acknowledged[] {
    return this.#acknowledged;
  }

  /** The number of the client that an update is of. */
  clientOf(number: number): number {
    return number % this.#options.clients;
  }

  /** Opens the connections to a port and begins. */
  start(port: number): void {
    const { connections } = this.#options;
    this.#acknowledged = [];
    this.#isStopping = false;
    this.#running = Array.from({ length: connections }, () => this.#drive(port));
  }

  /** Sends no more, and waits until all that was asked is answered or the server is gone. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#running);
  }

  /** The number of the update that a server has of each client; 0 where it knows none. */
  async stored(port: number): Promise<number[]> {
    const { clients } = this.#options;
    const asked = Array.from({ length: clients }, (_, client) => `WHATSAT c${client} 0 0\n`);
    const reply = await exchange(port, asked.join(""));
    const stored = new Array<number>(clients).fill(0);
    for (const [, client, seconds] of reply.matchAll(/^AT \S+ \S+ c(\d+) \S+ (\d+)$/gm)) {
      stored[Number(client)] = Number(seconds) - FIRST_SECONDS;
    }
    const answers = [...reply.matchAll(/^(AT|\?) /gm)].length;
    if (answers !== clients) throw new Error(`${answers} of ${clients} answers`);
    return stored;
  }

  async #drive(port: number): Promise<void> {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const { depth } = this.#options;
    const encoder = new TextEncoder();
    const buffer = new Uint8Array(65_536);
    try {
      while (!this.#isStopping) {
        const first = this.#next;
        this.#next += depth;
        let text = "";
        for (let number = first; number < first + depth; number++) {
          text += `IAMAT c${this.clientOf(number)} +34-118 ${FIRST_SECONDS + number}\n`;
        }
        const sent = writeAll(connection, encoder.encode(text));
        // A server that is gone is noticed by reading.
        sent.catch(() => {});
        // Requests of one connection are answered in order: a newline is the end of the next reply.
        for (let replies = 0; replies < depth;) {
          const length = await connection.read(buffer);
          if (length === null) return;
          const atMs = performance.now();
          for (let i = 0; i < length; i++) {
            if (buffer[i] !== NEWLINE) continue;
            this.#acknowledged.push({ number: first + replies++, atMs });
          }
        }
        await sent;
      }
    } catch (error) {
      const isGone = error instanceof Deno.errors.ConnectionReset ||
        error instanceof Deno.errors.BrokenPipe;
      if (!isGone) throw error;
    }
  }
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}
