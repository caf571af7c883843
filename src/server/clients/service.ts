// What a server does for clients, whichever way they come: over its own port, a WebSocket, or HTTP.

import type { Connection } from "../../base/connection.ts";
import type { Coordinates } from "../../protocol/location.ts";
import type { Applied } from "../../store/source.ts";
import type { Grant } from "../tokens/grant.ts";
import type { ForgetAnswer } from "../records/forget.ts";
import type { Report, TakenReport } from "./iamat.ts";

/** The other end of a connection that came another way than over the server's own port. */
export interface ServedClient {
  /** For the log. */
  readonly peer: string;
  readonly grant: Grant;
}

/** The ways in of one server. */
export interface ClientService {
  /** Takes a location that comes now, and counts it as an IAMAT; see `takeReport` of iamat.ts. */
  take(report: Report): TakenReport | string;
  /**
   * The same of an IAMAT line, `line[0, end)` without its newline; undefined if it is none. What is applied
   * is as if it had come over the server's own port.
   */
  takeLine(line: Uint8Array, end: number): Applied | undefined;
  /**
   * The reason why this server may not date anything itself, for people; undefined if it may. A report without a
   * time and a removal get its own time, which would rule the herd for as long as it is ahead.
   */
  whyNotDate(): string | undefined;
  /**
   * A promise to wait for until all that was applied so far is as safe as is promised; undefined when it
   * is. Rejects if the server stops before.
   */
  whenSafe(): Promise<void> | undefined;
  /**
   * Forgets a client (1 to 4,096 bytes, no white space) everywhere; see `forget` of forget.ts. Resolves
   * once the removal is as safe as an answered IAMAT is.
   */
  forget(client: Uint8Array): Promise<ForgetAnswer>;
  /** The printed JSON of the places near a location, as WHATSAT gives them, and counted as one. */
  places(
    location: Coordinates,
    radiusMetres: number,
    bound: number,
  ): Uint8Array | Promise<Uint8Array>;
  /**
   * Serves a connection of somebody who may do what `grant` says, with the code and limits of the server's own port, except that it cannot
   * become a link. Resolves when it is over, and closes the connection.
   */
  serve(connection: Connection, client: ServedClient): Promise<void>;
}
