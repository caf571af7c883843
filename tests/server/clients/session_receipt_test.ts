// When a line was received: with its chunk, whatever its answer has to wait for meanwhile.

import { assertEquals } from "@std/assert";
import type { NearbyResponse } from "../../../src/places/provider.ts";
import { PlacesDesk } from "../../../src/server/clients/places_desk.ts";
import { LIMITS } from "../../../src/server/limits.ts";
import { ManualClock } from "../../support/fakes/manual_clock.ts";
import { NO_PLACES, placesOf } from "../../support/herds/herd.ts";
import { newSession, sessionContext, Wire } from "./session_on_wire.ts";

/** The test's clock begins here, in POSIX seconds. */
const START = 1_000_000_000;

/** Two sessions of a server whose places come when `found` says so; at most `many` at one time. */
async function setUp(many: number) {
  const clock = new ManualClock();
  const found = Promise.withResolvers<NearbyResponse>();
  const places = new PlacesDesk(placesOf(() => found.promise), { maxWaiting: 100, clock });
  const limits = { ...LIMITS, maxPlacesPerConnection: many };
  const context = sessionContext(clock, { places, limits });
  const [one, other] = [new Wire(), new Wire()];
  const ended = [one, other].map((wire) => newSession(context, wire).run().catch(() => {}));
  await clock.pass(0);
  const stop = async () => {
    for (const wire of [one, other]) wire.close();
    await clock.pass(0);
    await Promise.all(ended);
  };
  return { clock, found, one, other, stop };
}

/** Takes what a session writes until it writes nothing more. */
async function takeAll(wire: Wire, clock: ManualClock): Promise<void> {
  for (let count = -1; count !== wire.written.length;) {
    count = wire.written.length;
    wire.take();
    await clock.pass(0);
  }
}

/** Takes all that a session writes; gives the skews of its AT lines. */
async function skewsOf(wire: Wire, clock: ManualClock): Promise<(string | undefined)[]> {
  await takeAll(wire, clock);
  return [...wire.written.join("").matchAll(/^AT Goloman (\S+) /gm)].map(([, skew]) => skew);
}

Deno.test("a line behind WHATSATs that wait was received with its chunk, not with another's", async () => {
  const { clock, found, one, other, stop } = await setUp(3);
  one.bring(
    `IAMAT a +1+1 ${START}\n` + "WHATSAT a 1 1\n".repeat(3) + `IAMAT b +1+1 ${START}\n`,
  );
  await clock.pass(60_000);
  other.bring(`IAMAT c +1+1 ${START}\n`);
  await clock.pass(0);
  assertEquals(await skewsOf(other, clock), ["+60.000000000"]);
  found.resolve(NO_PLACES);
  await clock.pass(0);
  // Of `a`, told and then asked for three times, and of `b`.
  assertEquals(await skewsOf(one, clock), Array(5).fill("+0.000000000"));
  await stop();
});

Deno.test("a line that waits for room for its reply was received with its chunk", async () => {
  const { clock, one, other, stop } = await setUp(3);
  // Chunks that fill the buffer for requests, all but one byte, have it grow to its limit.
  for (let bytes = 8 * 1024; bytes < 64 * 1024; bytes *= 2) {
    one.bring("?\n".repeat(bytes / 2 - 2) + "??\n");
    await takeAll(one, clock);
  }
  one.written.length = 0;
  // More replies than their buffer holds: the last lines wait until the first replies have left.
  const lines = Array.from({ length: 2_000 }, (_, i) => `IAMAT c${1_000 + i} +1+1 ${START}\n`);
  one.bring(lines.join(""));
  await clock.pass(60_000);
  assertEquals(one.written.length, 1);
  other.bring(`IAMAT c +1+1 ${START}\n`);
  await clock.pass(0);
  assertEquals(await skewsOf(other, clock), ["+60.000000000"]);
  assertEquals(await skewsOf(one, clock), Array(2_000).fill("+0.000000000"));
  assertEquals(one.written.length, 2, "all replies had room at once");
  await stop();
});
