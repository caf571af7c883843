import { assertEquals, equal } from "@std/assert";
import { type Health, healthOf } from "../../src/server/health.ts";
import { type HerdNode, startNode } from "../../src/server/node.ts";
import { SystemClock } from "../../src/server/system.ts";
import { MemoryBroker } from "../backbone/memory_broker.ts";
import { World } from "../simulation/world/world.ts";
import { until, within } from "../support/waiting.ts";
import { loneOptions, startHerd, TestHerd } from "../support/herds/herd.ts";
import { testWith } from "../support/test.ts";

const test = testWith("sockets");

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
  await until(() => healthOf(ann.status).degraded.length === 0);
  assertEquals(healthOf(ann.status).unready, []);
  await herd.stop("Eve");
  await until(() => healthOf(ann.status).degraded[0] === "It does not follow 'Eve'");
  assertEquals(healthOf(ann.status).unready, []);
  await herd.stop("Bob");
  await until(() => healthOf(ann.status).unready[0] === "It follows none of its neighbours");
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

test("healthOf() says whether the server is level with the backbone, and unready when it is alone", async () => {
  const world = new World(1);
  const broker = new MemoryBroker(world);
  const backbone = { connect: (signal: AbortSignal) => broker.connect(signal) };
  // Virtual time passes while real time does: the server may need more turns than one.
  const untilHealth = (node: HerdNode, expected: Health) =>
    until(async () => {
      await world.run(10);
      return equal(healthOf(node.status), expected);
    });
  await using node = startNode(loneOptions({ backbone }));
  const away = "It is not connected to the backbone; the log says why";
  const alone = { unready: ["It is not level with the backbone"], degraded: [away] };
  assertEquals(healthOf(node.status), alone);
  await untilHealth(node, { unready: [], degraded: [] });
  broker.stop();
  await untilHealth(node, alone);
  // With a neighbour it hears of the rest of the herd.
  await using herd = new TestHerd({ links: [["Ann", "Bob"]] });
  await herd.start("Bob");
  const ann = await herd.start("Ann", { backbone });
  await untilHealth(ann, { unready: [], degraded: [away] });
});
