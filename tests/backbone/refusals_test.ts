// What the stream refuses: one message, or all for a while. Nothing is lost, nobody is busy with it,
// and it is said.

import { assert, assertEquals, assertGreater, assertLess, assertMatch } from "@std/assert";
import { BACKBONE_TIMINGS } from "../../src/backbone/environment.ts";
import { DeniedError, type RefusalKind } from "../../src/backbone/stream.ts";
import { World } from "../simulation/world/world.ts";
import { recordingLog } from "../support/fakes/log.ts";
import { latin1 } from "../support/reference/reference.ts";
import { MemoryBroker } from "./memory_broker.ts";
import { BackboneServer } from "./server.ts";

const SOON_MS = 300;
const HOUR_MS = 3_600_000;

const at = (time: number, client = "kiwi", origin = "Ann") =>
  `${origin} +0.000000000 ${client} +1-1 ${time}`;

/** Ann and Bob on a stream. */
async function startPair(origins?: ReadonlySet<string>) {
  const world = new World(1);
  const broker = new MemoryBroker(world);
  const log = recordingLog({ debugEnabled: false });
  const [ann, bob] = ["Ann", "Bob"].map((name) =>
    new BackboneServer(world, broker, name, { log, ...origins && { origins } })
  );
  await Promise.all([ann!.start(), bob!.start()]);
  await world.run(SOON_MS);
  const end = () => {
    for (const it of [ann!, bob!]) it.crash();
  };
  const events = (event: string) => log.entries.filter((it) => it.event === event);
  return { world, broker, log, events, ann: ann!, bob: bob!, [Symbol.dispose]: end };
}

Deno.test("a record that is refused is passed over, and tried again when it changes", async () => {
  using herd = await startPair();
  const { world, broker, events, ann, bob } = herd;
  const isBad = (body: Uint8Array) => latin1(body).includes(" bad +1-1 1");
  broker.refuse = (body) => isBad(body) ? { kind: "message", reason: "it may not be" } : undefined;
  ann.take(at(10, "bad"));
  for (let i = 0; i < 50; i++) ann.take(at(i, `c${i}`));
  await world.run(HOUR_MS);
  assertEquals(bob.store.records, 50);
  const { refused, passedOver, unpublished, connects, isLevel } = ann.backbone.status;
  assertEquals({ refused, passedOver, unpublished, connects, isLevel }, {
    refused: 1,
    passedOver: 1,
    unpublished: 0,
    connects: 1,
    isLevel: true,
  });
  const [said] = events("backbone.refused");
  assertEquals(said?.fields.reason, "it may not be");
  ann.take(at(20, "bad"));
  await world.run(SOON_MS);
  assertEquals(bob.bodies().get("bad"), at(20, "bad"));
  assertEquals(ann.backbone.status.passedOver, 0);
});

Deno.test("a record that is too long is not sent, and is when the stream takes longer ones", async () => {
  for (const how of ["inspection", "connection", "start"] as const) {
    using herd = await startPair();
    const { world, broker, ann, bob } = herd;
    ann.disconnect();
    bob.disconnect();
    broker.condition = { maxMessageBytes: 1_024, faults: ["too little"] };
    broker.refuse = (body) =>
      body.length > 1_024 ? { kind: "message", reason: "too long" } : undefined;
    await world.run(BACKBONE_TIMINGS.steadyMs + 3_000);
    const long = "x".repeat(2_000);
    ann.take(at(10, long));
    ann.take(at(10));
    await world.run(BACKBONE_TIMINGS.steadyMs);
    assertEquals(bob.bodies().get("kiwi"), at(10));
    assertEquals(ann.backbone.status.passedOver, 1);
    assertEquals(ann.backbone.status.unpublished, 0);
    // It was known beforehand.
    assertEquals(ann.backbone.status.refused, 0);
    assertEquals(ann.backbone.status.faults, ["too little"]);
    broker.condition = { maxMessageBytes: 1_000_000, faults: [] };
    broker.refuse = () => undefined;
    if (how === "inspection") await world.run(BACKBONE_TIMINGS.maxInspectMs);
    else if (how === "connection") ann.disconnect();
    else {
      ann.crash();
      await ann.start();
    }
    await world.run(5_000);
    assertEquals(bob.bodies().get(long), at(10, long), how);
    assertEquals(ann.backbone.status.passedOver, 0);
    assertEquals(ann.backbone.status.faults, []);
  }
});

