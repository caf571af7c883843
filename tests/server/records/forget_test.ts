// A client that is forgotten: the removal wins over older news everywhere, over partitions and
// restarts; newer news brings the client back; and no file has a trace of where it was.

import { assert, assertEquals } from "@std/assert";
import { joined } from "../../../src/base/buffers.ts";
import { encode } from "../../../src/base/bytes.ts";
import { wallSeconds } from "../../../src/base/clock.ts";
import { parseBody, Update } from "../../../src/protocol/update.ts";
import { forget } from "../../../src/server/records/forget.ts";
import { REMOVAL_SECONDS, Retention } from "../../../src/server/records/retention.ts";
import { Store } from "../../../src/store/store.ts";
import { CLIENT, SERVER } from "../../../src/store/source.ts";
import { textIn } from "../../support/files/data_folder.ts";
import { lineOf, tellNode } from "../../support/herds/client.ts";
import { CHAIN } from "../../support/herds/shape.ts";
import { startHerd, type TestHerd } from "../../support/herds/herd.ts";
import { until } from "../../support/waiting.ts";
import { ManualClock } from "../../support/fakes/manual_clock.ts";
import { testWith } from "../../support/test.ts";
import { tell } from "../../support/herds/records.ts";
import { fromLatin1, latin1 } from "../../support/reference/reference.ts";

const test = testWith("sockets", "disk");

/** The manual clock's start in POSIX seconds. */
const NOW = 1_000_000_000;
const KIWI = encode("kiwi");
/** A place that stands out. */
const SECRET = "+66.666666-77.777777";

function context() {
  const store = new Store("f".repeat(32), 1);
  return { name: encode("Hands"), store, clock: new ManualClock(), maxRemovals: 3 };
}

/** The body that a store has of kiwi, removals included. */
function bodyOf(store: Store): string {
  const record = store.find(KIWI, 0, KIWI.length);
  const out = new Uint8Array(store.bodyLength(record));
  store.copyBody(record, out, 0);
  return latin1(out);
}

Deno.test("forget() puts a removal in the place of a client, and says that it was known", () => {
  const server = context();
  tell(server.store, `kiwi ${SECRET} ${NOW - 10}`);
  assertEquals(forget(server, KIWI), "forgotten");
  assertEquals(bodyOf(server.store), `Hands +0.000000000 kiwi - ${NOW}.000000000`);
  assertEquals({ size: server.store.size, records: server.store.records }, { size: 0, records: 1 });
  assertEquals(server.store.locate(KIWI, 0, KIWI.length), 0);
  assertEquals(tell(server.store, `kiwi ${SECRET} ${NOW - 10}`), "removed");
  assertEquals(tell(server.store, `kiwi ${SECRET} ${NOW}`), "removed");
  assertEquals(tell(server.store, `kiwi ${SECRET} ${NOW}.000000001`), "newer");
  assertEquals(server.store.size, 1);
});

Deno.test("forget() stores nothing of a client that nobody knows, and no second removal", () => {
  const server = context();
  assertEquals(forget(server, KIWI), "unknown");
  assertEquals(server.store.records, 0);
  tell(server.store, `kiwi ${SECRET} ${NOW - 10}`);
  forget(server, KIWI);
  const before = server.store.feed.end;
  assertEquals(forget(server, KIWI), "unknown");
  assertEquals(server.store.feed.end, before);
});

Deno.test("forget() keeps a bounded number of removals, which take no client's place", () => {
  const server = context();
  server.store.maxClients = 2;
  for (let i = 0; i < 3; i++) {
    assertEquals(tell(server.store, `c${i} ${SECRET} ${NOW}`, CLIENT), "newer");
    assertEquals(forget(server, encode(`c${i}`)), "forgotten");
  }
  tell(server.store, `c9 ${SECRET} ${NOW}`, CLIENT);
  assertEquals(forget(server, encode("c9")), "full");
  assertEquals(server.store.size, 1);
});

