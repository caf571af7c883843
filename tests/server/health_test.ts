import { assertEquals, equal } from "@std/assert";
import { type Health, healthOf, type HealthSource, JOIN_SECONDS } from "../../src/server/health.ts";
import { type HerdNode, startNode } from "../../src/server/node.ts";
import { SystemClock } from "../../src/server/system.ts";
import { MemoryBroker } from "../backbone/memory_broker.ts";
import { World } from "../simulation/world/world.ts";
import { until, within } from "../support/waiting.ts";
import { loneOptions, startHerd, TestHerd } from "../support/herds/herd.ts";
import { testWith } from "../support/test.ts";

const test = testWith("sockets");

const JOINING = `It has just started, and looks for the herd for up to ${JOIN_SECONDS} s`;

const neighbour = {
  isFollowing: false,
  hasCaughtUp: false,
  backlogToRead: 0,
  clockOffsetSeconds: 0,
  retention: undefined,
  twins: { areSeen: false, isOwn: false },
};

const backbone = {
  server: "nats-1",
  trouble: undefined,
  isLevel: true,
  faults: [],
  passedOver: 0,
  position: 0,
  unpublished: 0,
  connects: 1,
  received: 0,
  duplicates: 0,
  malformed: 0,
  strangers: 0,
  published: 0,
  repeated: 0,
  refused: 0,
  repaired: 0,
  withheld: 0,
  clockOffsetSeconds: 0,
};

/** A server with two neighbours that started a while ago, with what differs. */
function server(
  { hasCaughtUp = false, ...differs }: Partial<HealthSource> & { hasCaughtUp?: boolean },
) {
  const source: HealthSource = {
    upSeconds: 3_600,
    clock: { verdict: "agreed", offsetSeconds: 0 },
    isStopping: false,
    retainSeconds: undefined,
    records: { disk: undefined },
    backbone: undefined,
    certificate: undefined,
    neighbours: new Map([
      ["Bob", { ...neighbour, name: "Bob", hasCaughtUp }],
      ["Eve", { ...neighbour, name: "Eve" }],
    ]),
    ...differs,
  };
  return healthOf(source);
}

Deno.test("healthOf() is ready and degraded when all neighbours are gone", () => {
  const degraded = ["It does not follow 'Bob'", "It does not follow 'Eve'"];
  assertEquals(server({ hasCaughtUp: true }), { unready: [], degraded });
  // One that had lost them before it was asked is ready at once.
  assertEquals(server({ hasCaughtUp: true, upSeconds: 1 }), { unready: [], degraded });
});

Deno.test("healthOf() tells of a certificate that expires within 30 days, and of one that has", () => {
  const faults = (daysLeft: number) =>
    server({ hasCaughtUp: true, certificate: { expires: new Date(), daysLeft } }).degraded
      .filter((it) => it.includes("certificate"));
  assertEquals(faults(30), []);
  assertEquals(faults(29), ["Its certificate expires in 29 days; then no link can be made"]);
  assertEquals(faults(-1), ["Its certificate has expired: no link can be made"]);
});

Deno.test("healthOf() tells of a clock that is over 2.5 s from a neighbour's or the backbone's, either way", () => {
  const faults = (clockOffsetSeconds: number) => {
    const bob = { ...neighbour, name: "Bob", isFollowing: true, hasCaughtUp: true };
    const neighbours = new Map([["Bob", bob]]);
    return [
      server({ neighbours: new Map([["Bob", { ...bob, clockOffsetSeconds }]]) }),
      server({ neighbours, backbone: { ...backbone, clockOffsetSeconds } }),
    ].map((it) => it.degraded);
  };
  const told = (seconds: string) => [
    [`Its clock and that of 'Bob' are ${seconds} s apart`],
    [`Its clock and that of the backbone are ${seconds} s apart`],
  ];
  for (const seconds of [0, 2.5, -2.5]) assertEquals(faults(seconds), [[], []]);
  assertEquals(faults(2.6), told("2.6"));
  assertEquals(faults(-2.6), told("-2.6"));
});

Deno.test("healthOf() tells of two processes of one name, and is not ready as the one too many", () => {
  const withTwins = (twins: { areSeen: boolean; isOwn: boolean }) => {
    const bob = { ...neighbour, name: "Bob", isFollowing: true, hasCaughtUp: true, twins };
    return server({ neighbours: new Map([["Bob", bob]]) });
  };
  const theirs = ["Two processes are called 'Bob': stop one of them"];
  assertEquals(withTwins({ areSeen: true, isOwn: false }), { unready: [], degraded: theirs });
  assertEquals(withTwins({ areSeen: false, isOwn: true }), {
    unready: [
      "Another process has its name, and is linked with 'Bob': stop one of them. What clients tell this " +
      "one, the others hear when it is the only one",
    ],
    degraded: [],
  });
});