for (const kind of ["room", "rights"] as const satisfies RefusalKind[]) {
  Deno.test(`a server pauses for want of ${kind}, goes on reading, and tries now and then`, async () => {
    using herd = await startPair();
    const { world, broker, events, ann, bob } = herd;
    let tries = 0;
    broker.refuse = (body) => {
      if (!latin1(body).startsWith("Ann ")) return undefined;
      tries++;
      return { kind, reason: `no ${kind}` };
    };
    for (let i = 0; i < 3_000; i++) ann.take(at(i, `c${i}`));
    await world.run(SOON_MS);
    const first = tries;
    await world.run(600_000);
    // One at a time, and not often.
    assertGreater(tries - first, 10);
    assertLess(tries - first, 80);
    assertEquals(ann.backbone.status.connects, 1);
    assertMatch(ann.backbone.status.faults[0]!, new RegExp(`takes nothing: no ${kind}`));
    assertEquals(events("backbone.paused").length, 1);
    bob.take(at(1, "grape", "Bob"));
    await world.run(SOON_MS);
    assertEquals(ann.bodies().get("grape"), at(1, "grape", "Bob"));
    // What changes meanwhile is published as it is then.
    ann.take(at(5_000, "c7"));
    broker.refuse = () => undefined;
    await world.run(2 * BACKBONE_TIMINGS.deniedMs);
    assertEquals(bob.store.records, 3_001);
    assertEquals(bob.bodies().get("c7"), at(5_000, "c7"));
    assertEquals(ann.backbone.status.faults, []);
    assertEquals(ann.backbone.status.unpublished, 0);
    assertEquals(ann.brokenPromises(), []);
  });
}

Deno.test("a server stops in time while the stream takes nothing", async () => {
  using herd = await startPair();
  const { world, broker, ann } = herd;
  broker.refuse = () => ({ kind: "room", reason: "no room" });
  ann.take(at(10));
  await world.run(SOON_MS);
  const stopped = ann.stop();
  await world.run(BACKBONE_TIMINGS.drainMs + 10);
  await stopped;
});

Deno.test("a connection that does not last is no progress: waits grow, and health is not fooled", async () => {
  using herd = await startPair();
  const { world, broker, log, ann } = herd;
  await world.run(BACKBONE_TIMINGS.steadyMs);
  let levels = 0;
  const { put } = broker;
  broker.put = (subject, body) => {
    if (latin1(body).startsWith("Ann ")) ann.disconnect();
    return put.call(broker, subject, body);
  };
  const before = log.entries.length;
  for (let ms = 0; ms < 60_000; ms += 50) {
    ann.take(at(ms));
    await world.run(50);
    if (ann.backbone.status.isLevel) levels++;
  }
  const { connects } = ann.backbone.status;
  assertGreater(connects, 10);
  assertLess(connects, 120);
  // Each news ends the connection: it was level for a moment the first time, and told so no more.
  assertLess(levels, 5);
  assertLess(log.entries.length - before, 30);
  broker.put = put;
  await world.run(2_000);
  assertEquals(ann.backbone.status.isLevel, false);
  await world.run(BACKBONE_TIMINGS.steadyMs);
  assertEquals(ann.backbone.status.isLevel, true);
});

Deno.test("a server waits long where a person has to mend something", async () => {
  using herd = await startPair();
  const { world, broker, ann } = herd;
  const { connect } = broker;
  let tries = 0;
  broker.connect = () => {
    tries++;
    return Promise.reject(new DeniedError("no right to see the stream"));
  };
  ann.disconnect();
  await world.run(600_000);
  assertGreater(tries, 15);
  assertLess(tries, 50);
  assertEquals(ann.backbone.status.trouble, "no right to see the stream");
  broker.connect = connect;
  await world.run(BACKBONE_TIMINGS.deniedMs + SOON_MS);
  assert(ann.backbone.status.connects > 1);
});

Deno.test("a delay is no offset of a clock, and an offset is seen in both directions", async () => {
  for (const aheadSeconds of [0, 5, -5]) {
    using herd = await startPair();
    const { world, broker, events, ann } = herd;
    broker.aheadSeconds = aheadSeconds;
    broker.readDelayMs = 3_000;
    for (let i = 0; i < 30; i++) {
      ann.take(at(i));
      await world.run(1_000);
    }
    const { clockOffsetSeconds } = ann.backbone.status;
    if (aheadSeconds === 0) assertEquals(clockOffsetSeconds, 0);
    else {
      assertEquals(Math.sign(clockOffsetSeconds), Math.sign(aheadSeconds));
      const excess = Math.abs(aheadSeconds) - Math.abs(clockOffsetSeconds);
      // What the least delay leaves open; never more than there is.
      assert(excess >= -0.01 && excess < 3, `${clockOffsetSeconds} for ${aheadSeconds}`);
    }
    assertEquals(events("backbone.clock").length > 0, aheadSeconds !== 0, `${aheadSeconds}`);
  }
});

Deno.test("records of servers that no topology has are told of, once each", async () => {
  using herd = await startPair(new Set(["Ann", "Bob"]));
  const { world, events, ann, bob } = herd;
  for (let i = 0; i < 10; i++) ann.take(at(i, `c${i}`, i % 2 === 0 ? "Ann" : "Anna"));
  await world.run(SOON_MS);
  assertEquals(bob.store.records, 10);
  assertEquals(bob.backbone.status.strangers, 5);
  const said = events("backbone.stranger").map((it) => it.fields.origin);
  // Each server says so, for its own messages come back.
  assertEquals(said, ["Anna", "Anna"]);
});
