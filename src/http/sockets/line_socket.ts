// `/v1/line`: the line protocol of the TCP port, with its code and limits, on a WebSocket.

import type { HttpContext } from "../context.ts";
import { Problem } from "../problem.ts";
import type { Reply } from "../wire/reply.ts";
import type { HttpRequest } from "../wire/request.ts";
import { ByteSocket } from "./byte_socket.ts";
import { upgrade } from "./web_socket.ts";

/** The subprotocol that a client may name. */
export const LINE_PROTOCOL = "herd.line.v1";

/**
 * Serves a client on a WebSocket.
 *
 * @throws {Problem} If the request asks for none, or the server is stopping.
 */
export function lineSocket(request: HttpRequest, context: HttpContext): Reply {
  const { status, clients, counts } = context;
  if (status.isStopping) throw new Problem(503, "This server is stopping");
  return upgrade(request, LINE_PROTOCOL, () => {
    counts.lineSockets++;
    return {
      serve: (socket) => clients.serve(new ByteSocket(socket), request),
      end: () => void counts.lineSockets--,
    };
  });
}
