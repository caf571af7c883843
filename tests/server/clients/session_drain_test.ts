// A session that is to end while replies are under way, on a wire of the test's own.

import { assert, assertEquals } from "@std/assert";
import { ManualClock } from "../../support/fakes/manual_clock.ts";
import { newSession, sessionContext, Wire } from "./session_on_wire.ts";

/** More than a session that drains listens for. */
const DRAIN_MS = 100;

/** A clock that counts timers. */
class CountingClock extends ManualClock {
  timers = 0;

  override after(ms: number, callback: () => void): () => void {
    this.timers++;
    return super.after(ms, callback);
  }
}

/** A session that runs and has read nothing yet. */
async function setUpSession() {
  const clock = new CountingClock();
  const wire = new Wire();
  const session = newSession(sessionContext(clock), wire);
  const ended = session.run().catch(() => {});
  await clock.pass(0);
  return { session, wire, clock, ended };
}

/** A session that drains, with one reply that is not taken yet, and one line more to answer. */
async function drainBusySession() {
  const { session, wire, clock, ended } = await setUpSession();
  // The first chunk's latency is measured: only from the second on is read beside a write.
  wire.bring("zero\n");
  await clock.pass(0);
  wire.take();
  await clock.pass(0);
  wire.bring("one\n");
  await clock.pass(0);
  session.drain();
  await clock.pass(DRAIN_MS);
  wire.bring("two\n");
  await clock.pass(0);
  assertEquals(wire.written, ["? zero\n", "? one\n"]);
  return { session, wire, clock, ended };
}

Deno.test("Session.drain() answers what came while a reply was under way", async () => {
  const { wire, clock, ended } = await drainBusySession();
  wire.take();
  await clock.pass(DRAIN_MS);
  assertEquals(wire.written.length, 3);
  assertEquals(wire.isClosed, false);
  wire.take();
  await clock.pass(DRAIN_MS);
  assert(wire.isClosed);
  await ended;
});

Deno.test("Session.drain() leaves no timer behind a session that was aborted", async () => {
  const { session, wire, clock, ended } = await drainBusySession();
  session.abort("late");
  wire.take();
  await ended;
  await clock.pass(0);
  session.drain();
  const { timers } = clock;
  await clock.pass(10_000);
  assertEquals(clock.timers, timers);
});

Deno.test("Session.drain() arms no timer for a session that is over", async () => {
  const { session, wire, clock, ended } = await setUpSession();
  wire.close();
  await ended;
  session.drain();
  assertEquals(clock.timers, 0);
});
