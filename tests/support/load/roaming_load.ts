// Clients that go round the servers of a herd that are there, as people's do while servers are restarted
// one by one; and what the herd must know after all that was acknowledged.

import { exchange } from "../herds/client.ts";
import { until } from "../waiting.ts";

/** Clients that talk at one time, and ids of each. */
const CLIENTS = 8;
const IDS = 50;
/** From one exchange of a client to the next, in milliseconds. */
const PAUSE_MS = 5;

/** A server that can be talked to. */
interface Reachable {
  readonly port: number;
}

/** A load over the servers that there are at each moment; stopping it is the caller's. */
export class RoamingLoad {
  readonly #servers: ReadonlyMap<string, Reachable>;
  /** The AT line of each client that was acknowledged last. */
  readonly #acknowledged = new Map<string, string>();
  readonly #running: Promise<unknown>;
  #isStopping = false;

  /** Begins. `servers` may change at any time. */
  constructor(servers: ReadonlyMap<string, Reachable>) {
    this.#servers = servers;
    this.#running = Promise.all(Array.from({ length: CLIENTS }, (_, it) => this.#run(it)));
  }

  /** Clients that were acknowledged. */
  get clients(): number {
    return this.#acknowledged.size;
  }

  /** Ends when everything that was asked is answered. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#running;
  }

  /** Waits until every server knows all that was acknowledged before, or something newer. */
  async untilAllKnow(): Promise<void> {
    const expected = [...this.#acknowledged];
    const asked = expected.map(([id]) => `WHATSAT ${id} 0 0\n`).join("");
    for (const { port } of this.#servers.values()) {
      await until(async () => {
        const lines = (await exchange(port, asked)).match(/^(AT|\?) .*\n/gm)!;
        return expected.every(([, it], i) => isAtLeast(lines[i]!, it));
      });
    }
  }

  async #run(client: number): Promise<void> {
    for (let i = 0; !this.#isStopping; i++) {
      const id = `client-${client}-${i % IDS}`;
      const time = (Date.now() / 1000).toFixed(6);
      const servers = [...this.#servers.values()];
      try {
        const { port } = servers[i % servers.length]!;
        const reply = await exchange(port, `IAMAT ${id} +34.07-118.44 ${time}\n`);
        if (reply !== "") this.#acknowledged.set(id, reply);
      } catch {
        // The server was about to stop: the client tells another one the next time.
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

/** True if a server's line of a client is what was acknowledged, or newer. */
function isAtLeast(line: string, acknowledged: string): boolean {
  return line.startsWith("AT ") &&
    Number(line.trim().split(" ")[5]) >= Number(acknowledged.trim().split(" ")[5]);
}
