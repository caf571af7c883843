// What strangers cause fills no log: one line a reason and minute, and the number of the rest.

import { assertEquals } from "@std/assert";
import { LimitedLog, MAX_REASONS, REASON_MS } from "../../src/base/limited_log.ts";
import { recordingLog } from "../support/fakes/log.ts";
import { ManualClock } from "../support/fakes/manual_clock.ts";

function start(lines?: number) {
  const clock = new ManualClock();
  const inner = recordingLog();
  const log = new LimitedLog({ log: inner, clock, lines });
  const said = (): Record<string, unknown>[] =>
    inner.entries.filter((it) => it.level !== "debug").map(({ event, fields }) => ({
      event,
      ...fields,
    }));
  return { clock, log, inner, said };
}

Deno.test("LimitedLog logs an event once a reason and minute, and then how many there were", async () => {
  const { clock, log, said } = start();
  for (let i = 0; i < 1_000; i++) {
    log.warn("link.refused", { peer: `peer${i}`, reason: "AUTH is out of form" });
  }
  log.warn("link.refused", { reason: "another reason" });
  await clock.pass(REASON_MS - 1);
  log.warn("link.refused", { reason: "AUTH is out of form" });
  assertEquals(said(), [
    { event: "link.refused", peer: "peer0", reason: "AUTH is out of form" },
    { event: "link.refused", reason: "another reason" },
  ]);
  await clock.pass(1);
  log.warn("link.refused", { reason: "AUTH is out of form" });
  log.warn("link.refused", { reason: "another reason" });
  assertEquals(said().slice(2), [
    { event: "link.refused", reason: "AUTH is out of form", repeated: 1_000 },
    { event: "link.refused", reason: "another reason" },
  ]);
});

Deno.test("LimitedLog bounds the lines of reasons that strangers choose", async () => {
  const { clock, log, said } = start();
  for (let i = 0; i < 10 * MAX_REASONS; i++) log.warn("link.refused", { reason: `herd ${i}` });
  assertEquals(said().length, MAX_REASONS);
  log.warn("other.event", { reason: "herd 1" });
  assertEquals(said().length, MAX_REASONS + 1);
  await clock.pass(REASON_MS);
  log.warn("link.refused", { reason: "herd 1" });
  assertEquals(said().at(-1), {
    event: "link.refused",
    reason: "herd 1",
    repeated: 9 * MAX_REASONS,
  });
});

Deno.test("LimitedLog lets some lines through where it is told to, and does not limit debug", () => {
  const { log, inner } = start(3);
  for (let i = 0; i < 10; i++) {
    log.info("connection.opened");
    log.debug("link.in");
  }
  const count = (line: string) =>
    inner.entries.filter(({ level, event }) => `${level} ${event}` === line).length;
  assertEquals(count("info connection.opened"), 3);
  assertEquals(count("debug connection.opened"), 7);
  assertEquals(count("debug link.in"), 10);
});