Deno.test("a removal ends after 30 days: it is dropped, and refused if a neighbour has it still", async () => {
  const { store, clock, ...more } = context();
  const server = { store, clock, ...more };
  const expiry = { look: () => ({ seconds: wallSeconds(clock), wasAhead: false }) };
  const options = { clock, retainSeconds: undefined, expiry, erase() {}, readAgain() {} };
  using retention = new Retention(store, options);
  tell(store, `kiwi ${SECRET} ${NOW}`);
  tell(store, `emu ${SECRET} ${NOW}`);
  forget(server, KIWI);
  const removal = bodyOf(store);
  await clock.pass((REMOVAL_SECONDS - 1) * 1000);
  assertEquals(store.removals, 1);
  await clock.pass(2_000);
  assertEquals({ removals: store.removals, dropped: retention.dropped }, {
    removals: 0,
    dropped: 1,
  });
  const update = new Update();
  const body = encode(removal);
  parseBody(body, 0, body.length, update);
  assertEquals(store.apply(update, SERVER), "expired");
  assertEquals(store.size, 1);
});

Deno.test("forget() is newer than a client whose clock is ahead", () => {
  const server = context();
  const update = new Update();
  const body = fromLatin1(`Goloman -9000.000000000 kiwi ${SECRET} ${NOW + 9_000}`);
  assert(parseBody(body, 0, body.length, update));
  server.store.apply(update, SERVER);
  assertEquals(forget(server, KIWI), "forgotten");
  assertEquals(bodyOf(server.store), `Hands +0.000000000 kiwi - ${NOW + 5}.000000001`);
});

Deno.test("forget() takes ids of any bytes and of the greatest length", () => {
  const server = context();
  for (const id of [Uint8Array.of(0xff, 0x00, 0xe0), new Uint8Array(4_096).fill(0x61)]) {
    const body = joined(encode("Goloman +0.000000000 "), id, encode(" +1+1 1"));
    const update = new Update();
    assert(parseBody(body, 0, body.length, update));
    server.store.apply(update, SERVER);
    assertEquals(forget(server, id), "forgotten");
    const record = server.store.find(id, 0, id.length);
    assertEquals(server.store.isRemoval(record), true);
  }
});

const NAMES = ["A", "B", "C"] as const;

/** Which servers have something of a client, as a word such as `AC`. */
async function whoKnows(herd: TestHerd, client: string): Promise<string> {
  const lines = await Promise.all(NAMES.map((it) => lineOf(herd.node(it), client)));
  return NAMES.filter((_, index) => lines[index] !== undefined).join("");
}

async function untilAllKnow(herd: TestHerd, client: string): Promise<void> {
  await until(async () => await whoKnows(herd, client) === "ABC");
}

async function untilNobodyKnows(herd: TestHerd, client: string): Promise<void> {
  await until(async () => await whoKnows(herd, client) === "");
}

/** Waits until everything that all servers have is on their disks. */
async function untilSaved(herd: TestHerd): Promise<void> {
  await until(() => NAMES.every((it) => herd.node(it).status.records.disk!.pending === 0));
}

/** A client's time, so many seconds from now: servers' clocks are not the same to the millisecond. */
function inSeconds(seconds: number): string {
  return (Date.now() / 1000 + seconds).toFixed(6);
}

test("a client that one server forgets is forgotten by all, until there is newer news", async () => {
  await using herd = await startHerd({ links: CHAIN, isDurable: true });
  await tellNode(herd.node("A"), `kiwi ${SECRET} ${inSeconds(-2)}`);
  await untilAllKnow(herd, "kiwi");
  assertEquals(await herd.node("C").clients.forget(KIWI), "forgotten");
  await untilNobodyKnows(herd, "kiwi");
  // It is answered like any other; it is just not newer.
  const late = await tellNode(herd.node("B"), `kiwi ${SECRET} ${inSeconds(-1)}`);
  assertEquals(late.startsWith("AT B "), true);
  assertEquals(await whoKnows(herd, "kiwi"), "");
  await tellNode(herd.node("B"), `kiwi +34-118 ${inSeconds(1)}`);
  await untilAllKnow(herd, "kiwi");
});

