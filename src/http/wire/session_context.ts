// Context of the HTTP port's connections: the handler of requests, and the parts that all of them share.

import type { Connection } from "../../base/connection.ts";
import type { UnreadBudget } from "../../server/clients/supervisor.ts";
import type { Doors } from "../../server/doors.ts";
import type { Problem } from "../problem.ts";
import type { Reply } from "./reply.ts";
import type { HttpRequest } from "./request.ts";
import type { WebSocketConnection } from "./web_socket/connection.ts";

/** States in which a connection of the HTTP port waits. */
export type HttpWaiting =
  /** The whole head of a request. */
  | "head"
  /** The whole body of a request. */
  | "body"
  /** A further request. */
  | "request"
  /** The client, to take an answer. */
  | "reader"
  /** The client, to close a connection that is over. */
  | "close"
  /** The server itself: no limit of the client's applies. */
  | "others";

/** A byte stream whose two directions can end apart. */
export interface HttpTransport extends Connection {
  /** Ends the direction to the client. */
  closeWrite(): Promise<void>;
}

/** A request that is to be answered when its body has come. */
export interface Task {
  /** The most that its body may have; or it takes the body in pieces, however long that is. */
  readonly maxBodyBytes: number | "in pieces";
  /** Answers it. Neither throws nor rejects. */
  run(): Reply | Promise<Reply>;
}

/** Handler of requests. */
export interface Application {
  /** Looks at a request whose body has not come. Gives an answer if none is needed. Never rejects. */
  route(request: HttpRequest): Task | Reply | Promise<Task | Reply>;
  /** Answers what is no request that could be routed, or one whose body is no good. */
  refuse(problem: Problem, request?: HttpRequest): Reply;
}

/** A connection's place at the port. */
export interface HttpTicket {
  /** Says that the client is waited for: it may have to make room. */
  idle(): void;
  /** Says that the client is served. */
  busy(): void;
}

/** Context that the sessions of one port share. */
export interface HttpSessionContext {
  readonly app: Application;
  readonly doors: Doors;
  /** Told of answers that clients have not taken. */
  readonly unread: UnreadBudget;
  /** Open WebSockets: those that are silent are pinged. */
  readonly sockets: Set<WebSocketConnection>;
}
