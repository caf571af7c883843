// Clients that were not heard of for a time are dropped: by every server alike, a little at a time,
// and neither a neighbour nor a disk brings them back.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { wallSeconds } from "../../../src/base/clock.ts";
import { parseBody, Update } from "../../../src/protocol/update.ts";
import { Retention } from "../../../src/server/records/retention.ts";
import { Store } from "../../../src/store/store.ts";
import { SERVER } from "../../../src/store/source.ts";
import { textIn } from "../../support/files/data_folder.ts";
import { lineOf, tellNode } from "../../support/herds/client.ts";
import { CHAIN } from "../../support/herds/shape.ts";
import { type ServerOptions, TestHerd } from "../../support/herds/herd.ts";
import { until } from "../../support/waiting.ts";
import { ManualClock } from "../../support/fakes/manual_clock.ts";
import { testWith } from "../../support/test.ts";
import { tell } from "../../support/herds/records.ts";
import { fromLatin1 } from "../../support/reference/reference.ts";
import { ShiftedClock } from "../../support/fakes/shifted_clock.ts";

const test = testWith("sockets", "disk");

/** The manual clock's start in POSIX seconds. */
const NOW = 1_000_000_000;
const DAY_SECONDS = 86_400;

/** Keeps clients for a minute. */
function minute(store: Store, clock: ManualClock, erase: () => void = () => {}): Retention {
  const expiry = { look: () => ({ seconds: wallSeconds(clock), wasAhead: false }) };
  return new Retention(store, { clock, retainSeconds: 60, expiry, erase, readAgain() {} });
}

Deno.test("Retention drops what is older than it says, and keeps the rest", async () => {
  const clock = new ManualClock();
  const store = new Store("f".repeat(32), 1);
  tell(store, `old +34-118 ${NOW - 61}`);
  tell(store, `soon +34-118 ${NOW - 59}`);
  tell(store, `new +34-118 ${NOW}`);
  using retention = minute(store, clock);
  assertEquals({ size: store.size, dropped: retention.dropped }, { size: 2, dropped: 1 });
  await clock.pass(1_000);
  assertEquals({ size: store.size, dropped: retention.dropped }, { size: 2, dropped: 1 });
  await clock.pass(1_000);
  assertEquals({ size: store.size, dropped: retention.dropped }, { size: 1, dropped: 2 });
  await clock.pass(60_000);
  assertEquals({ size: store.size, records: store.records, dropped: retention.dropped }, {
    size: 0,
    records: 0,
    dropped: 3,
  });
});

Deno.test("Retention goes by the effective time: a client from the future is no exception", async () => {
  const clock = new ManualClock();
  const store = new Store("f".repeat(32), 1);
  // Received at the start, it counts as five seconds ahead of that.
  const body = fromLatin1(`Goloman -9000.000000000 future +34-118 ${NOW + 9_000}`);
  const update = new Update();
  assert(parseBody(body, 0, body.length, update));
  store.apply(update, SERVER);
  using retention = minute(store, clock);
  await clock.pass(65_000);
  assertEquals(retention.dropped, 0);
  await clock.pass(2_000);
  assertEquals(retention.dropped, 1);
});

Deno.test("Retention has what it dropped taken out of the disk, once a day at most", async () => {
  const clock = new ManualClock();
  const store = new Store("f".repeat(32), 1);
  let erased = 0;
  tell(store, `old +34-118 ${NOW - 61}`);
  using retention = minute(store, clock, () => erased++);
  const hourMs = 3_600_000;
  await clock.skip(23 * hourMs);
  assertEquals({ dropped: retention.dropped, erased }, { dropped: 1, erased: 0 });
  await clock.skip(2 * hourMs);
  assertEquals(erased, 1);
  tell(store, `new +34-118 ${wallSeconds(clock)}`);
  await clock.skip(21 * hourMs);
  assertEquals({ dropped: retention.dropped, erased }, { dropped: 2, erased: 1 });
  await clock.skip(3 * hourMs);
  assertEquals(erased, 2);
  // Nothing was dropped since.
  await clock.skip(48 * hourMs);
  assertEquals(erased, 2);
});

Deno.test("Retention refuses and hides at once what it has not dropped yet", () => {
  const store = new Store("f".repeat(32), 1);
  for (let i = 0; i < 50_000; i++) tell(store, `c${i} +34-118 ${NOW - 100}`);
  using retention = minute(store, new ManualClock());
  assertEquals(store.size, 50_000 - retention.dropped);
  const last = new TextEncoder().encode("c49999");
  assertEquals(store.find(last, 0, last.length) !== 0, true);
  assertEquals(store.locate(last, 0, last.length), 0);
  assertEquals(tell(store, `c49999 +35-118 ${NOW - 61}`), "expired");
  assertEquals(tell(store, `c49999 +35-118 ${NOW - 59}`), "newer");
});

