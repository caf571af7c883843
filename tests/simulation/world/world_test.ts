// Virtual time passes in order, and chance is all in the seed.

import { assertEquals, assertNotEquals } from "@std/assert";
import { World } from "./world.ts";

Deno.test("World.run() lets events happen in the order of their times, then of their making", async () => {
  const world = new World(1);
  const order: string[] = [];
  const add = (ms: number, name: string) => world.after(ms, () => order.push(name));
  add(5, "c");
  add(1, "a");
  add(5, "d");
  add(3, "b");
  const cancel = add(2, "never");
  cancel();
  add(99, "later");
  await world.run(10);
  assertEquals(order, ["a", "b", "c", "d"]);
  assertEquals(world.nowMs, 10);
});

Deno.test("World.run() keeps the order of many events", async () => {
  const world = new World(1);
  const times: number[] = [];
  for (let i = 0; i < 1_000; i++) world.after(world.below(300), () => times.push(world.nowMs));
  await world.run(1_000);
  assertEquals(times, times.toSorted((a, b) => a - b));
  assertEquals(times.length, 1_000);
});

Deno.test("World.run() lets everything follow from an event before the next one", async () => {
  const world = new World(1);
  const order: string[] = [];
  world.after(1, async () => {
    for (let i = 0; i < 100; i++) await null;
    order.push("followed");
  });
  world.after(1, () => order.push("next"));
  await world.run(1);
  assertEquals(order, ["followed", "next"]);
});

Deno.test("World.run() stops where it is told to", async () => {
  const world = new World(1);
  for (let ms = 1; ms <= 9; ms++) world.after(ms, () => {});
  await world.run(9, () => world.nowMs === 4);
  assertEquals(world.nowMs, 4);
});

Deno.test("World.random() is the same for the same seed, spread evenly, and another for another", () => {
  const numbers = (seed: number) => {
    const world = new World(seed);
    return Array.from({ length: 10_000 }, () => world.below(10));
  };
  assertEquals(numbers(7), numbers(7));
  assertNotEquals(numbers(7), numbers(8));
  for (let digit = 0; digit < 10; digit++) {
    const count = numbers(7).filter((it) => it === digit).length;
    assertEquals(Math.abs(count - 1_000) < 150, true, `${digit}: ${count}`);
  }
});

Deno.test("World.run() lets what was begun before come first, wherever it is called from", async () => {
  const order: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(async () => {
    const world = new World(1);
    world.after(0, () => order.push("event"));
    (async () => {
      for (let i = 0; i < 100; i++) await null;
      order.push("begun before");
    })();
    await world.run(1);
    resolve();
  }, 0);
  await promise;
  assertEquals(order, ["begun before", "event"]);
});
