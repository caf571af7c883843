// Byte streams as links and sessions need them; a `Deno.Conn` is one, and so is a simulated one.

/** A source of bytes for lines; a `Deno.Conn` is one. */
export interface ByteSource {
  /** Reads up to `buffer.length` bytes; `null` at the end of the stream. */
  read(buffer: Uint8Array): Promise<number | null>;
}

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
