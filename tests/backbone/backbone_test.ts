// One server's part in the backbone, over a stream in memory and in virtual time.

import { assert, assertEquals } from "@std/assert";
import { BACKBONE_TIMINGS } from "../../src/backbone/environment.ts";
import { encode } from "../../src/base/bytes.ts";
import { neighbourBit } from "../../src/store/known_to.ts";
import { World } from "../simulation/world/world.ts";
import { recordingLog } from "../support/fakes/log.ts";
import { latin1 } from "../support/reference/reference.ts";
import { MemoryBroker, MemoryConnection } from "./memory_broker.ts";
import { BackboneServer, type ServerOptions, subjectOf } from "./server.ts";

/** Long enough for anything that does not have to wait for a time-out. */
const SOON_MS = 300;

/** A world with a broker and servers of these names, which end with it. */
async function startWorld(names: readonly string[], options: ServerOptions = {}) {
  const world = new World(1);
  const broker = new MemoryBroker(world);
  const servers = names.map((name) => new BackboneServer(world, broker, name, options));
  await Promise.all(servers.map((it) => it.start()));
  await world.run(SOON_MS);
  const end = () => {
    for (const server of servers) server.crash();
  };
  return { world, broker, servers, ann: servers[0]!, bob: servers[1]!, [Symbol.dispose]: end };
}

const at = (time: number, client = "kiwi", origin = "Ann") =>
  `${origin} +0.000000000 ${client} +1-1 ${time}`;

/** What the broker has, in its order. */
function inStream(broker: MemoryBroker): string[] {
  return [...broker.messages.values()].sort((a, b) => a.sequence - b.sequence)
    .map(({ body }) => latin1(body));
}

Deno.test("Backbone brings each server's news to the others, verbatim, removals too", async () => {
  using herd = await startWorld(["Ann", "Bob"]);
  const { world, broker, ann, bob } = herd;
  ann.take(at(10));
  bob.take(at(10, "\xff\xfe", "Bob"));
  await world.run(SOON_MS);
  const bodies = [at(10), at(10, "\xff\xfe", "Bob")].sort();
  for (const server of [ann, bob]) assertEquals([...server.bodies().values()].sort(), bodies);
  const removal = "Ann +0.000000000 kiwi - 11.000000000";
  ann.take(removal);
  await world.run(SOON_MS);
  assertEquals(bob.bodies().get("kiwi"), removal);
  assertEquals(broker.messages.get(subjectOf(encode("kiwi")))?.sequence, 3);
});

Deno.test("Backbone publishes nothing that came from the stream, now or after coming back", async () => {
  using herd = await startWorld(["Ann", "Bob"]);
  const { world, broker, ann, bob } = herd;
  for (let i = 0; i < 20; i++) ann.take(at(i, `c${i}`));
  await world.run(SOON_MS);
  bob.disconnect();
  ann.disconnect();
  broker.stop();
  await world.run(SOON_MS);
  broker.start();
  await world.run(10_000);
  assertEquals(bob.backbone.status.isLevel, true);
  assertEquals(bob.backbone.status.published, 0);
  assertEquals(ann.backbone.status.published, 20);
  assertEquals(ann.backbone.status.unpublished, 0);
});

Deno.test("Backbone goes on after a stop or a crash from where it was, without reading anew", async () => {
  for (const end of ["stop", "crash"] as const) {
    using herd = await startWorld(["Ann", "Bob"]);
    const { world, ann, bob } = herd;
    for (let i = 0; i < 20; i++) ann.take(at(i, `c${i}`));
    bob.take(at(1, "own", "Bob"));
    await world.run(2_000);
    if (end === "stop") {
      const stopped = bob.stop();
      await world.run(SOON_MS);
      await stopped;
    } else bob.crash();
    ann.take(at(30, "meanwhile"));
    await world.run(SOON_MS);
    await bob.start();
    await world.run(SOON_MS);
    const { received, published, isLevel } = bob.backbone.status;
    assertEquals(
      { received, published, isLevel },
      { received: 1, published: 0, isLevel: true },
      end,
    );
    bob.take(at(40, "c7", "Bob"));
    await world.run(SOON_MS);
    assertEquals(ann.bodies().get("c7"), at(40, "c7", "Bob"));
  }
});

