// Opens a WebSocket to a server of the herd, straight: the runtime's own goes where HTTP_PROXY and its
// like in the environment say, and the token with it.

import { encode } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { closeQuietly, writeAll } from "../../base/connection.ts";
import { onAbort } from "../../base/waiting.ts";
import { connectHttp, formatRequest, type HttpTarget } from "../ask.ts";
import { bearerProtocol } from "../token.ts";
import { AnswerError, AnswerReader } from "../wire/answer.ts";
import { WebSocketConnection } from "../wire/web_socket/connection.ts";
import { acceptOf } from "./web_socket.ts";

/** The longest refusal that is read, in bytes. */
const MAX_REFUSAL_BYTES = 16 * 1024;

/** Options for opening a WebSocket. */
export interface DialOptions {
  readonly protocol: string;
  readonly token: string | undefined;
  readonly clock: Clock;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
}

/**
 * Opens a WebSocket on a path. Rejects with an `AnswerError` if the server does not want to, and else
 * as `ask` does.
 */
export async function dialSocket(
  target: HttpTarget,
  path: string,
  { protocol, token, clock, signal }: DialOptions,
): Promise<WebSocketConnection> {
  const connection = await connectHttp(target, signal);
  const forget = onAbort(signal, () => closeQuietly(connection));
  try {
    const key = crypto.getRandomValues(new Uint8Array(16)).toBase64();
    const protocols = [protocol, ...token === undefined ? [] : [bearerProtocol(token)]];
    const request = formatRequest("GET", path, target, {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": key,
      "Sec-WebSocket-Protocol": protocols.join(", "),
    });
    await writeAll(connection, encode(request));
    const reader = new AnswerReader(connection, MAX_REFUSAL_BYTES);
    const { status, fields } = await reader.head();
    const isAccepted = status === 101 && fields.get("sec-websocket-accept") === acceptOf(key) &&
      fields.get("sec-websocket-protocol") === protocol;
    if (!isAccepted) throw new AnswerError(`it is status ${status}, and no WebSocket`);
    return new WebSocketConnection(connection, reader.rest, {
      side: "client",
      clock,
      unread: { take() {}, give() {} },
      pause: () => undefined,
    });
  } catch (error) {
    closeQuietly(connection);
    signal.throwIfAborted();
    throw error;
  } finally {
    forget();
  }
}
