// The open connections of a server, of clients and of neighbours, whichever way they came in.

import { inBackground } from "../base/background.ts";
import { closeQuietly, type Connection } from "../base/connection.ts";

/** Counts connections, and closes those that are left at the end. */
export class Connections {
  readonly #serving = new Map<Connection, Promise<void>>();
  #accepted = 0;

  /** Connections that are open. */
  get open(): number {
    return this.#serving.size;
  }

  /** Connections since the start. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Counts a connection as open until `serving` has ended. */
  track(connection: Connection, serving: Promise<void>): Promise<void> {
    this.#accepted++;
    // The caller takes what serving rejects with.
    this.#serving.set(connection, inBackground(serving, () => {}));
    return serving.finally(() => this.#serving.delete(connection));
  }

  /** Resolves when all that are open now have ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#serving.values());
  }

  /** Closes all that are open. Resolves when they have ended. */
  async close(): Promise<void> {
    for (const connection of this.#serving.keys()) closeQuietly(connection);
    await this.ended();
  }
}
