// The prompt's talk with a herd: one server at a time, and another one when that closes the connection.

import { awaitedLater } from "../../base/background.ts";
import { encode } from "../../base/bytes.ts";
import { type LineConnection, ReplyCounter } from "./socket_connection.ts";

/** The servers that can be talked to, and a way to do it. */
export interface Herd {
  /** Names in the order in which they are tried; behind the last one comes the first. */
  readonly names: readonly string[];
  /** Connects to the server of that name, or rejects. */
  dial(name: string): Promise<LineConnection>;
}

/** A connection that is replaced when it ends. Nothing is asked twice: what was under way is counted. */
export class Conversation implements Disposable {
  readonly #herd: Herd;
  #name: string;
  #connection: LineConnection;
  #counter = new ReplyCounter();
  #unanswered = 0;
  /** Servers that closed or could not be reached since the last reply of any. */
  readonly #failed = new Set<string>();
  /** Ends when there is a connection to send to. */
  #connected: Promise<unknown> = Promise.resolve();

  constructor(herd: Herd, first: { readonly name: string; readonly connection: LineConnection }) {
    this.#herd = herd;
    this.#name = first.name;
    this.#connection = first.connection;
  }

  /** The server that is talked to. */
  get name(): string {
    return this.#name;
  }

  get remoteAddr(): Deno.NetAddr {
    return this.#connection.remoteAddr;
  }

  /** Requests to the present server without a reply so far. */
  get unanswered(): number {
    return this.#unanswered;
  }

  /** The bytes of the present server, until it closes or breaks the connection. */
  async *replies(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of this.#connection.readable) {
        const count = this.#counter.count(chunk);
        if (count > 0) this.#failed.clear();
        this.#unanswered = Math.max(0, this.#unanswered - count);
        yield chunk;
      }
    } catch {
      // A broken connection is a closed one.
    }
  }

  /** Sends a line, once there is a connection. One that ends meanwhile leaves it unanswered. */
  async send(line: string): Promise<void> {
    await this.#connected;
    this.#unanswered++;
    const writer = this.#connection.writable.getWriter();
    try {
      await writer.write(encode(`${line}\n`));
    } catch {
      // The connection is closed: who reads the replies finds that out, too.
    } finally {
      writer.releaseLock();
    }
  }

  /** Says that no more will be asked. */
  async closeWrite(): Promise<void> {
    await this.#connected;
    await this.#connection.closeWrite().catch(() => {});
  }

  /** Connects to the next server that takes it, after the present one has closed; false if none does. */
  async goOn(): Promise<boolean> {
    const going = this.#goOn();
    this.#connected = awaitedLater(going);
    return await going;
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]();
  }

  async #goOn(): Promise<boolean> {
    this.#failed.add(this.#name);
    this.#connection[Symbol.dispose]();
    const { names } = this.#herd;
    const at = names.indexOf(this.#name) + 1;
    for (const name of [...names.slice(at), ...names.slice(0, at)]) {
      if (this.#failed.has(name)) continue;
      const connection = await this.#herd.dial(name).catch(() => undefined);
      if (connection === undefined) {
        this.#failed.add(name);
        continue;
      }
      this.#name = name;
      this.#connection = connection;
      this.#counter = new ReplyCounter();
      this.#unanswered = 0;
      return true;
    }
    return false;
  }
}
