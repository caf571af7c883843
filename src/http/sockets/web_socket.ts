// Makes a WebSocket of a request: what it may ask for, and under which subprotocol.

import { offeredProtocols } from "../auth.ts";
import { Problem } from "../problem.ts";

/**
 * Takes a request that asks for a WebSocket. Of the subprotocols that the client offers,
 * `protocol` is chosen; one that offers none is served all the same.
 *
 * @throws {Problem} 426 if it asks for none; 400 if it offers only others.
 */
export function upgrade(
  request: Request,
  protocol: string,
): { readonly socket: WebSocket; readonly response: Response } {
  if (request.headers.get("Upgrade")?.toLowerCase() !== "websocket") {
    throw new Problem(426, "This is for WebSockets", {
      Connection: "Upgrade",
      Upgrade: "websocket",
    });
  }
  const offered = offeredProtocols(request);
  if (offered.length > 0 && !offered.includes(protocol)) {
    throw new Problem(400, `Of subprotocols this knows '${protocol}' alone`);
  }
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.binaryType = "arraybuffer";
  if (offered.length > 0) response.headers.set("Sec-WebSocket-Protocol", protocol);
  return { socket, response };
}

/** How often a socket that takes nothing is looked at, in milliseconds. */
const LOOK_MS = 10;

/** Waits until no more than `bytes` wait to be sent, or the socket is closed. */
export async function untilSent(socket: WebSocket, bytes: number): Promise<void> {
  // There is no event for this: it is for the rare case that the other side does not keep up.
  while (socket.readyState === WebSocket.OPEN && socket.bufferedAmount > bytes) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
