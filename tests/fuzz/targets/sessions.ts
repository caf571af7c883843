// Whole connections of clients: the bytes are split and glued at random, replies are taken in pieces,
// places come at once or later, limits are small; what the client gets must be what the plain server
// gives, byte for byte.

import { noRequests } from "../../../src/server/clients/request_counts.ts";
import { encode } from "../../../src/base/bytes.ts";
import { MAX_LINE_BYTES } from "../../../src/protocol/lines.ts";
import { silentLog } from "../../../src/base/log.ts";
import { printNearby } from "../../../src/places/print.ts";
import type { NearbyResponse, PlacesProvider } from "../../../src/places/provider.ts";
import { ReplyLatency } from "../../../src/server/clients/replies/reply_latency.ts";
import { LIMITS } from "../../../src/server/limits.ts";
import { Pace } from "../../../src/server/turns/pace.ts";
import { Rounds } from "../../../src/server/turns/rounds.ts";
import { PlacesDesk } from "../../../src/server/clients/places_desk.ts";
import { Session, type SessionContext } from "../../../src/server/clients/session.ts";
import { Grant, parseSubject } from "../../../src/server/tokens/grant.ts";
import type { Links } from "../../../src/flood/links.ts";
import { latin1 } from "../../support/reference/reference.ts";
import { referenceReplies } from "../../support/reference/reference_server.ts";
import type { Chance } from "../chance.ts";
import { requestLine } from "../grammar.ts";
import { NOW, ReusableStore, stillClock } from "../surroundings.ts";
import { expectSame, type Target } from "../target.ts";
import { hashOf } from "../text.ts";
import { unlessStuck, Wire } from "../wire.ts";

const NAME = "Goloman";

/** A place that says what was asked for. Not the radius: `requests` compares those, within reason. */
function placeOf(latitude: number, longitude: number, bound: number) {
  // Of 19 and 20 more than fits into a buffer of replies beside others, or at all.
  const size = bound === 20 ? 70_000 : bound === 19 ? 6_000 : bound * 10;
  const name = [latitude, longitude, bound, "x".repeat(size)].join(" ");
  return {
    html_attributions: [],
    results: [{ name }],
    status: "OK",
  } satisfies NearbyResponse;
}

const places: PlacesProvider = {
  name: "test",
  nearby({ latitude, longitude }, _metres, bound) {
    const response = placeOf(latitude, longitude, bound);
    return bound % 2 === 0 ? response : later(response, bound);
  },
  [Symbol.dispose]() {},
};

async function later<T>(value: T, hops: number): Promise<T> {
  for (; hops > 0; hops--) await undefined;
  return value;
}

const reference = {
  name: NAME,
  now: BigInt(NOW.seconds) * 1_000_000_000n + BigInt(NOW.nanos),
  maxLineBytes: MAX_LINE_BYTES,
  places(location: string, bound: number) {
    const [, latitude, longitude] = /^(.[^+-]+)(.+)$/.exec(location)!;
    return latin1(printNearby(placeOf(Number(latitude), Number(longitude), bound)));
  },
};

const store = new ReusableStore();
const ticket = { isRefused: false, admitClient: () => true, release() {} };

/** What sessions of inputs share; limits are among the smallest, by chance. */
export function sessionContext(input: string, links?: Links): SessionContext {
  store.clear();
  const small = hashOf(input) % 4;
  return {
    name: encode(NAME),
    store,
    clock: stillClock,
    places: new PlacesDesk(places, { maxWaiting: Infinity, clock: stillClock }),
    links,
    tokens: undefined,
    limits: { ...LIMITS, maxPlacesPerConnection: 1 + small, maxUnreadBytes: small * 1_000 },
    log: silentLog,
    counts: noRequests(),
    latency: new ReplyLatency(stillClock),
    unread: { take() {}, give() {} },
    pace: new Pace(stillClock),
    rounds: new Rounds(stillClock),
  };
}

const TOKEN_FOR_ALL = new Grant({
  subject: "*",
  clients: parseSubject("*")!,
  scopes: ["read", "tell"],
  expires: Infinity,
});

/** Serves a connection that brings these bytes, and gives what it got. */
export async function serve(context: SessionContext, input: string): Promise<string> {
  const wire = new Wire(input);
  // Half of them are held to a token, which allows all that there is to ask.
  const grant = context.links === undefined && hashOf(input) % 2 === 0 ? TOKEN_FOR_ALL : undefined;
  await unlessStuck(new Session(context, wire, { peer: "test:1", ticket, grant }).run());
  return wire.written;
}

/** What a client that sends these bytes must get. */
export function expectedReplies(input: string): string {
  return referenceReplies(reference, input);
}

/** All that a client sends. */
export const sessions: Target = {
  name: "sessions",
  generate: conversation,
  async check(input) {
    const context = sessionContext(input);
    expectSame(await serve(context, input), expectedReplies(input));
    const { iamat, whatsat, invalid } = context.counts;
    expectSame(iamat + whatsat + invalid, expectedLines(input));
  },
};

/** Some requests, of a few clients, and what is none. */
export function conversation(chance: Chance): string {
  let text = "";
  for (let lines = 1 + chance.below(chance.oneIn(20) ? 300 : 12); lines > 0; lines--) {
    text += chance.oneIn(20) ? longLine(chance) : requestLine(chance);
    text += chance.oneIn(8) ? chance.pick(["\r\n", "\n\n", "\n \n"]) : "\n";
  }
  return chance.oneIn(4) ? text.slice(0, -1) : text;
}

/** A line about as long as the longest, sometimes a request. */
function longLine(chance: Chance): string {
  const [start, end] = chance.oneIn(2) ? ["IAMAT ", " +1+1 10"] : ["", ""];
  const length = chance.pick([4_095, 4_096, 4_097, 9_000]);
  return start + "x".repeat(length - start.length - end.length) + end;
}

function expectedLines(input: string): number {
  const lines = input.split("\n");
  return lines.at(-1) === "" ? lines.length - 1 : lines.length;
}
