// The limits of a server as options of `herd server`, in units that people write: seconds, KiB and
// MiB. What each one means in full, and its default, is in ../server/limits.ts,
// ../flood/environment.ts (links) and ../places/guard.ts (places services).

import type { Given } from "../../base/defaults.ts";
import { LINK_TIMINGS, type LinkTimings } from "../../flood/environment.ts";
import type { GuardLimits } from "../../places/upstream/guard.ts";
import { LIMITS, type Limits } from "../../server/limits.ts";
import type { IntegerOption, Options } from "../command/description.ts";

const KIB = 1024;
const MIB = 1024 * 1024;
const SECOND_MS = 1_000;

/** No limit that makes sense is greater; the counts that it is compared with stay exact. */
const MOST = 1_000_000_000;

function count(description: string, most = MOST): Omit<IntegerOption, "default"> {
  return { kind: "integer", placeholder: "n", min: 1, max: most, description };
}

function seconds(description: string): Omit<IntegerOption, "default"> {
  return { kind: "integer", placeholder: "seconds", min: 1, max: 1_000_000, description };
}

function memory(placeholder: "KiB" | "MiB", description: string): Omit<IntegerOption, "default"> {
  return { kind: "integer", placeholder, min: 1, max: 1_000_000, description };
}

/** Options by name, for a command to spread into its own. */
export const LIMIT_OPTIONS = {
  maxConnections: {
    ...count("Clients that are connected at one time; neighbours have room beside them"),
    default: LIMITS.maxConnections,
  },
  maxConnectionsPerAddress: count(
    "The same of one address, or of one IPv6 /64 network; left out, " +
      `${LIMITS.maxConnectionsPerAddress}, and on loopback as many as there are`,
  ),
  firstLineTimeout: {
    ...seconds("How long a client has for its first whole line"),
    default: LIMITS.firstLineMs / SECOND_MS,
  },
  idleTimeout: {
    ...seconds("How long a client may send no whole line"),
    default: LIMITS.idleMs / SECOND_MS,
  },
  idleYield: {
    ...seconds("A client that has sent no line for so long makes room when another finds none"),
    default: LIMITS.yieldMs / SECOND_MS,
  },
  unreadTimeout: {
    ...seconds("How long a client may take none of the replies that wait for it"),
    default: LIMITS.unreadMs / SECOND_MS,
  },
  maxUnread: {
    ...memory("KiB", "Replies that wait for one client before no more of its requests are read"),
    default: LIMITS.maxUnreadBytes / KIB,
  },
  maxUnreadTotal: {
    ...memory("MiB", "The same of all clients; over it the slowest readers are dropped"),
    default: LIMITS.maxUnreadBytesPerServer / MIB,
  },
  maxWhatsat: {
    ...count("WHATSAT of one client that wait for places before no more is read of it"),
    default: LIMITS.maxPlacesPerConnection,
  },
  maxWhatsatTotal: {
    ...count("The same of all clients; one more gets OVER_QUERY_LIMIT"),
    default: LIMITS.maxPlacesPerServer,
  },
  maxHttpConnections: {
    ...count("HTTP connections at one time, WebSockets among them, beside the clients above"),
    default: LIMITS.maxHttpConnections,
  },
  maxHttpConnectionsPerAddress: count(
    "The same of one address, or of one IPv6 /64 network; left out, " +
      `${LIMITS.maxHttpConnectionsPerAddress}, and on loopback as many as there are`,
  ),
  maxHttpRate: count(
    "HTTP requests a second of one scoped token, or of one address without a good token; left out, " +
      `${LIMITS.httpRequestsPerSecond}, and on loopback as many as there are`,
  ),
  httpHeadTimeout: {
    ...seconds("How long an HTTP client has for the whole head of a request"),
    default: LIMITS.httpHeadMs / SECOND_MS,
  },
  httpBodyTimeout: {
    ...seconds("How long it has for the whole body of a request, or for 4 KiB of many locations"),
    default: LIMITS.httpBodyMs / SECOND_MS,
  },
  httpIdleTimeout: {
    ...seconds("How long its connection may be open between two requests"),
    default: LIMITS.httpIdleMs / SECOND_MS,
  },
  httpAnswerTimeout: {
    ...seconds("How long it may take to read a whole answer, or a piece of a stream"),
    default: LIMITS.httpAnswerMs / SECOND_MS,
  },
  maxHttpUnread: {
    ...memory("MiB", "HTTP answers that wait to be read; over it the slowest readers are dropped"),
    default: LIMITS.maxHttpUnreadBytes / MIB,
  },
  webSocketPing: {
    ...seconds("A WebSocket silent for so long is pinged, and ended when silent for as long again"),
    default: LIMITS.webSocketPingMs / SECOND_MS,
  },
  maxClients: {
    ...count("Clients whose locations are kept; IAMAT of one more is an invalid request"),
    default: LIMITS.maxClients,
  },
  maxRemovals: {
    ...count("Removals that are kept for 30 days; one more is refused"),
    default: LIMITS.maxRemovals,
  },
  maxRecords: {
    ...memory("MiB", "Memory for the texts of locations; over it no further client is taken"),
    default: LIMITS.maxRecordBytes / MIB,
  },
  handshakeTimeout: {
    ...seconds("How long a neighbour has to prove itself"),
    default: LINK_TIMINGS.handshakeMs / SECOND_MS,
  },
  maxHandshakes: {
    ...count("Connections beside the clients' that have still to prove that they are neighbours'"),
    default: LINK_TIMINGS.maxHandshakes,
  },
  placesTimeout: seconds(
    "How long a client waits for a places service, its queue and retries included; left out, " +
      "as the service needs",
  ),
  maxPlacesCalls: count("Calls to a places service at one time; left out, as it allows", 10_000),
  maxPlacesQueue: count("Calls that wait for their turn; left out, as the service allows"),
} as const satisfies Options;