Deno.test("healthOf() lets the first server of a herd be ready, when it had time to look", () => {
  assertEquals(server({ upSeconds: JOIN_SECONDS - 0.001 }).unready, [JOINING]);
  assertEquals(server({ upSeconds: JOIN_SECONDS }).unready, []);
  assertEquals(server({ upSeconds: JOIN_SECONDS, isStopping: true }).unready, ["It is stopping"]);
});

Deno.test("healthOf() is not ready while the first backlog since the start is read, however long", () => {
  const reading = (one: number, other: number, hasCaughtUp = false) => {
    const bob = { ...neighbour, name: "Bob", isFollowing: true, backlogToRead: one, hasCaughtUp };
    const eve = { ...neighbour, name: "Eve", isFollowing: true, backlogToRead: other };
    return server({ neighbours: new Map([["Bob", bob], ["Eve", eve]]) });
  };
  assertEquals(reading(900, 30).unready, ["It reads what the herd has: 30 changes are left"]);
  // Once it has all that one of them has, what another one sends makes it no less ready.
  assertEquals(reading(0, 30, true), { unready: [], degraded: [] });
  assertEquals(reading(900, 30, true), { unready: [], degraded: [] });
});

test("healthOf() is ready without neighbours, until the server stops", async () => {
  const node = startNode(loneOptions());
  assertEquals(healthOf(node.status), { unready: [], degraded: [] });
  const stopped = node.stop();
  assertEquals(healthOf(node.status).unready, ["It is stopping"]);
  await within(stopped, "the server to stop");
});

test("healthOf() is ready once a neighbour is followed, and says which one is not", async () => {
  await using herd = await startHerd({ links: [["Ann", "Bob"], ["Ann", "Eve"]] });
  const ann = herd.node("Ann");
  await until(() => equal(healthOf(ann.status), { unready: [], degraded: [] }));
  await herd.stop("Eve");
  await until(() => healthOf(ann.status).degraded[0] === "It does not follow 'Eve'");
  assertEquals(healthOf(ann.status).unready, []);
  await herd.stop("Bob");
  await until(() => healthOf(ann.status).degraded.length === 2);
  assertEquals(healthOf(ann.status).unready, []);
});

test("healthOf() says whose clock is too far from its own", async () => {
  class FastClock extends SystemClock {
    override now(into: Parameters<SystemClock["now"]>[0]): void {
      super.now(into);
      into.set(into.seconds + 3, into.nanos);
    }
  }
  await using herd = new TestHerd({ links: [["Ann", "Bob"]] });
  const ann = await herd.start("Ann");
  await herd.start("Bob", { clock: new FastClock() });
  await until(() =>
    healthOf(ann.status).degraded.length > 0 && healthOf(ann.status).unready.length === 0
  );
  assertEquals(healthOf(ann.status).degraded, ["Its clock and that of 'Bob' are 3.0 s apart"]);
});

test("healthOf() tells of a server that is not level with the backbone", async () => {
  const world = new World(1);
  const broker = new MemoryBroker(world);
  const backbone = { connect: (signal: AbortSignal) => broker.connect(signal) };
  // Virtual time passes while real time does: the server may need more turns than one.
  const untilHealth = (node: HerdNode, { degraded }: Pick<Health, "degraded">) =>
    until(async () => {
      await world.run(10);
      return equal(healthOf(node.status).degraded, degraded);
    });
  await using node = startNode(loneOptions({ backbone }));
  const away = "It is not connected to the backbone; the log says why";
  assertEquals(healthOf(node.status), { unready: [JOINING], degraded: [away] });
  await untilHealth(node, { degraded: [] });
  broker.stop();
  await untilHealth(node, { degraded: [away] });
  // With a neighbour it hears of the rest of the herd.
  await using herd = new TestHerd({ links: [["Ann", "Bob"]] });
  await herd.start("Bob");
  const ann = await herd.start("Ann", { backbone });
  await untilHealth(ann, { degraded: [away] });
  await until(() => healthOf(ann.status).unready.length === 0);
});

test("healthOf() says which neighbour keeps clients for another time", async () => {
  await using herd = new TestHerd({ links: [["Ann", "Bob"], ["Ann", "Eve"]] });
  const ann = await herd.start("Ann", { retainSeconds: 3_600 });
  await herd.start("Bob", { retainSeconds: 60 });
  await herd.start("Eve");
  const keeps = () => healthOf(ann.status).degraded.filter((it) => it.includes("--retain"));
  await until(() => keeps().length === 2);
  assertEquals(keeps(), [
    "It keeps clients for 3600 s, and 'Bob' for 60 s: give both the same --retain",
    "It keeps clients for 3600 s, and 'Eve' for ever: give both the same --retain",
  ]);
  await herd.restart("Bob", { retainSeconds: 3_600 });
  await herd.restart("Eve", { retainSeconds: 3_600 });
  await until(() => keeps().length === 0);
});