Deno.test("Backbone reads all again where what the stream gave may have been dropped", async () => {
  using herd = await startWorld(["Ann", "Bob"]);
  const { world, broker, ann, bob } = herd;
  for (let i = 0; i < 20; i++) ann.take(at(i, `c${i}`));
  await world.run(SOON_MS);
  bob.take(at(1, "own", "Bob"));
  await world.run(SOON_MS);
  // The horizon was ahead for a moment.
  bob.store.horizon = 1_000;
  bob.store.sweep(1_000);
  assertEquals(bob.bodies().size, 0);
  bob.store.horizon = 0;
  bob.backbone.readAgain();
  bob.give({ ...broker.messages.get(subjectOf(encode("c7")))!, sequence: 30 });
  assertEquals(bob.backbone.held().get("nats:in")?.position, 0);
  ann.take(at(50, "c7"));
  await world.run(3_000);
  assertEquals([...bob.bodies().values()].sort(), [...ann.bodies().values()].sort());
  assertEquals(bob.bodies().size, 21);
  assertEquals(bob.brokenPromises(), []);
  // The same over a crash before it was read.
  bob.store.horizon = 1_000;
  bob.store.sweep(1_000);
  bob.store.horizon = 0;
  bob.backbone.readAgain();
  await world.run(1);
  bob.crash();
  await bob.start();
  await world.run(3_000);
  assertEquals(bob.bodies().size, 21);
});

Deno.test("Backbone leaves what a neighbour brought to others for a moment", async () => {
  using herd = await startWorld(["Ann", "Bob"], { timings: { courtesyMs: 100 } });
  const { world, ann, bob } = herd;
  bob.take(at(10), neighbourBit(0));
  ann.take(at(10));
  await world.run(SOON_MS);
  assertEquals(ann.backbone.status.published, 1);
  assertEquals(bob.backbone.status.published, 0);
  assertEquals(bob.backbone.status.unpublished, 0);
  bob.take(at(20), neighbourBit(0));
  await world.run(40);
  assertEquals(bob.backbone.status.published, 0);
  await world.run(SOON_MS);
  assertEquals(bob.backbone.status.published, 1);
  assertEquals(ann.bodies().get("kiwi"), at(20));
});

Deno.test("Backbone lets others go on alone where they publish the same", async () => {
  const names = Array.from({ length: 10 }, (_, index) => `S${index}`);
  const clients = 400;
  using herd = await startWorld([], { timings: { maxInFlight: 8 } });
  const { world, broker } = herd;
  const servers = names.map((name) =>
    new BackboneServer(world, broker, name, {
      timings: { maxInFlight: 8 },
    })
  );
  await Promise.all(servers.map((it) => it.start()));
  for (const server of servers) {
    for (let i = 0; i < clients; i++) server.take(at(i, `c${i}`), neighbourBit(0));
  }
  await world.run(20_000);
  assertEquals(broker.messages.size, clients);
  // Without courtesy, each of the ten would publish all.
  assert(broker.end < 2 * clients, `${broker.end} messages`);
  for (const server of servers) server.crash();
});

Deno.test("Backbone publishes the newer one again where an older one was put over it", async () => {
  const names = ["Ann", "Bob", "Cem", "Dia"];
  using herd = await startWorld(names, { timings: { courtesyMs: 50 } });
  const { world, broker, servers } = herd;
  for (const [index, server] of servers.entries()) server.take(at(30 - index));
  await world.run(SOON_MS);
  assertEquals(inStream(broker), [at(30)]);
  for (const server of servers) assertEquals(server.bodies().get("kiwi"), at(30));
  const repaired = servers.reduce((sum, it) => sum + it.backbone.status.repaired, 0);
  assert(repaired > 0, "chance had the newest one published last");
  assert(broker.end < 4 + repaired, "each server published it again");
});

Deno.test("Backbone publishes again what a server that is no more put something older over", async () => {
  for (const end of [undefined, "stop", "crash"] as const) {
    using herd = await startWorld(["Ann"]);
    const { world, broker, ann } = herd;
    ann.take(at(30));
    await world.run(2_000);
    const older = () => broker.put(subjectOf(encode("kiwi")), encode(at(20, "kiwi", "Bob")));
    if (end === undefined) older();
    else {
      if (end === "crash") ann.crash();
      else {
        const stopped = ann.stop();
        await world.run(SOON_MS);
        await stopped;
      }
      older();
      await ann.start();
    }
    await world.run(SOON_MS);
    assertEquals(inStream(broker), [at(30)], end);
    assertEquals(ann.backbone.status.repaired, 1);
    assertEquals(ann.backbone.status.published, end === undefined ? 2 : 1);
  }
});

Deno.test("Backbone publishes nothing again when its own older messages come back", async () => {
  using herd = await startWorld(["Ann", "Bob"]);
  const { world, broker, ann, bob } = herd;
  // So late that the next version was acknowledged, and its courtesy is over.
  broker.readDelayMs = 200;
  for (let i = 0; i < 300; i++) {
    ann.take(at(i));
    await world.run(3);
  }
  await world.run(2 * SOON_MS);
  const { published, repaired, repeated } = ann.backbone.status;
  assertEquals({ published, repaired, repeated }, {
    published: broker.end,
    repaired: 0,
    repeated: 0,
  });
  assertEquals(bob.backbone.status.repaired, 0);
  assert(published > 20);
});

