// `POST /v1/locations`: the locations of many clients in one request, as lines of JSON or as an array. Each
// one goes the way of IAMAT, and a fault in one is its own.

import * as v from "valibot";
import { inBackground } from "../../../base/background.ts";
import { decode, encode } from "../../../base/bytes.ts";
import { MAX_LATITUDE, MAX_LONGITUDE } from "../../../protocol/location.ts";
import { decodeClientId } from "../../../protocol/client_id.ts";
import type { Applied } from "../../../store/source.ts";
import { orUnsaved, refuseIfStopping } from "../clients.ts";
import type { HttpContext } from "../../context.ts";
import { BulkQuery, checked } from "../parameters.ts";
import { ArrayItems, type Item, type Items, LineItems, MAX_ITEM_BYTES } from "./items.ts";
import { type PlainLine, writePlain } from "./plain_location.ts";
import { Problem } from "../../problem.ts";
import { type BulkAnswer, type BulkFault, BulkLocation, type BulkSummary } from "../schemas.ts";
import { posixTime } from "../times.ts";
import { json, type Reply, type ReplyStream } from "../../wire/reply.ts";
import type { HttpRequest } from "../../wire/request.ts";

/** Faults that a summary names. */
export const MAX_FAULTS = 10;

/** Locations in one piece of work: some 0.2 ms. */
const LOCATIONS_A_PIECE = 64;

const LINES = "application/x-ndjson";
const ARRAY = "application/json";

/**
 * Takes each location of the body while it comes, and answers each one in order; or all together where that
 * is asked. A client that takes no answers is not read any more.
 */
export async function postLocations(request: HttpRequest, context: HttpContext): Promise<Reply> {
  const { answer } = checked(BulkQuery, request.query());
  const type = request.header("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== LINES && type !== ARRAY) {
    throw new Problem(415, `The body is neither ${LINES} nor ${ARRAY}`);
  }
  refuseIfStopping(context);
  const items = type === LINES ? new LineItems() : new ArrayItems();
  const batches = answersTo(items, request, context);
  if (answer === "summary") {
    const sum = new Sum();
    for await (const answers of batches) sum.add(answers);
    return json(sum.value);
  }
  // What is wrong with the body as a whole is known by then, and is an answer of its own.
  const first = await batches.next();
  const body = new AnswerStream(first.value ?? undefined, batches, type);
  return { status: 200, headers: { "Content-Type": type }, body };
}

/** The answers, as far as they are as safe as is promised, some for each piece of the body. */
async function* answersTo(
  items: Items,
  request: HttpRequest,
  context: HttpContext,
): AsyncGenerator<readonly BulkAnswer[], void> {
  const look = (): Surroundings => {
    refuseIfStopping(context);
    // A body may take longer than its token is good for.
    if (!context.tokens.isGood(request.grant)) throw new Problem(401, "The token has expired");
    const isInLines = items instanceof LineItems;
    return { request, context, whyNotDate: context.clients.whyNotDate(), isInLines };
  };
  const untilSafe = async () => {
    const saved = context.clients.whenSafe();
    if (saved !== undefined) await orUnsaved(saved);
  };
  let received = 0;
  for (let piece; !items.isBroken && (piece = await request.pieces.next()) !== undefined;) {
    const surroundings = look();
    const answers: BulkAnswer[] = [];
    for (const item of items.split(piece)) {
      if (answers.length % LOCATIONS_A_PIECE === 0) await context.pace.pause();
      const answer = answerTo(item, surroundings);
      if (answer !== undefined) answers.push(answer);
    }
    if (answers.length === 0) continue;
    await untilSafe();
    received += answers.length;
    yield answers;
  }
  const last = items.end();
  const answer = last && answerTo(last, look());
  const { fault } = items;
  if (fault !== undefined && received === 0) throw new Problem(400, fault);
  if (answer !== undefined) {
    await untilSafe();
    yield [answer];
  }
  if (fault !== undefined) yield [faulty(fault)];
}

