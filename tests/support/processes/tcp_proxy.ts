// A wire between two servers that misbehaves as it is told: it delays, stalls, cuts and alters.

import { closeQuietly, writeAll } from "../../../src/base/connection.ts";

/** Which way bytes go: to the port that the proxy stands for, or back from it. */
export type Direction = "there" | "back";

/** Stands before a port; passes everything on until it is told otherwise. Disposing cuts it. */
export class TcpProxy implements AsyncDisposable {
  /** How long bytes are held, in milliseconds; their order stays. */
  delayMs = 0;
  /** Gets every chunk that passes and may alter its bytes. */
  meddle: (bytes: Uint8Array, direction: Direction) => void = () => {};
  readonly #target: number;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new Set<Deno.TcpConn>();
  readonly #tasks = new Set<Promise<void>>();
  readonly #accepting: Promise<void>;
  #flowing = Promise.withResolvers<void>();

  /** `target` is the port it stands for. */
  constructor(target: number) {
    this.#target = target;
    this.#flowing.resolve();
    this.#accepting = this.#accept();
  }

  /** Address at which it listens. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** Passes nothing on; connections stay, and new ones are taken. */
  stall(): void {
    this.#flowing = Promise.withResolvers<void>();
  }

  /** Goes on, with all that has come meanwhile. */
  flow(): void {
    this.#flowing.resolve();
  }

  /** Ends all connections, wherever in a line they are. */
  cut(): void {
    for (const connection of this.#open) closeQuietly(connection);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#accepting;
    this.flow();
    this.cut();
    await Promise.all(this.#tasks);
  }

  async #accept(): Promise<void> {
    for await (const connection of this.#listener) {
      const task = this.#join(connection).finally(() => this.#tasks.delete(task));
      this.#tasks.add(task);
    }
  }

  async #join(near: Deno.TcpConn): Promise<void> {
    this.#open.add(near);
    let far: Deno.TcpConn | undefined;
    try {
      far = await Deno.connect({ hostname: "127.0.0.1", port: this.#target });
      this.#open.add(far);
      await Promise.all([this.#pass(near, far, "there"), this.#pass(far, near, "back")]);
    } catch {
      // Refused or cut: the other side of it is told by the end of its connection.
    } finally {
      for (const end of [near, far]) {
        if (end === undefined) continue;
        this.#open.delete(end);
        closeQuietly(end);
      }
    }
  }

  /** Passes on what one side sends; its end ends both, as a link is of no use halfway. */
  async #pass(from: Deno.TcpConn, to: Deno.TcpConn, direction: Direction): Promise<void> {
    from.setNoDelay(true);
    const buffer = new Uint8Array(64 * 1024);
    let passed = Promise.resolve();
    try {
      for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
        const chunk = buffer.slice(0, count);
        const dueMs = performance.now() + this.delayMs;
        passed = passed.then(async () => {
          await pause(dueMs - performance.now());
          await this.#flowing.promise;
          this.meddle(chunk, direction);
          await writeAll(to, chunk);
        });
        // A write that fails ends the reading too.
        passed.catch(() => closeQuietly(from));
      }
      await passed;
    } finally {
      closeQuietly(from);
      closeQuietly(to);
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => ms > 0 ? setTimeout(resolve, ms) : resolve());
}
