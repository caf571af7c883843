// A WebSocket whose client writes its frames itself, whole or broken, and reads when it likes.

import { send } from "../herds/client.ts";
import { connectTo } from "./rude_client.ts";

/**
 * Opens a WebSocket on a path; what is read and written from then on are frames. `head` are further lines of
 * the request, such as one with a token.
 */
export async function openRawSocket(
  port: number,
  path: string,
  { head: more = "" }: { readonly head?: string } = {},
): Promise<Deno.TcpConn> {
  const connection = await connectTo(port);
  const head = [
    `GET ${path} HTTP/1.1`,
    "Host: localhost",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
  ];
  await send(connection, `${head.join("\r\n")}\r\n${more}\r\n`);
  const reply = await readHead(connection);
  if (!reply.startsWith("HTTP/1.1 101 ")) throw new Error(`No WebSocket: ${reply}`);
  return connection;
}

/** Reads the head of a reply, and nothing behind it. */
async function readHead(connection: Deno.Conn): Promise<string> {
  let text = "";
  while (!text.endsWith("\r\n\r\n")) text += await readByte(connection);
  return text;
}

async function readByte(connection: Deno.Conn): Promise<string> {
  const byte = new Uint8Array(1);
  if (await connection.read(byte) === null) throw new Error("Ended in the middle of a reply");
  return String.fromCharCode(byte[0]!);
}
