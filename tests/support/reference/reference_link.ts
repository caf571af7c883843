// The lines of links once more, as plainly as they can be written: one regular expression each, over
// Latin-1 text, one character a byte. What src/flood parses must agree with it.

import { formatSkew, isLocation, referenceCompare, skewNanos, toNanos } from "./reference.ts";

/** An update's body (`<origin> <skew> <client> <location> <time>`) by its fields. */
export interface ReferenceBody {
  readonly origin: string;
  readonly skew: string;
  readonly client: string;
  readonly location: string;
  readonly time: string;
}

/** One byte that is none of the six kinds of white space. */
const BLACK = "[^ \\t\\r\\n\\f\\v]";
const SKEW = "[+-]\\d{1,12}\\.\\d{9}";
const TIME = "\\d{1,12}(?:\\.\\d+)?";
const BODY = new RegExp(`^(${BLACK}{1,64}) (${SKEW}) (${BLACK}+) (${BLACK}+) (${TIME})$`);

/** Parses a body as servers write it; undefined if it is none. */
export function referenceBody(text: string): ReferenceBody | undefined {
  const [, origin, skew, client, location, time] = BODY.exec(text) ?? [];
  if (!origin || !skew || !client || !location || !time) return undefined;
  const nanos = skewNanos(skew);
  // One value has one text: `-0` and leading zeros are out of form.
  if (formatSkew(nanos) !== skew) return undefined;
  const isRemoval = location === "-" && nanos === 0n;
  if (!isRemoval && !isLocation(location)) return undefined;
  if (toNanos(time) + nanos < 0n) return undefined;
  return { origin, skew, client, location, time };
}

const TOKEN = "[0-9a-f]{32}";
const NUMBER = "(0|[1-9][0-9]{0,14})";
const CLOCK = "(?:0|[1-9][0-9]{0,11})\\.[0-9]{9}";
const MAC = "([0-9a-f]{64}|-)";

const RETENTION = `(?:-|${NUMBER})`;

const FOLLOW = `([^ ]+) ([^ ]+) ([^ ]+) (${TOKEN}) (${TOKEN})`;

/** Sums in base64, in the one way to write them. */
const BASE64_LETTER = "[A-Za-z0-9+/]";
const BASE64 =
  `((?:${BASE64_LETTER}{4})*(?:${BASE64_LETTER}[AQgw]==|${BASE64_LETTER}{2}[AEIMQUYcgkosw048]=)?)`;

/** The most bytes of sums in a line, and those of a sum. */
const MAX_SUMS_BYTES = 2_048;
const SUM_BYTES = 8;

const MIN_BUCKETS = 16;
const MAX_BUCKETS = 65_536;

/** Lines that version 2 has besides. */
const WISH_LINES = {
  SUMS: new RegExp(`^SUMS ${NUMBER} ${NUMBER} ${NUMBER} ${BASE64} ${MAC}$`, "s"),
  WANT: new RegExp(`^WANT ${MAC}$`, "s"),
  LOOK: new RegExp(`^LOOK ${MAC}$`, "s"),
  DIFF: new RegExp(`^DIFF ${NUMBER} ${MAC}$`, "s"),
} as const;

/** The lines other than AT, by the version of the protocol and their first word without it. */
export const LINK_LINES = {
  1: {
    FOLLOW: new RegExp(`^FOLLOW/1 ${FOLLOW}$`, "s"),
    LEAD: new RegExp(`^LEAD/1 ([^ ]+) (${TOKEN}) (${TOKEN}) (${CLOCK}) (${TOKEN}) ${MAC}$`, "s"),
    AUTH: new RegExp(`^AUTH (${TOKEN}|-) ${NUMBER} (${CLOCK}) ${MAC}$`, "s"),
    POS: new RegExp(`^POS ${NUMBER} (${CLOCK}) ${MAC}$`, "s"),
    ACK: new RegExp(`^ACK ${NUMBER}$`, "s"),
  },
  2: {
    FOLLOW: new RegExp(`^FOLLOW/2 ${FOLLOW}$`, "s"),
    LEAD: new RegExp(
      `^LEAD/2 ([^ ]+) (${TOKEN}) (${TOKEN}) ${RETENTION} (${CLOCK}) (${TOKEN}) ${MAC}$`,
      "s",
    ),
    AUTH: new RegExp(`^AUTH (${TOKEN}|-) ${NUMBER} ${RETENTION} (${CLOCK}) ${MAC}$`, "s"),
    POS: new RegExp(`^POS ${NUMBER} ${NUMBER} [+-] ${NUMBER} ${NUMBER} (${CLOCK}) ${MAC}$`, "s"),
    ACK: new RegExp(`^ACK ${NUMBER} ${NUMBER} ${MAC}$`, "s"),
  },
} as const;

/** The name of a line, such as POS, and what a line must have the form of to be one. */
export type LinkLineName = keyof typeof LINK_LINES[1];