/** The values of `LIMIT_OPTIONS` on a command line. */
export type LimitValues = {
  readonly [Name in keyof typeof LIMIT_OPTIONS]:
    | number
    | ((typeof LIMIT_OPTIONS)[Name] extends { readonly default: number } ? never : undefined);
};

/** The limits of a server towards its clients. */
export function clientLimits(values: LimitValues): Given<Limits> {
  const perAddress = values.maxConnectionsPerAddress;
  const perHttpAddress = values.maxHttpConnectionsPerAddress;
  return {
    maxConnections: values.maxConnections,
    maxConnectionsPerAddress: perAddress,
    maxConnectionsPerLoopback: perAddress,
    maxTrials: values.maxHandshakes,
    firstLineMs: values.firstLineTimeout * SECOND_MS,
    idleMs: values.idleTimeout * SECOND_MS,
    yieldMs: values.idleYield * SECOND_MS,
    unreadMs: values.unreadTimeout * SECOND_MS,
    maxUnreadBytes: values.maxUnread * KIB,
    maxUnreadBytesPerServer: values.maxUnreadTotal * MIB,
    maxPlacesPerConnection: values.maxWhatsat,
    maxPlacesPerServer: values.maxWhatsatTotal,
    maxHttpConnections: values.maxHttpConnections,
    ...perHttpAddress === undefined ? {} : {
      maxHttpConnectionsPerAddress: perHttpAddress,
      maxHttpConnectionsPerLoopback: perHttpAddress,
    },
    httpRequestsPerSecond: values.maxHttpRate,
    httpRequestsPerSecondOfLoopback: values.maxHttpRate,
    httpHeadMs: values.httpHeadTimeout * SECOND_MS,
    httpBodyMs: values.httpBodyTimeout * SECOND_MS,
    httpIdleMs: values.httpIdleTimeout * SECOND_MS,
    httpAnswerMs: values.httpAnswerTimeout * SECOND_MS,
    maxHttpUnreadBytes: values.maxHttpUnread * MIB,
    webSocketPingMs: values.webSocketPing * SECOND_MS,
    maxClients: values.maxClients,
    maxRemovals: values.maxRemovals,
    maxRecordBytes: values.maxRecords * MIB,
  };
}

/** The limits of a server towards those who may be neighbours. */
export function linkTimings(values: LimitValues): Given<LinkTimings> {
  return {
    handshakeMs: values.handshakeTimeout * SECOND_MS,
    maxHandshakes: values.maxHandshakes,
  };
}

/** The limits of a server towards a places service, as far as they were given. */
export function placesLimits(values: LimitValues): Given<GuardLimits> {
  const { placesTimeout, maxPlacesCalls, maxPlacesQueue } = values;
  return {
    deadlineMs: placesTimeout === undefined ? undefined : placesTimeout * SECOND_MS,
    maxConcurrent: maxPlacesCalls,
    maxQueued: maxPlacesQueue,
  };
}
