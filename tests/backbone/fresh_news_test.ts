// News first: what is told now waits neither for what a server reads nor for what it publishes.

import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { encode } from "../../src/base/bytes.ts";
import { DeniedError } from "../../src/backbone/stream.ts";
import { FIRST_ROOM, FlightWindow } from "../../src/backbone/flight_window.ts";
import { neighbourBit } from "../../src/store/known_to.ts";
import { World } from "../simulation/world/world.ts";
import { recordingLog } from "../support/fakes/log.ts";
import { latin1 } from "../support/reference/reference.ts";
import { MemoryBroker } from "./memory_broker.ts";
import { BackboneServer, type ServerOptions, subjectOf } from "./server.ts";

/** Records that take a server over a second to read. */
const BACKLOG = 1_000;

/** Long enough for a message there and back, and far too short for a backlog. */
const SOON_MS = 100;

/** Long enough for everything. */
const LATE_MS = 30_000;

const at = (time: number, client: string, origin = "Ann") =>
  `${origin} +0.000000000 ${client} +1-1 ${time}`;

function put(broker: MemoryBroker, body: string): number {
  return broker.put(subjectOf(encode(body.split(" ")[2]!)), encode(body));
}

const inStream = (broker: MemoryBroker, client: string) => {
  const message = broker.messages.get(subjectOf(encode(client)));
  return message && latin1(message.body);
};

/** Ann and Bob, who have read all, and a stream with a backlog that a newcomer has to read. */
async function startHerd(options: ServerOptions = {}) {
  const world = new World(1);
  const broker = new MemoryBroker(world);
  for (let i = 0; i < BACKLOG; i++) put(broker, at(10, `c${i}`));
  const start = async (name: string) => {
    const server = new BackboneServer(world, broker, name, options);
    await server.start();
    return server;
  };
  const ann = await start("Ann");
  await world.run(LATE_MS);
  assertEquals(ann.store.records, BACKLOG);
  const servers = [ann];
  const startNewcomer = async () => {
    const newcomer = await start("newcomer");
    servers.push(newcomer);
    await world.run(SOON_MS);
    assertEquals(newcomer.backbone.status.isLevel, false);
    return newcomer;
  };
  const end = () => {
    for (const it of servers) it.crash();
  };
  return { world, broker, ann, startNewcomer, [Symbol.dispose]: end };
}

Deno.test("news of a server's clients is published while it reads what the stream had", async () => {
  using herd = await startHerd();
  const { world, broker, ann, startNewcomer } = herd;
  const newcomer = await startNewcomer();
  newcomer.take(at(20, "kiwi", "newcomer"));
  await world.run(SOON_MS);
  assertEquals(newcomer.backbone.status.isLevel, false);
  assertEquals(inStream(broker, "kiwi"), at(20, "kiwi", "newcomer"));
  assertEquals(ann.bodies().get("kiwi"), at(20, "kiwi", "newcomer"));
  await world.run(LATE_MS);
  assertEquals(newcomer.backbone.status.published, 1);
  assertEquals(newcomer.store.records, BACKLOG + 1);
});

Deno.test("news of others is read while a server reads what the stream had", async () => {
  using herd = await startHerd();
  const { world, ann, startNewcomer } = herd;
  const newcomer = await startNewcomer();
  ann.take(at(20, "kiwi"));
  await world.run(SOON_MS);
  assertEquals(newcomer.bodies().get("kiwi"), at(20, "kiwi"));
  assertLess(newcomer.store.records, BACKLOG / 2);
});

Deno.test("a position is not that of the news while what was before it is missing", async () => {
  using herd = await startHerd();
  const { world, broker, ann, startNewcomer } = herd;
  const newcomer = await startNewcomer();
  ann.take(at(20, "kiwi"));
  await world.run(SOON_MS);
  assertLess(newcomer.backbone.status.position, BACKLOG / 2);
  assertEquals(newcomer.brokenPromises(), []);
  await world.run(1_000);
  newcomer.crash();
  await newcomer.start();
  await world.run(LATE_MS);
  assertEquals(newcomer.store.records, BACKLOG + 1);
  assertEquals(newcomer.backbone.status.position, broker.end);
});

Deno.test("what was told while there was no connection is published at once, after fresh news", async () => {
  using herd = await startHerd();
  const { world, broker, ann, startNewcomer } = herd;
  const newcomer = await startNewcomer();
  await world.run(LATE_MS);
  broker.stop();
  for (let i = 0; i < 200; i++) newcomer.take(at(30, `missed${i}`, "newcomer"));
  for (let i = 0; i < BACKLOG; i++) put(broker, at(20, `c${i}`));
  await world.run(100);
  broker.start();
  // It connects, and the first of what it missed are under way.
  while (inStream(broker, "missed0") === undefined) await world.run(1);
  newcomer.take(at(40, "kiwi", "newcomer"));
  await world.run(SOON_MS);
  assertEquals(newcomer.backbone.status.isLevel, false);
  const sequenceOf = (client: string) => broker.messages.get(subjectOf(encode(client)))?.sequence;
  assertGreater(sequenceOf("missed199") ?? Infinity, sequenceOf("kiwi")!);
  await world.run(LATE_MS);
  assertEquals(ann.bodies().get("missed199"), at(30, "missed199", "newcomer"));
  assertEquals(newcomer.backbone.status.published, 201);
});

