// A pipe between two servers that counts what goes through it, for figures about links.

/** Stands before a port and passes everything on. */
export class CountingProxy implements Disposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #target: number;
  readonly #connections = new Set<Deno.TcpConn>();
  /** Bytes that the server behind it sent. */
  bytesFrom = 0;

  /** `target` is the port of the server behind it. */
  constructor(target: number) {
    this.#target = target;
    this.#accept();
  }

  /** Address at which it listens. */
  get port(): number {
    return this.#listener.addr.port;
  }

  [Symbol.dispose](): void {
    this.#listener.close();
    for (const connection of this.#connections) close(connection);
  }

  async #accept(): Promise<void> {
    for await (const connection of this.#listener) {
      this.#join(connection).catch(() => {}).finally(() => close(connection));
    }
  }

  async #join(near: Deno.TcpConn): Promise<void> {
    const far = await Deno.connect({ hostname: "127.0.0.1", port: this.#target });
    for (const it of [near, far]) {
      it.setNoDelay(true);
      this.#connections.add(it);
    }
    // The first end of either side ends both: a link is of no use halfway.
    await Promise.race([
      pass(near, far, () => {}),
      pass(far, near, (count) => this.bytesFrom += count),
    ]).finally(() => {
      for (const it of [near, far]) {
        this.#connections.delete(it);
        close(it);
      }
    });
  }
}

async function pass(
  from: Deno.TcpConn,
  to: Deno.TcpConn,
  onBytes: (count: number) => void,
): Promise<void> {
  const buffer = new Uint8Array(256 * 1024);
  for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
    onBytes(count);
    for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
  }
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // Closed already.
  }
}
