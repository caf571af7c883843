// What `/v1/live` says, for whoever watches: the messages, and how to read the binary ones. Plain
// TypeScript for browsers and servers alike, with nothing of Deno's.
//
// A WebSocket under the subprotocol `herd.live.v1`. Text frames are JSON, a `LiveMessage` each: `hello`
// and `history` at first, `herd` once a second, `event` when a server or a link goes or comes, and `clients` when
// that was asked for. Binary frames are positions, little-endian, an array after the other so that
// each is a view of the frame's bytes:
//
//   offset      type        what
//   0           u8          1: positions
//   1           u8          flags; 1: with this frame the receiver has everything there is now
//   2           u16         0
//   4           u32         n, the number of clients in the frame
//   8           u32[n]      slot of each client: a small number that stays while the client is known
//   8 + 4n      f32[n]      latitude in degrees; NaN: the client is gone, its slot may be used again
//   8 + 8n      f32[n]      longitude in degrees
//   8 + 12n     u8[n]       server that was told: its place in `hello`'s list; 255 is another one
//
// The first frames give every client once, the later ones what has changed, at most ten times a
// second; of a client that moved twice in between, the newest position. Ids are not in there: a
// watcher asks for those that it wants to show, by text frames:
//
//   {"slots": [1, 2, 3]}         up to 1,000 slots; the answer has those that are clients
//   {"find": "kiwi%2F1"}         an id, percent-encoded; the answer has one client or none
//   {"prefix": "kiwi%2F"}        the start of an id, ASCII letters of either case; the answer has up
//                                to 12 clients by their ids, and the prefix

/** The subprotocol to name. A token goes in a second one, see ../token.ts. */
export const LIVE_PROTOCOL = "herd.live.v1";

/** The first byte of a frame of positions. */
export const POSITIONS = 1;

/** Flag of the frame with which the receiver has everything. */
export const LEVEL = 1;

/** Bytes before the arrays, and bytes of each client in them. */
export const HEAD_BYTES = 8;
export const CLIENT_BYTES = 13;

/** In place of a server that the list does not have. */
export const OTHER_SERVER = 255;

/** Positions of clients, parallel arrays; views of the frame that was decoded. */
export interface Positions {
  /** True if the receiver now has everything there is. */
  readonly isLevel: boolean;
  readonly count: number;
  readonly slots: Uint32Array;
  /** Degrees; NaN for a client that is gone. */
  readonly latitudes: Float32Array;
  readonly longitudes: Float32Array;
  /** Places in the list of servers. */
  readonly servers: Uint8Array;
}

/** The arrays of a frame of `count` clients, as views of its bytes. */
export function positionArrays(buffer: ArrayBuffer, count: number): Omit<Positions, "isLevel"> {
  return {
    count,
    slots: new Uint32Array(buffer, HEAD_BYTES, count),
    latitudes: new Float32Array(buffer, HEAD_BYTES + 4 * count, count),
    longitudes: new Float32Array(buffer, HEAD_BYTES + 8 * count, count),
    servers: new Uint8Array(buffer, HEAD_BYTES + 12 * count, count),
  };
}

/**
 * Reads a binary frame; undefined if it is of a kind that this version does not know, which a
 * watcher should pass over. For machines that are little-endian, as all that run browsers are.
 */
export function decodePositions(buffer: ArrayBuffer): Positions | undefined {
  if (buffer.byteLength < HEAD_BYTES) return undefined;
  const head = new DataView(buffer);
  const count = head.getUint32(4, true);
  if (head.getUint8(0) !== POSITIONS) return undefined;
  if (buffer.byteLength !== HEAD_BYTES + CLIENT_BYTES * count) return undefined;
  return { isLevel: (head.getUint8(1) & LEVEL) !== 0, ...positionArrays(buffer, count) };
}

/** Says who speaks; always the first message. */
export interface HelloMessage {
  readonly type: "hello";
  readonly herd: string;
  /** The server that the watcher is connected with. */
  readonly self: string;
  readonly version: string;
  /** The names that `Positions.servers` are places in. */
  readonly servers: readonly string[];
  /** The scopes of the watcher's token; all of them where no token is asked for. */
  readonly scopes: readonly string[];
}

/** The server's figures of the last ten minutes, as `GET /v1/history` gives them. */
export interface HistoryMessage<Sample> {
  readonly type: "history";
  readonly samples: readonly Sample[];
}

/** The herd as `GET /v1/servers` gives it; see its schema in `/openapi.json`. */
export interface HerdMessage<Snapshot, Sample> {
  readonly type: "herd";
  readonly herd: Snapshot;
  /** The newest of the server's figures, if there are any yet. */
  readonly latest?: Sample | undefined;
}

/** That a server or one direction of a link changed its state. */
export interface EventMessage {
  readonly type: "event";
  /** RFC 3339. */
  readonly time: string;
  readonly event: "server.up" | "server.down" | "link.up" | "link.down";
  /** The server, or the one whose feed is read. */
  readonly server: string;
  /** Of a link: the server that reads. */
  readonly follower?: string | undefined;
}

/** The clients that were asked for, as `GET /v1/clients/{id}` gives them, each with its slot. */
export interface ClientsMessage<Client> {
  readonly type: "clients";
  readonly clients: readonly (Client & { readonly slot: number })[];
  /** The question's, if it had one. */
  readonly prefix?: string | undefined;
}

/** The message of a text frame. */
export type LiveMessage<Snapshot, Client, Sample = unknown> =
  | HelloMessage
  | HistoryMessage<Sample>
  | HerdMessage<Snapshot, Sample>
  | EventMessage
  | ClientsMessage<Client>;
