// `POST /v1/locations`: the locations of many clients in one request, as lines of JSON or as an array. Each
// one goes the way of IAMAT, and a fault in one is its own.

import * as v from "valibot";
import { decode, NEWLINE } from "../../base/bytes.ts";
import { MAX_LATITUDE, MAX_LONGITUDE } from "../../protocol/location.ts";
import { decodeClientId } from "../../protocol/client_id.ts";
import { orUnsaved, refuseIfStopping } from "./clients.ts";
import type { HttpContext } from "../context.ts";
import { BulkQuery, checked } from "./parameters.ts";
import { Problem } from "../problem.ts";
import { type BulkAnswer, BulkLocation, type BulkSummary } from "./schemas.ts";
import { posixTime } from "./times.ts";
import { json, type Reply } from "../wire/reply.ts";
import type { HttpRequest } from "../wire/request.ts";

/** The largest body, in bytes: 2,500 locations or so. */
export const MAX_BULK_BYTES = 256 * 1024;

/** Faults that a summary names. */
export const MAX_FAULTS = 10;

/** Locations in one piece of work: some 0.2 ms. */
const LOCATIONS_A_PIECE = 64;

const LINES = "application/x-ndjson";

/** Takes each location of the body, and answers each one in order; or all together where that is asked. */
export async function postLocations(request: HttpRequest, context: HttpContext): Promise<Reply> {
  const { answer } = checked(BulkQuery, request.query());
  const type = request.header("content-type")?.split(";")[0]?.trim().toLowerCase();
  const isInLines = type === LINES;
  const items = isInLines ? linesOf(request.body) : arrayOf(type, request.body);
  refuseIfStopping(context);
  const whyNotDate = context.clients.whyNotDate();
  const answers: BulkAnswer[] = [];
  for (const item of items) {
    if (answers.length % LOCATIONS_A_PIECE === 0) await context.pace.pause();
    answers.push(take(item, { request, context, whyNotDate }));
  }
  refuseIfStopping(context);
  const saved = context.clients.whenSafe();
  if (saved !== undefined) await orUnsaved(saved);
  if (answer === "summary") return json(summaryOf(answers));
  if (!isInLines) return json({ ...summaryOf(answers), answers } satisfies BulkSummary);
  const body = answers.map((it) => `${JSON.stringify(it)}\n`).join("");
  return { status: 200, headers: { "Content-Type": LINES }, body };
}

/** Stands for a line that is not JSON. */
const NOT_JSON = Symbol("not JSON");

function* linesOf(body: Uint8Array): Generator<unknown, void> {
  for (let start = 0; start < body.length;) {
    const newline = body.indexOf(NEWLINE, start);
    const end = newline < 0 ? body.length : newline;
    const text = decode(body, start, end).trim();
    start = end + 1;
    // Nothing is answered to an empty line: it tells nothing.
    if (text !== "") yield parsed(text);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
}

function arrayOf(type: string | undefined, body: Uint8Array): readonly unknown[] {
  if (type !== "application/json") {
    throw new Problem(415, `The body is neither ${LINES} nor application/json`);
  }
  const items = parsed(decode(body));
  if (!Array.isArray(items)) throw new Problem(400, "The body is not an array of JSON");
  return items;
}

interface Surroundings {
  readonly request: HttpRequest;
  readonly context: HttpContext;
  readonly whyNotDate: string | undefined;
}

function take(item: unknown, { request, context, whyNotDate }: Surroundings): BulkAnswer {
  if (item === NOT_JSON) return faulty("not JSON");
  if (!isPlain(item)) {
    const { success, issues } = v.safeParse(BulkLocation, item, { abortPipeEarly: true });
    if (!success) return faulty(faultsOf(issues));
  }
  const { id, lat, lon, time: given } = item as BulkLocation;
  const client = decodeClientId(id);
  if (client === undefined) return faulty("'id': not 1 to 4,096 percent-encoded bytes");
  if (!request.grant.covers(client)) {
    return faulty(`the token is for '${request.grant.subject}' alone`);
  }
  if (given === undefined && whyNotDate !== undefined) {
    return faulty(`${whyNotDate}, so it dates nothing itself. Ask another server`);
  }
  const time = given === undefined ? undefined : posixTime(given);
  const report = { client, location: { latitude: lat, longitude: lon }, time };
  const taken = context.clients.take(report);
  if (typeof taken === "string") return faulty(taken);
  const { applied } = taken;
  if (applied === "full") return faulty("this server has no room for more clients");
  if (applied === "newer" || applied === "same") return STORED;
  return { isStored: false, because: applied };
}

const STORED: BulkAnswer = { isStored: true };

function faulty(error: string): BulkAnswer {
  return { isStored: false, error };
}

/** True for what needs no second look: the form that nearly all locations have. */
function isPlain(item: unknown): item is BulkLocation {
  if (typeof item !== "object" || item === null) return false;
  const { id, lat, lon, time } = item as Record<string, unknown>;
  if (typeof id !== "string" || typeof lat !== "number" || typeof lon !== "number") return false;
  if (Math.abs(lat) > MAX_LATITUDE || Math.abs(lon) > MAX_LONGITUDE) return false;
  if (Object.keys(item).length !== (time === undefined ? 3 : 4)) return false;
  if (time === undefined) return true;
  return (typeof time === "string" || typeof time === "number") && posixTime(time) !== undefined;
}

function faultsOf(issues: readonly v.BaseIssue<unknown>[]): string {
  return issues.map((it) => {
    const key = it.path?.[0]?.key;
    return key === undefined ? it.message : `'${String(key).slice(0, 32)}': ${it.message}`;
  }).slice(0, MAX_FAULTS).join("; ");
}

function summaryOf(answers: readonly BulkAnswer[]): BulkSummary {
  const faults = answers.flatMap(({ error }, index) =>
    error === undefined ? [] : [{ number: index + 1, error }]
  );
  return {
    received: answers.length,
    stored: answers.filter((it) => it.isStored).length,
    faulty: faults.length,
    faults: faults.slice(0, MAX_FAULTS),
  };
}
