import { assertEquals } from "@std/assert";
import { healthOf } from "../../src/server/health.ts";
import { startNode } from "../../src/server/node.ts";
import { SystemClock } from "../../src/server/system.ts";
import { freePort, loneOptions, startHerd, until } from "../support/herd.ts";
import { granted, loopback } from "../support/permissions.ts";

const ignore = !granted(loopback);

Deno.test({
  name: "healthOf() is ready without neighbours, until the server stops",
  ignore,
  async fn() {
    const node = startNode(loneOptions());
    assertEquals(healthOf(node), { unready: [], degraded: [] });
    const stopped = node.stop();
    assertEquals(healthOf(node).unready, ["It is stopping"]);
    await stopped;
  },
});

Deno.test({
  name: "healthOf() is ready once a neighbour is followed, and says which one is not",
  ignore,
  async fn() {
    await using herd = startHerd([["Ann", "Bob"], ["Ann", "Eve"]]);
    const ann = herd.node("Ann");
    await until(() => healthOf(ann).degraded.length === 0);
    assertEquals(healthOf(ann).unready, []);
    await herd.stop("Eve");
    await until(() => healthOf(ann).degraded[0] === "It does not follow 'Eve'");
    assertEquals(healthOf(ann).unready, []);
    await herd.stop("Bob");
    await until(() => healthOf(ann).unready[0] === "It follows none of its neighbours");
  },
});

Deno.test({
  name: "healthOf() says whose clock is too far from its own",
  ignore,
  async fn() {
    class FastClock extends SystemClock {
      override now(into: Parameters<SystemClock["now"]>[0]): void {
        super.now(into);
        into.set(into.seconds + 3, into.nanos);
      }
    }
    const port = freePort();
    const address = { hostname: "127.0.0.1", port };
    await using bob = startNode(loneOptions({
      name: "Bob",
      clock: new FastClock(),
      neighbours: new Map([["Ann", { hostname: "127.0.0.1", port: freePort() }]]),
      address,
    }));
    await using ann = startNode(
      loneOptions({ name: "Ann", neighbours: new Map([["Bob", address]]) }),
    );
    await until(() => healthOf(ann).degraded.length > 0 && healthOf(ann).unready.length === 0);
    assertEquals(healthOf(ann).degraded, ["Its clock and that of 'Bob' are 3.0 s apart"]);
    assertEquals(bob.isStopping, false);
  },
});
