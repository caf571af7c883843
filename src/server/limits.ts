// Every limit of a server towards its clients, by name and in one place; `herd server --help` has an
// option for each. Those of links are LINK_TIMINGS in ../flood/environment.ts, those towards a places
// service GUARD_LIMITS in ../places/guard.ts. The length of a line is the protocol's: MAX_LINE_BYTES
// in ../protocol/lines.ts, fixed, since other people's clients count on it.

/** Limits of one server. */
export interface Limits {
  // Who may connect: admission.ts.

  /** Connections of clients open at one time. What may be a neighbour has room beside them. */
  readonly maxConnections: number;
  /** Connections of clients from one address (of IPv6: one /64 network) open at one time. */
  readonly maxConnectionsPerAddress: number;
  /** The same for an address of this machine, which all who run on it share. */
  readonly maxConnectionsPerLoopback: number;
  /** Connections over these limits that may yet show, by their first line, that they are links. */
  readonly maxTrials: number;

  // How long a connection may take: supervisor.ts.

  /** Time that a client has for its first whole line. */
  readonly firstLineMs: number;
  /** Longest time that a client may send no whole line while nothing is owed to it. */
  readonly idleMs: number;
  /** A client that has sent no whole line for so long makes room when another one finds none. */
  readonly yieldMs: number;
  /** Longest time that a client may take none of the replies that wait for it. */
  readonly unreadMs: number;

  // Replies that wait: replies.ts, supervisor.ts.

  /** Replies of one connection that may wait to be written, in bytes, before reading pauses. */
  readonly maxUnreadBytes: number;
  /** The same for all connections together: over it the slowest readers are dropped. */
  readonly maxUnreadBytesPerServer: number;
  /** WHATSAT requests of one connection that may wait for places before reading pauses. */
  readonly maxPlacesPerConnection: number;
  /** WHATSAT requests that may wait for places at one time; one more gets OVER_QUERY_LIMIT. */
  readonly maxPlacesPerServer: number;

  // The HTTP port, whose places are beside those of lines and of links: ../http/wire.

  /** HTTP connections open at one time, WebSockets among them. */
  readonly maxHttpConnections: number;
  /** HTTP connections from one address (of IPv6: one /64 network) open at one time. */
  readonly maxHttpConnectionsPerAddress: number;
  /** The same for an address of this machine, as all clients of a proxy on it have. */
  readonly maxHttpConnectionsPerLoopback: number;
  /** Requests a second of one scoped token, or of one address that shows no good token. */
  readonly httpRequestsPerSecond: number;
  /** The same for an address of this machine, where no token may be needed. */
  readonly httpRequestsPerSecondOfLoopback: number;
  /** Time that a client has for the whole head of a request; for the first one, since it connected. */
  readonly httpHeadMs: number;
  /** Time that a client has for the whole body of a request; for each 4 KiB of one that is read in pieces. */
  readonly httpBodyMs: number;
  /** Longest time that a connection may be open between two requests. */
  readonly httpIdleMs: number;
  /** Longest time that a client may take to read a whole answer, or a piece of a stream. */
  readonly httpAnswerMs: number;
  /** Answers that may wait to be read on all HTTP connections, in bytes; over it the slowest go. */
  readonly maxHttpUnreadBytes: number;
  /** A WebSocket that is silent for so long is pinged; it ends if it is silent for as long again. */
  readonly webSocketPingMs: number;

  // Records. Both bind clients alone: what neighbours send is always taken, or the herd would differ.

  /** Clients in the store; the IAMAT of one more is answered as an invalid request. */
  readonly maxClients: number;
  /** Removals that are kept; one more is refused. */
  readonly maxRemovals: number;
  /** Memory of the records' texts, in bytes; over it the store takes no new clients either. */
  readonly maxRecordBytes: number;

  /** Time for which a stopping server waits for what is in hand. */
  readonly drainMs: number;
}

/** The defaults. */
export const LIMITS: Limits = {
  maxConnections: 16_000,
  maxConnectionsPerAddress: 1_000,
  maxConnectionsPerLoopback: Infinity,
  maxTrials: 64,
  firstLineMs: 60_000,
  idleMs: 3_600_000,
  yieldMs: 300_000,
  unreadMs: 30_000,
  maxUnreadBytes: 256 * 1024,
  maxUnreadBytesPerServer: 256 * 1024 * 1024,
  maxPlacesPerConnection: 512,
  maxPlacesPerServer: 2_048,
  maxHttpConnections: 2_000,
  maxHttpConnectionsPerAddress: 500,
  maxHttpConnectionsPerLoopback: Infinity,
  httpRequestsPerSecond: 200,
  httpRequestsPerSecondOfLoopback: Infinity,
  httpHeadMs: 10_000,
  httpBodyMs: 10_000,
  httpIdleMs: 60_000,
  httpAnswerMs: 60_000,
  maxHttpUnreadBytes: 64 * 1024 * 1024,
  webSocketPingMs: 30_000,
  maxClients: 1_000_000,
  maxRemovals: 100_000,
  maxRecordBytes: 1024 * 1024 * 1024,
  drainMs: 800,
};
