// The time that a chunk of lines takes: from its arrival until its replies were taken.

import { assertAlmostEquals, assertEquals } from "@std/assert";
import { CHUNKS_A_SAMPLE } from "../../../src/server/clients/replies/reply_latency.ts";
import { ManualClock } from "../../support/fakes/manual_clock.ts";
import { newSession, sessionContext, Wire } from "./session_on_wire.ts";

Deno.test("Session measures a chunk until its replies were taken, and one of 16", async () => {
  const clock = new ManualClock();
  const wire = new Wire();
  const context = sessionContext(clock);
  const { histogram } = context.latency;
  const session = newSession(context, wire);
  const ended = session.run().catch(() => {});
  await clock.pass(1_000);
  for (let chunk = 0; chunk <= CHUNKS_A_SAMPLE; chunk++) {
    wire.bring("a\nb\n");
    await clock.pass(50);
    assertEquals(histogram.count, chunk === 0 ? 0 : 1);
    wire.take();
    await clock.pass(0);
  }
  assertEquals(histogram.count, 2);
  assertAlmostEquals(histogram.sum, 0.1);
  wire.close();
  await ended;
});