Deno.test("Backbone has a bounded number of messages in flight, and one of a client", async () => {
  using herd = await startWorld(["Ann"], { timings: { maxInFlight: 3 } });
  const { world, broker, ann } = herd;
  // So late that acknowledgements come first.
  broker.readDelayMs = 100;
  const underWay: string[] = [];
  let most = 0;
  const publish = MemoryConnection.prototype.publish;
  using _spy = {
    [Symbol.dispose]: () => void (MemoryConnection.prototype.publish = publish),
  };
  MemoryConnection.prototype.publish = function (subject, body, done) {
    assert(!underWay.includes(subject));
    most = Math.max(most, underWay.push(subject));
    publish.call(this, subject, body, (answer) => {
      underWay.splice(underWay.indexOf(subject), 1);
      done(answer);
    });
  };
  for (let i = 0; i < 100; i++) ann.take(at(i, `c${i % 20}`));
  for (let i = 0; i < 200; i++) {
    ann.take(at(1000 + i, "hot"));
    await world.run(1);
  }
  await world.run(SOON_MS);
  assertEquals(most, 3);
  assertEquals(broker.messages.size, 21);
  assertEquals(ann.bodies().get("hot"), at(1199, "hot"));
  assertEquals(latin1(broker.messages.get(subjectOf(encode("hot")))!.body), at(1199, "hot"));
  assert(ann.backbone.status.published < 100, "what was superseded in the feed was published");
});

Deno.test("Backbone publishes the last version of a client that changed while it was published", async () => {
  using herd = await startWorld(["Ann"], { timings: { courtesyMs: 1 } });
  const { world, broker, ann } = herd;
  for (let last = 1; last < 40; last++) {
    for (let i = 0; i < last % 4 + 1; i++) {
      ann.take(at(last * 10 + i));
      await world.run(2);
    }
    const [own] = ann.bodies().values();
    await world.run(100);
    assertEquals(inStream(broker), [own]);
  }
});

Deno.test("Backbone publishes what took a position that a former run had published", async () => {
  using herd = await startWorld([]);
  const { world, broker } = herd;
  const ann = new BackboneServer(world, broker, "Ann");
  // As after the loss of records that were dropped at the feed's end, with the positions held.
  ann.medium.held = new Map([
    ["nats:in", { feedId: broker.id, position: 0 }],
    ["nats:out", { feedId: broker.id, position: 9 }],
  ]);
  await ann.start();
  ann.take(at(10));
  ann.take(at(10, "grape"), neighbourBit(0));
  await world.run(SOON_MS);
  assertEquals(inStream(broker), [at(10), at(10, "grape")]);
  ann.crash();
});

Deno.test("Backbone takes nothing from a connection that it has given up", async () => {
  using herd = await startWorld(["Ann"]);
  const { world, ann } = herd;
  const close = MemoryConnection.prototype.close;
  using _spy = { [Symbol.dispose]: () => void (MemoryConnection.prototype.close = close) };
  MemoryConnection.prototype.close = () => Promise.resolve();
  const stopped = ann.stop();
  await world.run(SOON_MS);
  await stopped;
  const { position } = ann.backbone.status;
  herd.broker.put(subjectOf(encode("kiwi")), encode(at(10)));
  await world.run(SOON_MS);
  assertEquals(ann.backbone.status.position, position);
  assertEquals(ann.store.records, 0);
});

Deno.test("Backbone passes over what is none of the herd's, and publishes over it", async () => {
  const log = recordingLog();
  using herd = await startWorld(["Ann"], { log });
  const { world, broker, ann } = herd;
  for (let i = 0; i < 3; i++) broker.put(subjectOf(encode("spoiled")), encode(`IAMAT ${i}`));
  await world.run(SOON_MS);
  ann.take(at(20, "spoiled"));
  await world.run(SOON_MS);
  assertEquals(inStream(broker), [at(20, "spoiled")]);
  assertEquals(ann.backbone.status.position, broker.end);
  assert(ann.backbone.status.malformed > 0);
  assertEquals(log.entries.filter((it) => it.event === "backbone.malformed").length, 1);
});

Deno.test("Backbone fills a stream that is another one, or lost its end", async () => {
  for (
    const lose of [
      (broker: MemoryBroker) => broker.remake(),
      (broker: MemoryBroker) => broker.loseAfter(5),
    ]
  ) {
    const log = recordingLog();
    using herd = await startWorld(["Ann", "Bob"], { log });
    const { world, broker, ann } = herd;
    for (let i = 0; i < 10; i++) ann.take(at(i, `c${i}`));
    await world.run(SOON_MS);
    lose(broker);
    assert(broker.messages.size <= 5);
    await world.run(5_000);
    assertEquals(inStream(broker).sort(), Array.from({ length: 10 }, (_, i) => at(i, `c${i}`)));
    assert(log.entries.some((it) => it.event === "backbone.anew"));
  }
});