test("a removal wins over older news that comes later, and loses to newer news", async () => {
  await using herd = await startHerd({ links: CHAIN, isDurable: true });
  await tellNode(herd.node("A"), `kiwi ${SECRET} ${inSeconds(-2)}`);
  await tellNode(herd.node("A"), `emu ${SECRET} ${inSeconds(-2)}`);
  await untilAllKnow(herd, "emu");
  // A and C do not hear of each other.
  await herd.node("B").stop();
  await tellNode(herd.node("A"), `kiwi +1+1 ${inSeconds(-1)}`);
  await herd.node("C").clients.forget(KIWI);
  await herd.node("C").clients.forget(encode("emu"));
  await tellNode(herd.node("A"), `emu +2+2 ${inSeconds(1)}`);
  await herd.start("B");
  await untilNobodyKnows(herd, "kiwi");
  await untilAllKnow(herd, "emu");
  assertEquals(NAMES.map((it) => herd.node(it).store.size), [1, 1, 1]);
});

test("a removal outlives restarts of all servers", async () => {
  await using herd = await startHerd({ links: CHAIN, isDurable: true });
  const told = inSeconds(-1);
  await tellNode(herd.node("A"), `kiwi ${SECRET} ${told}`);
  await untilAllKnow(herd, "kiwi");
  // It has the location on its disk, and does not hear of the removal.
  await untilSaved(herd);
  await herd.node("C").stop();
  await herd.node("A").clients.forget(KIWI);
  await until(async () => await lineOf(herd.node("B"), "kiwi") === undefined);
  await herd.node("A").stop();
  await herd.node("B").stop();
  for (const name of NAMES) await herd.start(name);
  await untilNobodyKnows(herd, "kiwi");
  await tellNode(herd.node("C"), `kiwi ${SECRET} ${told}`);
  assertEquals(await whoKnows(herd, "kiwi"), "");
  assertEquals(NAMES.map((it) => herd.node(it).store.records), [1, 1, 1]);
});

test("no file has a trace of where a client was that is forgotten", async () => {
  await using herd = await startHerd({ links: CHAIN, isDurable: true });
  const others = Array.from({ length: 3_000 }, (_, i) => `IAMAT c${i} +34-118 ${1_000 + i}\n`);
  await tellNode(herd.node("A"), `first +1+1 1000\n${others.join("")}`);
  await tellNode(herd.node("B"), `kiwi ${SECRET} ${inSeconds(-2)}`);
  await untilAllKnow(herd, "kiwi");
  await untilSaved(herd);
  // More than one segment is on the disk, and the client is not in the last one.
  await tellNode(herd.node("C"), `last +1+1 1000`);
  await untilAllKnow(herd, "last");
  await untilSaved(herd);
  const traces = () => NAMES.filter((it) => textIn(herd.folderOf(it)).includes(SECRET)).join("");
  assertEquals(traces(), "ABC");
  await herd.node("C").clients.forget(KIWI);
  await untilNobodyKnows(herd, "kiwi");
  await until(() => traces() === "");
  for (const name of NAMES) await herd.restart(name);
  assertEquals(traces(), "");
  assertEquals(NAMES.map((it) => herd.node(it).store.size), [3_002, 3_002, 3_002]);
});

test("a server with commit has a removal on its disk when it says so", async () => {
  await using herd = await startHerd({ links: CHAIN, isDurable: true });
  const node = await herd.restart("A", { durability: "commit" });
  await tellNode(node, `kiwi ${SECRET} ${inSeconds(-2)}`);
  await node.clients.forget(KIWI);
  assertEquals(node.status.records.disk!.pending, 0);
});
