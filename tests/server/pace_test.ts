import { assertEquals, assertStrictEquals } from "@std/assert";
import { Pace } from "../../src/server/pace.ts";
import { ManualClock } from "../support/manual_clock.ts";

Deno.test("Pace.pause() asks for one pause of all after 10 ms of work, and then for none", async () => {
  const clock = new ManualClock();
  const pace = new Pace(clock);
  assertEquals(pace.pause(), undefined);
  await clock.pass(9);
  assertEquals(pace.pause(), undefined);
  await clock.pass(1);
  const pause = pace.pause();
  assertStrictEquals(pace.pause(), pause, "whoever comes to it waits too");
  await clock.pass(0);
  await pause;
  assertEquals(pace.pause(), undefined);
  await clock.pass(10);
  assertEquals(pace.pause() instanceof Promise, true);
  await clock.pass(0);
});
