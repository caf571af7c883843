// The client as a filter: bytes through both ways, untouched.

import type { Context } from "../command/context.ts";
import { Failure } from "../command/errors.ts";
import type { LineConnection } from "./socket_connection.ts";

/**
 * Sends all of standard input to the server, then says that no more will come, and meanwhile writes
 * all that comes back to standard output, until the server closes. Each side waits for the other
 * when that is slow.
 *
 * @throws {Failure} If the server closed before it was sent everything.
 */
export async function filter(
  name: string,
  connection: LineConnection,
  { stdin, stdout }: Pick<Context, "stdin" | "stdout">,
): Promise<void> {
  let sent = false;
  const stop = new AbortController();
  const sending = stdin.readable
    .pipeTo(connection.writable, { preventClose: true, signal: stop.signal })
    .then(() => connection.closeWrite())
    .then(() => sent = true)
    // What the server's end was is told by what is read from it.
    .catch(() => {});
  let cause: unknown;
  try {
    await connection.readable.pipeTo(stdout.writable, { preventClose: true });
  } catch (error) {
    const { ConnectionReset, UnexpectedEof } = Deno.errors;
    if (!(error instanceof ConnectionReset || error instanceof UnexpectedEof)) throw error;
    cause = error;
  }
  if (!sent || cause) {
    stop.abort();
    throw new Failure(`'${name}' closed the connection before it was sent everything`, { cause });
  }
  await sending;
}
