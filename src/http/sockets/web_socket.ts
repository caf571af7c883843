// Makes a WebSocket of a request (RFC 6455, section 4.2): what it has to ask for, and what it is answered.

import { createHash } from "node:crypto";
import { offeredProtocols } from "../tokens/credentials.ts";
import { Problem } from "../problem.ts";
import type { Reply } from "../wire/reply.ts";
import type { HttpRequest } from "../wire/request.ts";
import type { WebSocketConnection } from "../wire/web_socket/connection.ts";

/** The text that the accepted key is made with. */
const KEY_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** 16 bytes in base64. */
const KEY = /^[A-Za-z\d+/]{22}==$/;

/** The service on a WebSocket. */
export interface Use {
  /** Uses the socket until it is over. */
  serve(socket: WebSocketConnection): Promise<void>;
  /** Called when it is over, also when it never came to be. */
  end(): void;
}

/**
 * Answers a request that asks for a WebSocket. Of the subprotocols that the client offers, `protocol` is
 * chosen; one that offers none is served all the same. `begin` is called if the request is in order.
 *
 * @throws {Problem} 426 if it asks for none; 400 if it offers only other subprotocols.
 */
export function upgrade(
  request: HttpRequest,
  protocol: string,
  begin: () => Use,
): Reply {
  const key = request.header("sec-websocket-key") ?? "";
  const isAsked = tokens(request, "upgrade").includes("websocket") &&
    tokens(request, "connection").includes("upgrade");
  if (request.method !== "GET" || !isAsked || request.header("sec-websocket-version") !== "13") {
    throw new Problem(426, "This is for WebSockets of version 13", {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
    });
  }
  if (!KEY.test(key)) throw new Problem(400, "Sec-WebSocket-Key is not 16 bytes in base64");
  const offered = offeredProtocols(request);
  if (offered.length > 0 && !offered.includes(protocol)) {
    throw new Problem(400, `Of subprotocols this knows '${protocol}' alone`);
  }
  const use = begin();
  return {
    status: 101,
    headers: {
      Upgrade: "websocket",
      Connection: "Upgrade",
      "Sec-WebSocket-Accept": acceptOf(key),
      ...offered.length > 0 ? { "Sec-WebSocket-Protocol": protocol } : {},
    },
    body: { serve: (socket) => use.serve(socket), [Symbol.dispose]: () => use.end() },
  };
}

/** The answer to a key. */
export function acceptOf(key: string): string {
  return createHash("sha1").update(key + KEY_GUID).digest("base64");
}

function tokens(request: HttpRequest, field: string): string[] {
  return (request.header(field) ?? "").toLowerCase().split(",").map((it) => it.trim());
}
