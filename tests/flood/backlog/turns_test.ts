import { assertEquals } from "@std/assert";
import { BacklogTurns } from "../../../src/flood/backlog/turns.ts";
import { World } from "../../simulation/world/world.ts";

const STALL_MS = 100;

function setUp() {
  const world = new World(1);
  const turns = new BacklogTurns(world.clock(0, () => true), STALL_MS);
  const begun: string[] = [];
  return { world, begun, ask: (name: string) => turns.ask(() => begun.push(name)) };
}

Deno.test("BacklogTurns lets one begin at a time, in the order of asking", () => {
  const { begun, ask } = setUp();
  const a = ask("a");
  const b = ask("b");
  const c = ask("c");
  ask("d");
  assertEquals(begun, ["a"]);
  // One that has not begun gives up.
  b[Symbol.dispose]();
  assertEquals(begun, ["a"]);
  a[Symbol.dispose]();
  assertEquals(begun, ["a", "c"]);
  // Twice is once.
  a[Symbol.dispose]();
  assertEquals(begun, ["a", "c"]);
  c[Symbol.dispose]();
  assertEquals(begun, ["a", "c", "d"]);
});

Deno.test("BacklogTurns lets the next begin when one makes no progress, and no sooner", async () => {
  const { world, begun, ask } = setUp();
  const a = ask("a");
  ask("b");
  await world.run(STALL_MS - 1);
  a.progress();
  await world.run(STALL_MS - 1);
  assertEquals(begun, ["a"]);
  await world.run(2);
  assertEquals(begun, ["a", "b"]);
  // The one that stalled holds nobody up, nor ends another's turn.
  ask("c");
  a.progress();
  a[Symbol.dispose]();
  assertEquals(begun, ["a", "b"]);
  await world.run(STALL_MS);
  assertEquals(begun, ["a", "b", "c"]);
});

Deno.test("BacklogTurns lets one begin at once where nobody is before it, after a stall too", async () => {
  const { world, begun, ask } = setUp();
  ask("a");
  await world.run(STALL_MS + 1);
  ask("b");
  assertEquals(begun, ["a", "b"]);
});
