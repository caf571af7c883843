// A client of one server for tests: sends bytes, collects what comes back.

import { fromLatin1, latin1 } from "../reference/reference.ts";
import { within } from "../waiting.ts";

/** Sends `request`, half-closes, and gives all that the server replies until it closes. */
export async function exchange(port: number, request: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const sent = send(connection, request).then(() => connection.closeWrite());
  const [reply] = await Promise.all([readAll(connection), sent]);
  return reply;
}

/** Writes Latin-1 text. */
export async function send(connection: Deno.Conn, text: string): Promise<void> {
  const bytes = fromLatin1(text);
  for (let at = 0; at < bytes.length;) {
    const written = connection.write(bytes.subarray(at));
    at += await within(written, `the server to read '${text.slice(0, 80)}'`);
  }
}

/** Reads until the end of the stream, as Latin-1 text. */
export async function readAll(connection: Deno.Conn): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(65_536);
  for (;;) {
    const n = await within(connection.read(buffer), `the end after '${text.slice(-80)}'`);
    if (n === null) return text;
    text += latin1(buffer.subarray(0, n));
  }
}

/** Reads until the text so far ends with `ending`. */
export async function readUntil(connection: Deno.Conn, ending: string): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(65_536);
  while (!text.endsWith(ending)) {
    const n = await within(connection.read(buffer), `'${ending}' after '${text.slice(-80)}'`);
    if (n === null) throw new Error(`Ended after '${text}'`);
    text += latin1(buffer.subarray(0, n));
  }
  return text;
}

/** The number of bytes of the next read, 1 at most; null at the end. */
export function readByte(connection: Pick<Deno.Conn, "read">): Promise<number | null> {
  return within(connection.read(new Uint8Array(1)), "a byte, or the end");
}

/** A server in this process. */
interface Reachable {
  readonly address: { readonly port: number };
}

/** Tells a server where a client is (`kiwi +34-118 1520023934`); gives its reply. */
export function tellNode({ address }: Reachable, line: string): Promise<string> {
  return exchange(address.port, `IAMAT ${line}\n`);
}

/** The AT line that a server has of a client; undefined when it knows none. */
export async function lineOf({ address }: Reachable, client: string): Promise<string | undefined> {
  const reply = await exchange(address.port, `WHATSAT ${client} 0 0\n`);
  return reply.startsWith("AT ") ? reply.slice(0, reply.indexOf("\n") + 1) : undefined;
}
