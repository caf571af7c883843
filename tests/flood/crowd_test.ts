import { assertEquals } from "@std/assert";
import { crowdedOut, Handshakes } from "../../src/flood/crowd.ts";
import { ManualClock } from "../support/fakes/manual_clock.ts";

Deno.test("crowdedOut() is the oldest of the network that has the most", () => {
  const table: [networks: string, member: number | undefined][] = [
    ["", undefined],
    ["a", 0],
    ["ab", 0],
    ["abb", 1],
    ["abcbcb", 1],
    ["aabb", 0],
    ["bbaaab", 0],
    ["bbaaaa", 2],
  ];
  for (const [networks, member] of table) {
    assertEquals(crowdedOut(new Map([...networks].map((it, i) => [i, it]))), member, networks);
  }
});

Deno.test("Handshakes end what takes too long, and the oldest of a crowd when there are too many", async () => {
  const clock = new ManualClock();
  const timings = { handshakeMs: 100, maxHandshakes: 2 };
  const handshakes = new Handshakes({ clock, timings }, "the handshake");
  const ended: string[] = [];
  /** A handshake that is over when it is ended. */
  const begin = (name: string, network: string) => {
    const end = (reason: string) => {
      ended.push(`${name}: ${reason}`);
      queueMicrotask(() => underWay[Symbol.dispose]());
    };
    const underWay = handshakes.begin({ end }, network);
    return underWay;
  };
  // Older than the crowd, and of another network: it is not the one that makes room.
  const neighbour = begin("b", "neighbour");
  begin("a", "strangers");
  await clock.pass(50);
  begin("c", "strangers");
  assertEquals(ended, ["a: too many handshakes under way"]);
  neighbour[Symbol.dispose]();
  await clock.pass(99);
  begin("d", "strangers");
  await clock.pass(1);
  assertEquals(ended.slice(1), ["c: the handshake took too long"]);
  handshakes.end("stopping");
  await clock.pass(0);
  assertEquals(ended.slice(2), ["d: stopping"]);
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("Handshakes end one for each that is too many, also of those that come at once", () => {
  const timings = { handshakeMs: 100, maxHandshakes: 2 };
  const handshakes = new Handshakes({ clock: new ManualClock(), timings }, "the handshake");
  const ended: string[] = [];
  // Those that are ended are over somewhat later.
  for (const name of ["a", "b", "c", "d"]) handshakes.begin({ end: () => ended.push(name) }, "x");
  assertEquals(ended, ["a", "b"]);
});