/** True if a line is one of that name. The second position of POS and ACK is not under the first. */
export function isLinkLine(line: string, name: LinkLineName, version: 1 | 2): boolean {
  const [, position, live] = LINK_LINES[version][name].exec(line) ?? [];
  if (position === undefined) return false;
  return version === 1 || (name !== "POS" && name !== "ACK") || Number(live) >= Number(position);
}

/** The name of a line of version 2 alone. */
export type WishLineName = keyof typeof WISH_LINES;

/** True if a line is one of that name. */
export function isWishLine(line: string, name: WishLineName): boolean {
  const fields = WISH_LINES[name].exec(line);
  return fields !== null && (name !== "SUMS" || base64Bytes(fields[4]!) <= MAX_SUMS_BYTES);
}

/**
 * Why a leader ends its link with a follower that sends these lines after AUTH in a herd without a secret,
 * because of a wish. Undefined if no wish is wrong, or another line ends the link before. Looks are taken
 * to be over at once.
 */
export function referenceWishes(lines: readonly string[]): string | undefined {
  /** Sums so far: their buckets, how many have come, and the horizon. */
  let sums: { buckets: number; next: number; horizon: string } | undefined;
  let isAsked = false;
  for (const line of lines) {
    if (!/^(SUMS|WANT|LOOK) /.test(line)) {
      if (!isLinkLine(line, "ACK", 2) || !line.endsWith(" -")) return undefined;
      continue;
    }
    const name = line.slice(0, 4) as WishLineName;
    if (!isWishLine(line, name)) return "WANT or SUMS is out of form";
    if (!line.endsWith(" -")) return "WANT or SUMS does not verify: the stream was altered";
    if (name === "SUMS") {
      const [, bucketsText, firstText, horizon, base64] = WISH_LINES.SUMS.exec(line)!;
      const buckets = Number(bucketsText);
      const count = base64Bytes(base64!) / SUM_BYTES;
      const isCount = MIN_BUCKETS <= buckets && buckets <= MAX_BUCKETS &&
        Number.isInteger(Math.log2(buckets));
      sums ??= { buckets, next: 0, horizon: horizon! };
      const isNext = sums.buckets === buckets && sums.horizon === horizon &&
        sums.next === Number(firstText) && Number.isInteger(count) && count > 0 &&
        sums.next + count <= buckets;
      if (!isCount || !isNext) return "SUMS is not the next part";
      sums.next += count;
      continue;
    }
    if (sums !== undefined && sums.next < sums.buckets) return "WANT comes before all sums";
    if (name === "LOOK" && sums === undefined) return "LOOK comes without sums";
    if (name === "WANT" && isAsked) return "the follower asks twice for the backlog";
    isAsked ||= name === "WANT";
    sums = undefined;
  }
  return undefined;
}

function base64Bytes(text: string): number {
  return text.length / 4 * 3 - (text.length - text.replace(/=+$/, "").length);
}

/** What a follower has after a stream of its leader. */
export interface ReferenceFollower {
  /** Bodies by client. */
  readonly records: ReadonlyMap<string, string>;
  /** The position held: of the latest POS; undefined before the first. */
  readonly position: number | undefined;
}

/**
 * What a follower of `leader`, in a herd without a secret, has after it was sent `stream`: each batch
 * is applied when the POS after it has come, and the first line out of form ends everything.
 */
export function referenceFollow(
  stream: string,
  leader: string,
  { maxLineBytes, batchBytes }: { readonly maxLineBytes: number; readonly batchBytes: number },
): ReferenceFollower {
  const records = new Map<string, string>();
  let position: number | undefined;
  const [head, ...lines] = stream.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const version = head!.startsWith("LEAD/1") ? 1 : 2;
  const lead = LINK_LINES[version].LEAD.exec(head!);
  if (lead?.[1] !== leader || lead.at(-1) !== "-") return { records, position };
  let batch: string[] = [];
  let bytes = 0;
  for (const [i, line] of lines.entries()) {
    if (line.length > maxLineBytes) break;
    if (line.startsWith("A") && i > 0) {
      bytes += line.length + 1;
      if (bytes > batchBytes) break;
      batch.push(line);
      continue;
    }
    const pos = LINK_LINES[version].POS.exec(line);
    if (!isLinkLine(line, "POS", version) || !line.endsWith(" -")) break;
    if (!batch.every((it) => take(records, it, leader))) break;
    position = Number(pos![1]);
    batch = [];
    bytes = 0;
  }
  return { records, position };
}

/** Applies an AT line of `leader`; false if it is none. */
function take(records: Map<string, string>, line: string, leader: string): boolean {
  if (!line.startsWith("AT ") || !line.endsWith(` ${leader}`)) return false;
  const text = line.slice(3, -leader.length - 1);
  const body = referenceBody(text);
  if (body === undefined) return false;
  const stored = records.get(body.client);
  if (stored === undefined || referenceCompare(text, stored) > 0) records.set(body.client, text);
  return true;
}
