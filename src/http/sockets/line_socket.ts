// `/v1/line`: the line protocol of the TCP port, with its code and limits, on a WebSocket.

import { ByteSocket } from "./byte_socket.ts";
import type { HttpContext } from "../context.ts";
import { Problem } from "../problem.ts";
import { upgrade } from "./web_socket.ts";

/** The subprotocol that a client may name. */
export const LINE_PROTOCOL = "herd.line.v1";

/**
 * Serves a client on a WebSocket.
 *
 * @throws {Problem} If the request asks for none, or the server is stopping.
 */
export function lineSocket(request: Request, peer: string, context: HttpContext): Response {
  const { status, clients, counts } = context;
  if (status.isStopping) throw new Problem(503, "This server is stopping");
  const { socket, response } = upgrade(request, LINE_PROTOCOL);
  const connection = new ByteSocket(socket);
  socket.addEventListener("open", () => {
    counts.lineSockets++;
    clients.serve(connection, peer).finally(() => counts.lineSockets--);
  }, { once: true });
  return response;
}
