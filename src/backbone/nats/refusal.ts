// What NATS and JetStream answer when they do not do what they are asked, told apart by what helps.
// The codes: https://github.com/nats-io/nats-server/blob/main/server/errors.json.

import type { JetStreamApiError } from "@nats-io/jetstream";
import type { Refusal, RefusalKind } from "../stream.ts";
import { DeniedError } from "../stream.ts";

/** Error codes of JetStream. */
export const JETSTREAM = {
  accountResourcesExceeded: 10002,
  insufficientResources: 10023,
  memoryResourcesExceeded: 10028,
  noMessageFound: 10037,
  notEnabledForAccount: 10039,
  storageResourcesExceeded: 10047,
  streamNotFound: 10059,
  streamStoreFailed: 10077,
  streamSealed: 10109,
} as const;

/** About room, whatever the status. */
const ROOM: ReadonlySet<number> = new Set([
  JETSTREAM.accountResourcesExceeded,
  JETSTREAM.insufficientResources,
  JETSTREAM.memoryResourcesExceeded,
  JETSTREAM.storageResourcesExceeded,
]);

/** A store's words when it has no room, as "maximum bytes exceeded". Anything else is a fault. */
const NO_ROOM = /\bmaximum\b|\bexceeded\b|\bno space\b/i;

/** Nothing that passes by itself, though the status is that of a fault of the server. */
const DENIED: ReadonlySet<number> = new Set([
  JETSTREAM.memoryResourcesExceeded,
  JETSTREAM.notEnabledForAccount,
  JETSTREAM.storageResourcesExceeded,
]);

/** Errors of NATS's client that a person has to mend. */
const DENIED_NAMES: ReadonlySet<string> = new Set([
  "AuthorizationError",
  "PermissionViolationError",
  "UserAuthenticationExpiredError",
]);

/** JetStream's answer to a message that it did not take. */
export interface PublishError {
  /** Like a status of HTTP. */
  readonly code?: number;
  readonly err_code?: number;
  readonly description?: string;
}

/**
 * The reason for which a message was refused; undefined where the stream itself is broken or going away, as it is
 * while it is deleted: then the connection is of no use.
 */
export function refusalOf(
  { code = 500, err_code = 0, description }: PublishError,
): Refusal | undefined {
  const kind = kindOf(code, err_code, description ?? "");
  return kind && { kind, reason: description ?? `error ${err_code}` };
}

function kindOf(code: number, errorCode: number, description: string): RefusalKind | undefined {
  if (errorCode === JETSTREAM.streamSealed) return "rights";
  const isStore = errorCode === JETSTREAM.streamStoreFailed;
  if (ROOM.has(errorCode) || isStore && NO_ROOM.test(description)) return "room";
  return code >= 400 && code < 500 ? "message" : undefined;
}

/** An error as the backbone takes it: a `DeniedError` where trying again soon is of no use. */
export function deniedOr(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const isDenied = DENIED_NAMES.has(error.name) ||
    error.cause instanceof Error && DENIED_NAMES.has(error.cause.name) ||
    error.name === "JetStreamApiError" && isDeniedByApi(error as JetStreamApiError);
  return isDenied ? new DeniedError(error.message, { cause: error }) : error;
}

function isDeniedByApi({ code, status }: JetStreamApiError): boolean {
  return DENIED.has(code) || status >= 400 && status < 500;
}