/** Answers on their way to the client, which read the body on. */
class AnswerStream implements ReplyStream {
  readonly readsBody = true;
  readonly #batches: AsyncGenerator<readonly BulkAnswer[], void>;
  readonly #isInLines: boolean;
  readonly #sum = new Sum();
  #known: readonly BulkAnswer[] | undefined;
  #isOver = false;

  /** `first` are those that are known, if there are any. */
  constructor(
    first: readonly BulkAnswer[] | undefined,
    batches: AsyncGenerator<readonly BulkAnswer[], void>,
    type: typeof LINES | typeof ARRAY,
  ) {
    this.#known = first;
    this.#batches = batches;
    this.#isInLines = type === LINES;
  }

  async next(): Promise<Uint8Array | undefined> {
    if (this.#isOver) return undefined;
    const answers = this.#known ?? (await this.#batches.next()).value ?? undefined;
    this.#known = undefined;
    const texts = (answers ?? []).map((it) => it === STORED ? STORED_TEXT : JSON.stringify(it));
    this.#isOver = answers === undefined;
    if (this.#isInLines) return answers && encode(texts.map((it) => `${it}\n`).join(""));
    const before = this.#sum.value.received === 0 ? OPENING : ",";
    this.#sum.add(answers ?? []);
    if (answers !== undefined) return encode(before + texts.join(","));
    const opened = before === OPENING ? OPENING : "";
    return encode(`${opened}],${JSON.stringify(this.#sum.value).slice(1)}`);
  }

  [Symbol.dispose](): void {
    inBackground(this.#batches.return());
  }
}

/** Stands for a text that is not JSON. */
const NOT_JSON = Symbol("not JSON");

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
}

// Each is taken to the end before the next, so all share this.
const line: PlainLine = {
  bytes: new Uint8Array(2 * MAX_ITEM_BYTES),
  end: 0,
  clientStart: 0,
  clientEnd: 0,
};

/** The answer to an item; undefined to an empty line, which tells nothing. */
function answerTo(
  { bytes, start, end, isTooLong }: Item,
  surroundings: Surroundings,
): BulkAnswer | undefined {
  if (isTooLong) return faulty(`over ${MAX_ITEM_BYTES} bytes`);
  const { request: { grant }, context: { clients } } = surroundings;
  if (writePlain(bytes, start, end, line)) {
    const isCovered = grant.coversAll ||
      grant.covers(line.bytes.subarray(line.clientStart, line.clientEnd));
    const applied = isCovered ? clients.takeLine(line.bytes, line.end) : undefined;
    // What it refuses is told why below.
    if (applied !== undefined) return answerOf(applied);
  }
  const text = decode(bytes, start, end).trim();
  if (text === "" && surroundings.isInLines) return undefined;
  return take(parsed(text), surroundings);
}

interface Surroundings {
  readonly request: HttpRequest;
  readonly context: HttpContext;
  readonly whyNotDate: string | undefined;
  readonly isInLines: boolean;
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
  return answerOf(taken.applied);
}

function answerOf(applied: Applied): BulkAnswer {
  if (applied === "full") return faulty("this server has no room for more clients");
  if (applied === "newer" || applied === "same") return STORED;
  return { isStored: false, because: applied };
}

const STORED: BulkAnswer = { isStored: true };
const STORED_TEXT = JSON.stringify(STORED);
const OPENING = '{"answers":[';

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

/** Answers, summed up. */
class Sum {
  readonly #faults: BulkFault[] = [];
  #received = 0;
  #stored = 0;
  #faulty = 0;

  add(answers: readonly BulkAnswer[]): void {
    for (const { isStored, error } of answers) {
      this.#received++;
      if (isStored) this.#stored++;
      if (error === undefined) continue;
      this.#faulty++;
      if (this.#faults.length < MAX_FAULTS) this.#faults.push({ number: this.#received, error });
    }
  }

  get value(): BulkSummary {
    return {
      received: this.#received,
      stored: this.#stored,
      faulty: this.#faulty,
      faults: this.#faults,
    };
  }
}
