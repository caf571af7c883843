// What a link needs of a byte stream; a `Deno.Conn` is one, and so is a simulated one.

import type { ByteSource, LineReader } from "../protocol/lines.ts";

/** A byte stream both ways. */
export interface Connection extends ByteSource {
  /** Writes some of the bytes; resolves with how many. The buffer is lent until then. */
  write(bytes: Uint8Array): Promise<number>;
  /** Ends both directions at once; a pending read or write rejects or ends. */
  close(): void;
}

/** Writes all of the bytes. */
export async function writeAll(
  connection: Pick<Connection, "write">,
  bytes: Uint8Array,
): Promise<void> {
  let written = await connection.write(bytes);
  while (written < bytes.length) written += await connection.write(bytes.subarray(written));
}

/** Closes a connection that may be closed already. */
export function closeQuietly(connection: { close(): void }): void {
  try {
    connection.close();
  } catch {
    // Closed by the other side's end, or by another part of ours: either way it is closed.
  }
}

/** Steps to the stream's next line, waiting for it; `false` at the end of the stream. */
export async function waitForLine(lines: LineReader): Promise<boolean> {
  while (!lines.nextLine()) {
    if ((await lines.next()).done) return false;
  }
  return true;
}
