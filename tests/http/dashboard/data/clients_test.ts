import { assertEquals } from "@std/assert";
import { Clients } from "../../../../src/http/dashboard/data/clients.ts";
import type { Positions } from "../../../../src/http/sockets/live_protocol.ts";

/** A frame that tells of clients by slot, each at a latitude; NaN for one that is gone. */
function frame(told: Record<number, number>, isLevel = true): Positions {
  const slots = Uint32Array.from(Object.keys(told), Number);
  const latitudes = Float32Array.from(Object.values(told));
  const longitudes = new Float32Array(slots.length);
  return {
    ...{ isLevel, count: slots.length, slots },
    ...{ latitudes, longitudes, servers: new Uint8Array(slots.length) },
  };
}

Deno.test("Clients knows who is there: nobody twice, nobody who is gone, also in new slots", () => {
  const clients = new Clients();
  const changed: number[] = [];
  const apply = (told: Record<number, number>, isLevel?: boolean) =>
    clients.apply(frame(told, isLevel), 7, (slot) => changed.push(slot));
  const here = () => [0, 3, 1_023, 1_024, 5_000].filter((it) => clients.has(it));
  apply({ 3: 10, 1_023: 20 }, false);
  assertEquals({ here: here(), count: clients.count, changed }, {
    here: [3, 1_023],
    count: 2,
    changed: [],
  });
  apply({ 3: 11 });
  // All that came until then was there before.
  assertEquals([clients.isLevel, clients.changes, clients.movedMs[3]], [true, 0, 0]);
  apply({ 3: NaN, 5_000: 30 });
  apply({ 3: NaN });
  assertEquals({ here: here(), count: clients.count, changed }, {
    here: [1_023, 5_000],
    count: 2,
    changed: [3, 5_000, 3],
  });
  assertEquals([clients.latitudes[1_023], clients.latitudes[5_000]], [20, 30]);
  clients.clear();
  assertEquals({ here: here(), count: clients.count, isLevel: clients.isLevel }, {
    here: [],
    count: 0,
    isLevel: false,
  });
});

Deno.test("Clients.trail() gives where one was and is, as far as the latest 65,536 moves of all", () => {
  const clients = new Clients();
  const apply = (told: Record<number, number>, nowMs: number) =>
    clients.apply(frame(told), nowMs, () => {});
  apply({ 1: 10, 2: 10 }, 0);
  apply({ 1: 20 }, 5);
  apply({ 1: 30 }, 6);
  assertEquals(clients.trail(1).map((it) => it.atMs), [0, 5, 6]);
  assertEquals(clients.trail(2).map((it) => it.atMs), [0]);
  apply({ 1: NaN }, 7);
  assertEquals(clients.trail(1).map((it) => it.atMs), [0, 5, 6]);
  // Moves of the other one push the oldest out, one for one.
  for (let i = 0; i < 65_536 - 2; i++) apply({ 2: i % 80 }, 8);
  assertEquals(clients.trail(1).map((it) => it.atMs), [5, 6]);
  apply({ 2: 1 }, 9);
  assertEquals(clients.trail(1).map((it) => it.atMs), [6]);
});
