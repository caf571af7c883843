// The events of a watch, and how they are read from those of a server.

import { HerdError } from "./errors.ts";
import type { ServerEvent } from "./event_parser.ts";
import type { Client, Removal } from "./forms.ts";

/** The place of an event: what all of them have. */
export interface Positioned {
  /**
   * The place in the server's feed, `<feed id>:<position>`, to give as `since` later. Undefined while
   * the watch brings what you know level with another server: the last one stands until `level`.
   */
  readonly position: string | undefined;
  /** The address of the server that is watched. */
  readonly server: string;
}

/** A client is there, or has changed: `set` in a watch of the whole world, else `enter` or `move`. */
export interface Located extends Positioned {
  /** `set` without an area; `enter` for a client that was not in it, `move` for one that was. */
  readonly type: "set" | "enter" | "move";
  /** The client's id, percent-encoded. */
  readonly id: string;
  /** The client as it is now. */
  readonly client: Client;
}

/** A client has left the area that is watched. */
export interface Left extends Positioned {
  /** The kind of this event. */
  readonly type: "leave";
  /** The client's id, percent-encoded. */
  readonly id: string;
  /**
   * The client where it is now. Undefined if it went while the watch was cut off: it is elsewhere, or
   * forgotten, and `ask` tells.
   */
  readonly client: Client | undefined;
}

/** A client was forgotten; in an area also one that has expired. */
export interface Forgotten extends Positioned {
  /** The kind of this event. */
  readonly type: "forget";
  /** The client's id, percent-encoded. */
  readonly id: string;
  /** Undefined if it was while the watch was cut off. */
  readonly removal: Removal | undefined;
}

/**
 * `level`: all that was there has been told; it comes again after each cut. `reset`: forget what this watch
 * told, all that is there comes again.
 */
export interface Notice extends Positioned {
  /** The kind of this event. */
  readonly type: "level" | "reset";
}

/** One thing that happened to a client, or to the watch itself; `type` tells which. */
export type WatchEvent = Located | Left | Forgotten | Notice;

/** The events of servers that tell of a client, by their names. */
const TYPES = {
  location: "set",
  enter: "enter",
  move: "move",
  leave: "leave",
  removal: "forget",
  forget: "forget",
  level: "level",
  reset: "reset",
} as const;

/**
 * The event that a server sent; undefined for a kind that this module does not know.
 *
 * @throws {HerdError} If it has not the form of its kind.
 */
export function watchEventOf(
  { id: position, event, data }: ServerEvent,
  server: string,
): WatchEvent | undefined {
  if (!Object.hasOwn(TYPES, event)) return undefined;
  const type = TYPES[event as keyof typeof TYPES];
  if (type === "level" || type === "reset") return { type, position, server };
  const json = parsed(data);
  if (typeof json?.id !== "string" || typeof json.time !== "string") {
    throw malformed(event, server);
  }
  const { id } = json;
  if (type === "forget") return { type, id, removal: json as Removal, position, server };
  if (typeof json.lat !== "number" || typeof json.lon !== "number") throw malformed(event, server);
  return { type, id, client: json as Client, position, server };
}

function parsed(data: string): Partial<Client> | undefined {
  try {
    return JSON.parse(data) ?? undefined;
  } catch {
    return undefined;
  }
}

function malformed(event: string, server: string): HerdError {
  return new HerdError(`An event '${event}' without its data`, { fault: "malformed", server });
}
