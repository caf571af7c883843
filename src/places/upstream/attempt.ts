// The meaning of one exchange with an upstream: for the client, and for the guard that decides whether
// and when to call again. How a kind of upstream writes its answers is a Format.

import type { Exchange, UpstreamRequest } from "./exchange.ts";
import { type FailureStatus, REFUSALS } from "../failure.ts";
import type { Coordinates } from "../../protocol/location.ts";
import type { NearbyResponse } from "../provider.ts";

/** A question to an upstream. */
export interface Query {
  /** The middle of the circle. */
  readonly location: Coordinates;
  /** In metres, 0 to 50,000. */
  readonly radiusMetres: number;
  /** The most places wanted, 1 to 20. */
  readonly bound: number;
}

/** The API of one kind of upstream: its questions and its answers. Pure. */
export interface Format {
  /** Key of a query: queries with equal keys get the same answer. */
  key(query: Query): string;
  /**
   * The queries to send for one, each after the body of the last one's good answer; what is read of the
   * last answer counts. Left out, it is the query itself.
   */
  steps?(query: Query): Generator<Query, void, object>;
  /** The request for a query. */
  request(query: Query): UpstreamRequest;
  /**
   * Reads the body of a successful answer. It may hold more places than were asked for. Undefined
   * if it is out of form.
   */
  read(body: object, query: Query): NearbyResponse | undefined;
  /** Details of an answer without success beyond its HTTP status. */
  refusal?(body: object): Refusal;
}

/** An upstream's reason for not serving. */
export interface Refusal {
  /** The meaning, if the HTTP status alone would mislead. */
  readonly status?: FailureStatus | undefined;
  /** A word for the log from a fixed set, such as `SERVICE_DISABLED`; never free text. */
  readonly code?: string | undefined;
}

/** Result of one call of an upstream. */
export interface Attempt {
  /** For the client. */
  readonly response: NearbyResponse;
  /** The reason why there are no places, for the log; undefined if it worked. Holds nothing of the upstream's. */
  readonly reason: string | undefined;
  /** True if the upstream is to blame. */
  readonly isFault: boolean;
  /** True if trying again at once may help. Searching changes nothing, so it never harms. */
  readonly isTransient: boolean;
  /** Pause before the next call, in milliseconds; undefined if none is needed. */
  readonly pauseMs: number | undefined;
}

/** Sends the steps of a query, one after the other, until one fails. */
export async function search(
  format: Format,
  query: Query,
  send: (step: Query) => Promise<Exchange>,
  leastPauseMs: number,
): Promise<Attempt> {
  const steps = format.steps?.(query);
  let step: Query | void = steps?.next().value ?? query;
  while (true) {
    const outcome = await send(step);
    const attempt = assess(outcome, format, step, leastPauseMs);
    if (attempt.reason !== undefined || outcome.kind === "fault") return attempt;
    step = steps?.next(outcome.body as object).value;
    if (step === undefined) return attempt;
  }
}

/**
 * The HTTP statuses after which another try may help. Not 504: the time is used up, and the
 * upstream's own upstream has more than enough to do.
 */
const TRANSIENT = new Set([500, 502, 503]);

/**
 * Says what an exchange means.
 *
 * @param leastPauseMs How long to leave an upstream alone that says it has had too many requests
 * and does not say how long.
 */
export function assess(
  exchange: Exchange,
  format: Format,
  query: Query,
  leastPauseMs: number,
): Attempt {
  if (exchange.kind === "fault") {
    return attempt(REFUSALS.UNKNOWN_ERROR, exchange.fault, exchange.fault === "unreachable");
  }
  const { status, body, retryAfterMs } = exchange;
  const isSuccess = status >= 200 && status < 300;
  if (!isSuccess) {
    const refusal = isObject(body) ? format.refusal?.(body) : undefined;
    const pauseMs = status === 429
      ? Math.max(retryAfterMs ?? 0, leastPauseMs)
      : status === 503
      ? retryAfterMs
      : undefined;
    const isTransient = TRANSIENT.has(status) && pauseMs === undefined;
    const reason = `HTTP status ${status}${refusal?.code ? ` ${refusal.code}` : ""}`;
    return attempt(REFUSALS[refusal?.status ?? statusOf(status)], reason, isTransient, pauseMs);
  }
  const response = isObject(body) ? format.read(body, query) : undefined;
  if (response === undefined) return attempt(REFUSALS.UNKNOWN_ERROR, "out of form", false);
  if (response.status === "OK" || response.status === "ZERO_RESULTS") {
    return attempt(response, undefined, false);
  }
  const pauseMs = response.status === "OVER_QUERY_LIMIT" ? leastPauseMs : undefined;
  const isTransient = response.status === "UNKNOWN_ERROR";
  return attempt(response, `status ${response.status}`, isTransient, pauseMs);
}

function attempt(
  response: NearbyResponse,
  reason: string | undefined,
  isTransient: boolean,
  pauseMs?: number,
): Attempt {
  const isFault = response.status === "UNKNOWN_ERROR";
  return { response, reason, isFault, isTransient, pauseMs };
}

function statusOf(httpStatus: number): FailureStatus {
  switch (httpStatus) {
    case 400:
      return "INVALID_REQUEST";
    case 401:
    case 403:
      return "REQUEST_DENIED";
    case 429:
      return "OVER_QUERY_LIMIT";
    default:
      return "UNKNOWN_ERROR";
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