Deno.test("Backbone neither publishes nor takes what is expired", async () => {
  using herd = await startWorld(["Ann", "Bob"]);
  const { world, broker, ann, bob } = herd;
  broker.stop();
  await world.run(SOON_MS);
  ann.take(at(10, "old"));
  ann.take(at(20, "new"));
  ann.store.horizon = 15;
  broker.start();
  await world.run(3_000);
  assertEquals(inStream(broker), [at(20, "new")]);
  bob.store.horizon = 25;
  ann.take(at(21, "newer"));
  await world.run(SOON_MS);
  assertEquals([...bob.bodies().keys()], ["new"]);
  assertEquals(bob.backbone.status.position, broker.end);
});

Deno.test("Backbone says why it is away, goes on meanwhile, and catches up", async () => {
  const log = recordingLog();
  using herd = await startWorld(["Ann", "Bob"], { log });
  const { world, broker, ann, bob } = herd;
  assertEquals(ann.backbone.status.server, "memory");
  assertEquals(ann.backbone.status.trouble, undefined);
  broker.stop();
  for (let i = 0; i < 50; i++) ann.take(at(i, "kiwi"));
  await world.run(3_000);
  const { server, trouble, isLevel, unpublished } = ann.backbone.status;
  assertEquals({ server, trouble, isLevel }, {
    server: undefined,
    trouble: "connection refused",
    isLevel: false,
  });
  assertEquals(unpublished, 50);
  assert(log.entries.some(({ event, level }) => event === "backbone.lost" && level === "warn"));
  assert(log.entries.some(({ event }) => event === "backbone.unreachable"));
  broker.start();
  await world.run(3_000);
  assertEquals(bob.bodies().get("kiwi"), at(49));
  assertEquals(ann.backbone.status.published, 1);
  assertEquals(ann.backbone.status.trouble, undefined);
  assertEquals(ann.backbone.status.connects, 2);
  // The waits, which had grown to seconds, begin anew when the connection has lasted.
  for (let i = 0; i < 5; i++) {
    await world.run(BACKBONE_TIMINGS.steadyMs);
    ann.disconnect();
    await world.run(SOON_MS);
    const lost = log.entries.filter((it) => it.event === "backbone.lost").at(-1)!;
    assert(Number(lost.fields.nextTryMs) <= 50);
  }
});

Deno.test("Backbone gives a connection up on which nothing is acknowledged", async () => {
  const log = recordingLog();
  using herd = await startWorld(["Ann"], { log, timings: { acknowledgeMs: 1_000 } });
  const { world, broker, ann } = herd;
  const publish = MemoryConnection.prototype.publish;
  MemoryConnection.prototype.publish = () => {};
  ann.take(at(10));
  await world.run(900);
  MemoryConnection.prototype.publish = publish;
  assertEquals(ann.backbone.status.connects, 1);
  await world.run(SOON_MS);
  assertEquals(inStream(broker), [at(10)]);
  assertEquals(ann.backbone.status.connects, 2);
  const { fields } = await log.next("backbone.lost");
  assertEquals(fields.reason, "what was published was not acknowledged within 1000 ms");
});

Deno.test("Backbone.stop() lets what is in flight land, and waits no longer than it may", async () => {
  using herd = await startWorld(["Ann", "Bob"], { timings: { maxInFlight: 2, drainMs: 200 } });
  const { world, broker, ann, bob } = herd;
  for (let i = 0; i < 8; i++) ann.take(at(i, `c${i}`));
  const stopped = ann.stop();
  await world.run(199);
  await stopped;
  assertEquals(broker.messages.size, 8);
  const publish = MemoryConnection.prototype.publish;
  MemoryConnection.prototype.publish = () => {};
  bob.take(at(10, "lost", "Bob"));
  await world.run(10);
  const late = bob.stop();
  await world.run(201);
  await late;
  MemoryConnection.prototype.publish = publish;
});

Deno.test("Backbone sees that its clock and that of the stream are apart", async () => {
  const log = recordingLog();
  using herd = await startWorld(["Ann"], { log });
  const { world, ann, broker } = herd;
  broker.aheadSeconds = 2;
  for (let i = 0; i < 12; i++) {
    ann.take(at(i));
    await world.run(1_000);
  }
  const { clockOffsetSeconds } = ann.backbone.status;
  assert(Math.abs(clockOffsetSeconds - 2) < 0.1, `${clockOffsetSeconds}`);
  assertEquals(log.entries.filter((it) => it.event === "backbone.clock").length, 1);
});
