import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { MAX_BUSY_MS, Pace } from "../../../src/server/turns/pace.ts";
import { ManualClock } from "../../support/fakes/manual_clock.ts";

Deno.test("Pace.pause() asks for a pause after some work, and then for none", async () => {
  const clock = new ManualClock();
  const pace = new Pace(clock);
  assertEquals(pace.pause(), undefined);
  await clock.pass(MAX_BUSY_MS - 1);
  assertEquals(pace.pause(), undefined);
  await clock.pass(1);
  const pauses = [pace.pause(), pace.pause()];
  assertEquals(pauses.includes(undefined), false);
  await clock.pass(0);
  await Promise.all(pauses);
  assertEquals(pace.pause(), undefined);
});

Deno.test("Pace.pause() asks for no pause before a short piece of work after a rest", async () => {
  const clock = new ManualClock();
  const pace = new Pace(clock);
  await clock.pass(60_000);
  assertEquals(pace.pause(), undefined);
  // Some time after a rest counts as work, however: nobody knows how much of it was.
  await clock.pass(60_000);
  const pause = pace.pause();
  assertNotEquals(pause, undefined);
  await clock.pass(0);
  await pause;
});

/** A clock on which work takes time, and which counts what was done between pauses. */
class WorkClock extends ManualClock {
  #workMs = 0;
  /** Pieces of work between each two pauses. */
  readonly pieces: number[] = [0];

  override monotonicMs(): number {
    return super.monotonicMs() + this.#workMs;
  }

  override after(ms: number, callback: () => void): () => void {
    return super.after(ms, () => {
      this.pieces.push(0);
      callback();
    });
  }

  work(ms: number): void {
    this.#workMs += ms;
    this.pieces[this.pieces.length - 1]!++;
  }
}

Deno.test("Pace.pause() keeps many workers together to its limit between pauses, each in turn", async () => {
  const clock = new WorkClock();
  const pace = new Pace(clock);
  const done: number[] = [];
  const workers = Array.from({ length: 20 }, async (_, worker) => {
    for (let piece = 0; piece < 3; piece++) {
      const pause = pace.pause();
      if (pause !== undefined) await pause;
      clock.work(0.4 * MAX_BUSY_MS);
      done.push(worker);
    }
  });
  for (let i = 0; i < 40; i++) await clock.pass(0);
  await Promise.all(workers);
  // The third piece ends beyond the limit.
  assert(clock.pieces.every((it) => it <= 3), clock.pieces.join());
  // The first one begins when nobody waits; the others take turns.
  const others = Array.from({ length: 19 }, (_, i) => i + 1);
  assertEquals(done, [0, 0, 0, ...others, ...others, ...others]);
});
