// A client that is sent a stream is listened to: that is how one that goes is noticed.

import type { Connection } from "../../base/connection.ts";
import type { ReplyStream } from "./reply.ts";

/** Bytes that are read at one time. */
const LISTEN_BYTES = 512;

/** Reads while a stream is sent, and ends it when the client goes. Up to `maxBytes` that come are dropped. */
export async function listenForEnd(
  connection: Pick<Connection, "read">,
  stream: ReplyStream,
  maxBytes: number,
): Promise<void> {
  const room = new Uint8Array(LISTEN_BYTES);
  try {
    for (let left = maxBytes; left > 0;) {
      const count = await connection.read(room);
      if (count === null) break;
      left -= count;
    }
  } catch {
    // It was reset, or the session ends.
  }
  stream[Symbol.dispose]();
}
