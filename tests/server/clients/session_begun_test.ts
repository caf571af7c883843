// A line that nobody ends: it is answered before the connection is closed.

import { assertEquals } from "@std/assert";
import { noRequests } from "../../../src/server/clients/request_counts.ts";
import { lineLimits, Supervisor } from "../../../src/server/clients/supervisor.ts";
import { LIMITS } from "../../../src/server/limits.ts";
import { ManualClock } from "../../support/fakes/manual_clock.ts";
import { newSession, sessionContext, Wire } from "./session_on_wire.ts";

const { firstLineMs, idleMs } = LIMITS;

/** Has a supervised session read these chunks; gives what it wrote until it had been silent for so long. */
async function writtenAfter(silentMs: number, chunks: readonly string[], takesReplies = true) {
  const clock = new ManualClock();
  const counts = noRequests();
  const wire = new Wire();
  const session = newSession(sessionContext(clock, { counts }), wire);
  using supervisor = new Supervisor(lineLimits(LIMITS), clock);
  supervisor.start();
  supervisor.add(session);
  const ended = session.run().catch(() => {});
  await clock.pass(0);
  for (const chunk of chunks) {
    wire.bring(chunk);
    await clock.pass(0);
    wire.take();
    await clock.pass(0);
  }
  // Two looks: one sees that it waits, one that it has for too long.
  await clock.pass(silentMs + 1_000);
  if (takesReplies) wire.take();
  await clock.pass(1_000);
  if (wire.isClosed) await ended;
  return { written: wire.written.join(""), isClosed: wire.isClosed, invalid: counts.invalid };
}

Deno.test("Session answers a line that nobody ends before it closes the connection", async () => {
  const cases: [string[], string, invalid: number][] = [
    [["one\ntwo"], "? one\n? two\n", 2],
    [["one\n", "t", "wo"], "? one\n? two\n", 2],
    [["one\nIAMAT kiwi +1+1 5"], "? one\n? IAMAT kiwi +1+1 5\n", 2],
    [["GET / HTTP/1.1\r\n\r"], "? GET / HTTP/1.1\r\n? \r\n", 2],
    [["one\n"], "? one\n", 1],
    // The part that was cut off is answered already.
    [["x".repeat(5_000)], `? ${"x".repeat(4_096)}\n`, 1],
  ];
  for (const [chunks, written, invalid] of cases) {
    assertEquals(await writtenAfter(idleMs, chunks), { written, isClosed: true, invalid });
  }
});

Deno.test("Session answers a first line that nobody ends, too", async () => {
  const cases: [string[], string, invalid: number][] = [
    [["IAMAT kiwi +1+1 5"], "? IAMAT kiwi +1+1 5\n", 1],
    [["I", "A", "MAT"], "? IAMAT\n", 1],
    [[], "", 0],
  ];
  for (const [chunks, written, invalid] of cases) {
    assertEquals(await writtenAfter(firstLineMs, chunks), { written, isClosed: true, invalid });
  }
});

Deno.test("Session waits for nobody who does not take the answer to a line without an end", async () => {
  const { written, isClosed } = await writtenAfter(firstLineMs, ["IAMAT"], false);
  assertEquals({ written, isClosed }, { written: "? IAMAT\n", isClosed: true });
});
