import { assertAlmostEquals, assertEquals } from "@std/assert";
import { healthOf } from "../../src/server/health.ts";
import { type ClockVerdict, lookAtClocks, whyNotDate } from "../../src/server/peer_clocks.ts";
import { Neighbour } from "../../src/flood/neighbour.ts";
import { lineOf, tellNode } from "../support/herds/client.ts";
import { TestHerd } from "../support/herds/herd.ts";
import { ManualClock } from "../support/fakes/manual_clock.ts";
import { ShiftedClock } from "../support/fakes/shifted_clock.ts";
import { testWith } from "../support/test.ts";
import { until } from "../support/waiting.ts";

const HOUR = 3_600;

/** What a server thinks whose neighbours' clocks are off by this, in seconds. */
function look(...offsets: (number | "unheard")[]) {
  const clock = new ManualClock();
  const neighbours = new Map(offsets.map((offset, index) => {
    const neighbour = new Neighbour(`N${index}`, index, { monotonicMs: () => 0 });
    if (offset !== "unheard") {
      neighbour.following = { version: 2, end() {} };
      neighbour.clockAgainstSteady = 1_000_000_000 + offset;
    }
    return [neighbour.name, neighbour];
  }));
  return lookAtClocks(clock, { neighbours, backbone: undefined });
}

Deno.test("lookAtClocks() says who is off: the one that most neighbours differ from", () => {
  const table: [offsets: Parameters<typeof look>, verdict: ClockVerdict, offset: number][] = [
    [[], "alone", 0],
    [["unheard", "unheard"], "alone", 0],
    [[2.4], "agreed", 2.4],
    [[2.6], "disputed", 2.6],
    [[HOUR, "unheard"], "disputed", HOUR],
    [[HOUR, HOUR], "off", HOUR],
    [[HOUR, 0], "agreed", HOUR],
    [[-HOUR, -HOUR, 0], "off", -HOUR],
    [[-HOUR, 0, 0], "agreed", 0],
    [[HOUR, HOUR, 0, 0], "agreed", HOUR],
    [[HOUR, HOUR, HOUR, 0, 0], "off", HOUR],
  ];
  for (const [offsets, verdict, offsetSeconds] of table) {
    const found = look(...offsets);
    assertEquals(found.verdict, verdict, offsets.join());
    assertAlmostEquals(found.offsetSeconds, offsetSeconds, 1e-6, offsets.join());
  }
});

Deno.test("whyNotDate() says how far and which way", () => {
  assertEquals(whyNotDate(look(0, 0)), undefined);
  assertEquals(whyNotDate(look()), undefined);
  assertEquals(
    whyNotDate(look(HOUR, HOUR)),
    "Its clock is 3600.0 s behind most of its neighbours'",
  );
  assertEquals(
    whyNotDate(look(-5)),
    "Its clock is 5.0 s ahead of that of the only other server it hears",
  );
});

testWith("sockets")(
  "a server whose clock is set is not ready at once, and dates nothing",
  async () => {
    await using herd = new TestHerd({ links: [["A", "B"], ["B", "C"], ["A", "C"]] });
    const clock = new ShiftedClock();
    const a = await herd.start("A", { clock, retainSeconds: HOUR });
    for (const name of ["B", "C"]) await herd.start(name, { retainSeconds: HOUR });
    await until(() => healthOf(a.status).unready.length === 0 && a.store.horizon > 0);
    await until(() => [...a.status.neighbours.values()].every((it) => it.isFollowing));
    await tellNode(a, `kiwi +34-118 ${clock.seconds}`);
    const horizon = a.store.horizon;

    for (const offSeconds of [2 * HOUR, -2 * HOUR, 24 * HOUR]) {
      clock.offSeconds = offSeconds;
      // No heartbeat is waited for: the neighbours' clocks are known against the steady one.
      assertEquals(a.status.clock.verdict, "off", `${offSeconds}`);
      assertEquals(healthOf(a.status).unready.length, 1);
      assertEquals(typeof a.clients.whyNotDate(), "string");
      assertEquals(a.store.horizon - horizon <= 60, true);
    }
    clock.offSeconds = 0;
    assertEquals(healthOf(a.status).unready, []);
    assertEquals(a.clients.whyNotDate(), undefined);
    assertEquals(typeof await lineOf(a, "kiwi"), "string");
  },
);

testWith("sockets")("what a horizon refused that was ahead is read again", async () => {
  await using herd = new TestHerd({ links: [["A", "B"], ["B", "C"], ["A", "C"]] });
  const clock = new ShiftedClock();
  const others = new ShiftedClock();
  const pass = (seconds: number) => [clock, others].forEach((it) => it.forward(seconds));
  // Two hours ahead, and it hears nobody for a minute: then it goes by its own clock.
  clock.offSeconds = 2 * HOUR;
  const a = await herd.start("A", { clock, retainSeconds: HOUR });
  pass(61);
  await until(() => a.store.horizon > 0);
  for (const name of ["B", "C"]) await herd.start(name, { clock: others, retainSeconds: HOUR });
  const b = herd.node("B");
  for (let i = 0; i < 100; i++) await tellNode(b, `c${i} +34-118 ${others.seconds}`);
  await until(() => a.status.neighbours.get("B")!.held?.position === b.store.feed.end);
  assertEquals(a.store.records, 0);

  clock.offSeconds = 0;
  await until(() => {
    pass(4);
    return a.store.records === 100;
  });
});