Deno.test("nothing older is put over a message that its server has not read yet", async () => {
  using herd = await startHerd();
  const { world, broker, ann, startNewcomer } = herd;
  // Nobody but the stream has it.
  ann.crash();
  const sequence = put(broker, at(100, "kiwi", "gone"));
  const newcomer = await startNewcomer();
  newcomer.take(at(20, "kiwi", "newcomer"));
  await world.run(SOON_MS);
  assertEquals(broker.messages.get(subjectOf(encode("kiwi")))!.sequence, sequence);
  assertEquals(newcomer.bodies().get("kiwi"), at(100, "kiwi", "gone"));
});

Deno.test("a server that may not ask for a message publishes when it has read them all", async () => {
  const log = recordingLog();
  using herd = await startHerd({ log });
  const { world, broker, startNewcomer } = herd;
  broker.denial = new DeniedError("no right to ask");
  const newcomer = await startNewcomer();
  for (let i = 0; i < 3; i++) newcomer.take(at(20, `kiwi${i}`, "newcomer"));
  await world.run(SOON_MS);
  assertEquals(inStream(broker, "kiwi0"), undefined);
  await world.run(LATE_MS);
  for (let i = 0; i < 3; i++) {
    assertEquals(inStream(broker, `kiwi${i}`), at(20, `kiwi${i}`, "newcomer"));
  }
  assertEquals(newcomer.backbone.status.unpublished, 0);
  assertEquals(log.entries.filter((it) => it.event === "backbone.rights").length, 1);
});

Deno.test("news does not wait for a backlog that its own server publishes", async () => {
  const world = new World(1);
  const broker = new MemoryBroker(world);
  const [ann, bob] = ["Ann", "Bob"].map((it) => new BackboneServer(world, broker, it));
  await Promise.all([ann!.start(), bob!.start()]);
  await world.run(SOON_MS);
  // As from a neighbour, so that it is no news of a client.
  for (let i = 0; i < 5 * BACKLOG; i++) ann!.take(at(10, `c${i}`), neighbourBit(0));
  await world.run(200);
  for (let round = 0; round < 20; round++) {
    assertLess(broker.end, 5 * BACKLOG);
    ann!.take(at(20 + round, "kiwi"));
    await world.run(SOON_MS);
    assertEquals(bob!.bodies().get("kiwi"), at(20 + round, "kiwi"), `Round ${round}`);
  }
  for (const it of [ann!, bob!]) it.crash();
});

Deno.test("what is read after a later message of its client is published again if it is newer", async () => {
  const world = new World(1);
  const broker = new MemoryBroker(world);
  const ann = new BackboneServer(world, broker, "Ann");
  await ann.start();
  await world.run(SOON_MS);
  // As a backlog has it that is given beside the news: the newer one was under way when the older
  // one was put over it.
  const subject = subjectOf(encode("kiwi"));
  const older = put(broker, at(20, "kiwi"));
  await world.run(SOON_MS);
  assertEquals(broker.messages.get(subject)!.sequence, older);
  ann.give({ sequence: older - 0.5, body: encode(at(30, "kiwi")), takenSeconds: 0 });
  await world.run(1_000);
  assertEquals(inStream(broker, "kiwi"), at(30, "kiwi"));
  assertEquals(ann.backbone.status.repaired, 1);
  ann.crash();
});

Deno.test("FlightWindow grows while messages are soon read, and shrinks once a round when they are not", () => {
  const window = new FlightWindow({ maxInFlight: 100, targetDelayMs: 50 });
  const leave = () => {
    let count = 0;
    for (; window.hasRoom; count++) window.leave();
    return count;
  };
  assertEquals(leave(), FIRST_ROOM);
  for (let i = 0; i < FIRST_ROOM; i++) window.land(i, 50);
  assertEquals(leave(), 2 * FIRST_ROOM);
  // Over the target: all of one round are one reason to shrink.
  for (let i = 0; i < 2 * FIRST_ROOM; i++) window.land(1_000 + i, 51);
  const shrunk = leave();
  assert(shrunk >= FIRST_ROOM && shrunk < 2 * FIRST_ROOM, `${shrunk}`);
  for (let i = 0; i < shrunk; i++) window.land(2_000, 10);
  for (let round = 0; round < 20; round++) for (let n = leave(); n > 0; n--) window.land(3_000, 1);
  assertEquals(leave(), 100);
});
