// The one way of a client's location into the store, whether it is told by an IAMAT line or as values.

import { copyBytes, encode, NEWLINE } from "../../base/bytes.ts";
import { Instant } from "../../base/instant.ts";
import { MAX_LINE_BYTES } from "../../protocol/lines.ts";
import { type Coordinates, printLocation } from "../../protocol/location.ts";
import { parseRequest, Request } from "../../protocol/request.ts";
import { parseTime } from "../../protocol/time.ts";
import {
  AT_PREFIX,
  makeUpdate,
  MAX_BODY_GROWTH_BYTES,
  MAX_NAME_BYTES,
  Update,
  writeBody,
} from "../../protocol/update.ts";
import type { Applied } from "../../store/source.ts";
import type { Store } from "../../store/store.ts";
import type { RequestCounts } from "./request_counts.ts";
import { CLIENT } from "../../store/source.ts";

/** The parts of a server that taking an IAMAT needs. */
export interface IamatContext {
  readonly name: Uint8Array;
  readonly store: Store;
  readonly counts: RequestCounts;
}

// Each is taken to the end before the next, so all share this.
const update = new Update();

/**
 * Takes an IAMAT that was received at `receivedAt`: writes its AT line with the newline to `out` at
 * `at`, applies it, and returns the offset after the line. `request` describes the IAMAT in `line`.
 * What is older than what is known is answered all the same, and counted. Returns -1 if the
 * store is full and cannot take it: an AT line would promise what is not so.
 */
export function takeIamat(
  context: IamatContext,
  receivedAt: Instant,
  request: Request,
  line: Uint8Array,
  out: Uint8Array,
  at: number,
): number {
  at = copyBytes(AT_PREFIX, 0, AT_PREFIX.length, out, at);
  at = writeBody(context.name, receivedAt, request, line, out, at, update);
  out[at++] = NEWLINE;
  return apply(context, update) === "full" ? -1 : at;
}

const request = new Request();
const body = new Uint8Array(MAX_LINE_BYTES + MAX_BODY_GROWTH_BYTES + MAX_NAME_BYTES);

/** Takes the line `line[0, end)` if it is IAMAT, and answers nothing; undefined if it is none, or too long. */
export function takeLine(
  context: IamatContext,
  receivedAt: Instant,
  line: Uint8Array,
  end: number,
): Applied | undefined {
  if (end > MAX_LINE_BYTES) return undefined;
  parseRequest(line, 0, end, request);
  if (request.kind !== "iamat") return undefined;
  writeBody(context.name, receivedAt, request, line, body, 0, update);
  return apply(context, update);
}

/** A location that a client tells, as values. */
export interface Report {
  /** The id: 1 byte or more, no white space. */
  readonly client: Uint8Array;
  readonly location: Coordinates;
  /** POSIX seconds in decimal; the time of receipt when undefined. */
  readonly time: string | undefined;
}

/** The outcome of a report. */
export interface TakenReport {
  readonly update: Update;
  readonly applied: Applied;
}

/** The bytes of an IAMAT line beside its client, location and time. */
const IAMAT_BYTES = "IAMAT   ".length;

/**
 * Takes a report that was received at `receivedAt` as the IAMAT line that says the same. A string is the
 * reason why there is no such line.
 */
export function takeReport(
  context: IamatContext,
  receivedAt: Instant,
  { client, location: coordinates, time: text }: Report,
): TakenReport | string {
  const location = printLocation(coordinates);
  const timeText = encode(text ?? receivedAt.toString());
  const time = new Instant();
  if (!parseTime(timeText, 0, timeText.length, time)) return "The time is not POSIX seconds";
  const bytes = IAMAT_BYTES + client.length + location.length + timeText.length;
  if (bytes > MAX_LINE_BYTES) {
    return `Id and time are too long: ${bytes} bytes of ${MAX_LINE_BYTES}`;
  }
  const origin = context.name;
  const received = receivedAt;
  const update = makeUpdate({ origin, client, location, time, timeText, received });
  return { update, applied: apply(context, update) };
}

function apply({ store, counts }: IamatContext, update: Update): Applied {
  const applied = store.apply(update, CLIENT);
  if (applied === "full") return applied;
  counts.iamat++;
  if (applied !== "newer" && applied !== "same") counts[applied]++;
  return applied;
}
