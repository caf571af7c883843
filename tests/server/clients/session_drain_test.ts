// A session that is to end while replies are under way, on a wire of the test's own.

import { noRequests } from "../../../src/server/clients/request_counts.ts";
import { assert, assertEquals } from "@std/assert";
import { encode } from "../../../src/base/bytes.ts";
import { silentLog } from "../../../src/base/log.ts";
import { LIMITS } from "../../../src/server/limits.ts";
import { Pace } from "../../../src/server/turns/pace.ts";
import { PlacesDesk } from "../../../src/server/clients/places_desk.ts";
import { ReplyLatency } from "../../../src/server/clients/replies/reply_latency.ts";
import { Rounds } from "../../../src/server/turns/rounds.ts";
import { Session } from "../../../src/server/clients/session.ts";
import { memoryStorage } from "../../../src/server/records/storage.ts";
import { NO_PLACES, placesOf } from "../../support/herds/herd.ts";
import { ManualClock } from "../../support/fakes/manual_clock.ts";

/** More than a session that drains listens for. */
const DRAIN_MS = 100;

/** Brings chunks and takes writes when it is told to. */
class Wire {
  isClosed = false;
  readonly written: string[] = [];
  #deliver: (bytes: Uint8Array) => void = () => {};
  #taken: () => void = () => {};
  #fail: () => void = () => {};

  async read(buffer: Uint8Array): Promise<number> {
    const bytes = await new Promise<Uint8Array>((resolve, reject) => {
      this.#deliver = resolve;
      this.#fail = () => reject(new Error("closed"));
    });
    buffer.set(bytes);
    return bytes.length;
  }

  async write(bytes: Uint8Array): Promise<number> {
    this.written.push(new TextDecoder().decode(bytes));
    await new Promise<void>((resolve) => this.#taken = resolve);
    return bytes.length;
  }

  close(): void {
    this.isClosed = true;
    this.#fail();
  }

  bring(text: string): void {
    this.#deliver(encode(text));
  }

  take(): void {
    this.#taken();
  }
}

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
  const ticket = { isRefused: false, admitClient: () => true, release() {} };
  const session = new Session(
    {
      name: encode("Goloman"),
      store: memoryStorage().store,
      clock,
      places: new PlacesDesk(placesOf(() => NO_PLACES), { maxWaiting: 10, clock }),
      links: undefined,
      limits: LIMITS,
      log: silentLog,
      counts: noRequests(),
      latency: new ReplyLatency(clock),
      unread: { take() {}, give() {} },
      pace: new Pace(clock),
      rounds: new Rounds(clock),
    },
    wire,
    "test:1",
    ticket,
  );
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
