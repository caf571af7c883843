// A client that asks one thing at a time and waits for the reply.

const PATIENCE_MS = 60_000;

/** A connection to a server of this machine. */
export class Asker implements Disposable {
  readonly #connection: Deno.TcpConn;
  readonly #buffer = new Uint8Array(64 * 1024);

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
    connection.setNoDelay(true);
  }

  /** Connects to a port. */
  static async connect(port: number): Promise<Asker> {
    return new Asker(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Sends a line and reads until the reply ends with `ending`, or is an invalid request's. */
  async ask(line: string, ending: string): Promise<string> {
    await this.#connection.write(new TextEncoder().encode(line));
    let text = "";
    do {
      const count = await this.#connection.read(this.#buffer);
      if (count === null) throw new Error(`no reply to '${line.trimEnd()}'`);
      text += new TextDecoder().decode(this.#buffer.subarray(0, count));
    } while (!text.endsWith(ending) && !(text.startsWith("?") && text.endsWith("\n")));
    return text;
  }

  /** The AT line that the server has for a client, or undefined. */
  async find(client: string): Promise<string | undefined> {
    const reply = await this.ask(`WHATSAT ${client} 0 0\n`, "\n\n");
    return reply.startsWith("AT ") ? reply.slice(0, reply.indexOf("\n")) : undefined;
  }

  /** Waits until the server knows of a client. */
  async untilKnown(client: string): Promise<void> {
    const deadlineMs = performance.now() + PATIENCE_MS;
    while (await this.find(client) === undefined) {
      if (performance.now() > deadlineMs) throw new Error(`'${client}' did not arrive`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** Tells the server where a client is now. */
  async tell(client: string): Promise<void> {
    const time = (Date.now() / 1000).toFixed(3);
    await this.ask(`IAMAT ${client} +34.068930-118.445127 ${time}\n`, "\n");
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}