Deno.test("Retention looks at a bounded number of records each time", async () => {
  const clock = new ManualClock();
  const store = new Store("f".repeat(32), 1);
  for (let i = 0; i < 50_000; i++) tell(store, `c${i} +34-118 ${NOW - 100}`);
  using retention = minute(store, clock);
  const dropped = [retention.dropped];
  for (let i = 0; i < 3; i++) {
    await clock.pass(500);
    dropped.push(retention.dropped);
  }
  assertEquals(dropped, [20_000, 40_000, 50_000, 50_000]);
});

Deno.test("Retention does nothing any more once it is disposed of", async () => {
  const clock = new ManualClock();
  const store = new Store("f".repeat(32), 1);
  tell(store, `soon +34-118 ${NOW - 59}`);
  minute(store, clock)[Symbol.dispose]();
  await clock.pass(10_000);
  assertEquals(store.size, 1);
});

/** A chain of three servers that keep records for 30 days, on a clock that can be set forward. */
function retainingChain() {
  const herd = new TestHerd({ links: CHAIN, isDurable: true });
  const clock = new ShiftedClock();
  const start = (server: string, more: ServerOptions = {}) =>
    herd.start(server, { clock, retainSeconds: 30 * DAY_SECONDS, ...more });
  return { herd, clock, start, [Symbol.asyncDispose]: () => herd[Symbol.asyncDispose]() };
}

const NAMES = ["A", "B", "C"] as const;

/** Which servers have something of a client, as a word such as `AC`. */
async function whoKnows(herd: TestHerd, client: string): Promise<string> {
  const lines = await Promise.all(NAMES.map((it) => lineOf(herd.node(it), client)));
  return NAMES.filter((_, index) => lines[index] !== undefined).join("");
}

test("all servers drop the same, and no neighbour or disk brings it back", async () => {
  await using chain = retainingChain();
  const { herd, clock, start } = chain;
  for (const name of NAMES) await start(name);
  await tellNode(herd.node("A"), `old +34-118 ${clock.seconds}`);
  await until(async () => await whoKnows(herd, "old") === "ABC");
  clock.forward(29 * DAY_SECONDS);
  await tellNode(herd.node("C"), `new +34-118 ${clock.seconds}`);
  await until(async () => await whoKnows(herd, "new") === "ABC");
  assertEquals(await whoKnows(herd, "old"), "ABC");
  // This one sleeps through it, and has it on its disk.
  await until(() => herd.node("C").status.records.disk!.pending === 0);
  await herd.node("C").stop();
  clock.forward(2 * DAY_SECONDS);
  await until(() => herd.node("A").store.records === 1 && herd.node("B").store.records === 1);
  await start("C");
  await until(() => herd.node("C").store.records === 1);
  for (const name of NAMES) {
    await herd.node(name).stop();
    await start(name);
  }
  await tellNode(herd.node("B"), `last +34-118 ${clock.seconds}`);
  await until(async () => await whoKnows(herd, "last") === "ABC");
  await until(() => NAMES.every((it) => herd.node(it).store.records === 2));
  assertEquals(await whoKnows(herd, "old"), "");
  assertEquals(await whoKnows(herd, "new"), "ABC");
});

test("a server that keeps everything does not bring back what the others drop", async () => {
  await using chain = retainingChain();
  const { herd, clock, start } = chain;
  await start("A");
  await start("B");
  await herd.start("C", { clock });
  await until(() => ["A", "B"].every((it) => herd.node(it).store.horizon > 0));
  await tellNode(herd.node("C"), `old +34-118 ${clock.seconds - 31 * DAY_SECONDS}`);
  await tellNode(herd.node("C"), `new +34-118 ${clock.seconds}`);
  await until(async () => await whoKnows(herd, "new") === "ABC");
  assertEquals(await whoKnows(herd, "old"), "C");
  assertEquals(herd.node("B").store.records, 1);
});

test("an IAMAT that is older than what is kept is answered, and kept nowhere", async () => {
  await using chain = retainingChain();
  const { herd, clock, start } = chain;
  for (const name of NAMES) await start(name);
  await until(() => NAMES.every((it) => herd.node(it).store.horizon > 0));
  const reply = await tellNode(
    herd.node("A"),
    `old +66.6+66.6 ${clock.seconds - 31 * DAY_SECONDS}`,
  );
  assertMatch(reply, /^AT A \+26784\d\d\.\d{9} old \+66\.6\+66\.6 \d+\n$/);
  await tellNode(herd.node("A"), `new +34-118 ${clock.seconds}`);
  await until(async () => await whoKnows(herd, "new") === "ABC");
  assertEquals(await whoKnows(herd, "old"), "");
  for (const name of NAMES) {
    await until(() => herd.node(name).status.records.disk!.pending === 0);
    const text = textIn(herd.folderOf(name));
    assertEquals({ hasKept: text.includes("+34-118"), hasOld: text.includes("+66.6") }, {
      hasKept: true,
      hasOld: false,
    });
  }
});
