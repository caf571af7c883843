// A bug is logged, asks for a clean stop once, and ends a process whose stop takes too long.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { BUG_STATUS, watchForBugs } from "../../../src/cli/server/bugs.ts";
import { recordingLog } from "../../support/fakes/log.ts";
import { ManualClock } from "../../support/fakes/manual_clock.ts";

Deno.test("watchForBugs() logs bugs, aborts at the first, and ends a stop after half a minute", async () => {
  const log = recordingLog();
  const clock = new ManualClock();
  const listeners = new Set<(error: unknown) => void>();
  const onUncaught = (listener: (error: unknown) => void) => {
    listeners.add(listener);
    return { [Symbol.dispose]: () => void listeners.delete(listener) };
  };
  const statuses: unknown[] = [];
  const { exit } = Deno;
  Deno.exit = ((status: number) => statuses.push(status)) as typeof Deno.exit;
  try {
    const watch = watchForBugs(log, { clock, onUncaught });
    const [hear] = [...listeners];
    assertEquals(watch.signal.aborted, false);
    await clock.pass(60_000);
    hear!(new TypeError("one"));
    assertEquals(watch.signal.aborted, true);
    await clock.pass(29_999);
    hear!(new TypeError("two"));
    assertEquals(statuses, []);
    await clock.pass(1);
    // The second one does not put the end off, nor end it twice.
    await clock.pass(60_000);
    assertEquals(statuses, [BUG_STATUS]);
    watch[Symbol.dispose]();
    assertEquals(listeners.size, 0);
  } finally {
    Deno.exit = exit;
  }
  assertEquals(log.entries.map((it) => `${it.level} ${it.event}`), [
    "error server.bug",
    "error server.bug",
  ]);
  assertStringIncludes(String(log.entries[0]!.fields.reason), "TypeError: one");
});
