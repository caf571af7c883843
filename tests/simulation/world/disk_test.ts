// What simulated disks keep, and what they may lose.

import { assertEquals, assertRejects } from "@std/assert";
import { type Disk, DiskError, type Transaction } from "../../../src/store/disk.ts";
import { encode } from "../../../src/base/bytes.ts";
import { SimulatedDisk } from "./disk.ts";
import type { Host } from "./wires.ts";
import { World } from "./world.ts";

const host: Host = { isOn: true, enter: (run) => run() };

/** A transaction that adds one record at a position. */
function adding(position: number): Transaction {
  return {
    removed: [],
    added: [{
      first: position,
      last: position,
      positions: new Float64Array([position]),
      bodies: encode(`S0 +0.000000000 client${position} +1+1 ${position}\n`),
    }],
  };
}

async function openDisk(seed: number, isSynchronous = false) {
  const world = new World(seed);
  const hardware = new SimulatedDisk(world, { maxCommitMs: 10, isSynchronous });
  const disk = await passing(world, hardware.open(host));
  return { world, hardware, disk };
}

/** Lets time pass until a promise has settled. */
async function passing<T>(world: World, promise: Promise<T>): Promise<T> {
  const settled = promise.catch(() => {});
  await world.run(100);
  await settled;
  return await promise;
}

async function commitSome(world: World, disk: Disk, count: number): Promise<void> {
  for (let i = 1; i <= count; i++) await passing(world, disk.commit(adding(i)));
}

const lasts = (hardware: SimulatedDisk) => hardware.content.segments.map((it) => it.last);

Deno.test("SimulatedDisk holds what was committed, for whoever opens it next", async () => {
  const { world, hardware, disk } = await openDisk(1);
  await commitSome(world, disk, 2);
  const held = new Map([["S1", { feedId: "f", position: 7 }]]);
  const mark = { feedId: "g", position: 2 };
  await passing(world, disk.commit({ removed: [1], added: [], held, mark }));
  const { saved } = await passing(world, hardware.open(host));
  assertEquals(saved.segments, [{ first: 2, last: 2, count: 1 }]);
  assertEquals({ held: saved.held, mark: saved.mark }, { held, mark });
  assertEquals([...hardware.records().keys()], ["client2"]);
});

Deno.test("SimulatedDisk has all or nothing of what was under way in a crash", async () => {
  const seen = new Set<number>();
  for (let seed = 1; seed <= 20; seed++) {
    const { world, hardware, disk } = await openDisk(seed);
    await commitSome(world, disk, 2);
    disk.commit(adding(3)).catch(() => {});
    hardware.crash();
    await world.run(100);
    seen.add(lasts(hardware).length);
    assertEquals(lasts(hardware), [1, 2, 3].slice(0, lasts(hardware).length));
  }
  assertEquals([...seen].sort(), [2, 3]);
});

Deno.test("SimulatedDisk keeps a beginning of its transactions when the power goes", async () => {
  const seen = new Set<number>();
  for (let seed = 1; seed <= 100; seed++) {
    const { world, hardware, disk } = await openDisk(seed);
    await commitSome(world, disk, 3);
    hardware.losePower();
    seen.add(lasts(hardware).length);
    assertEquals(lasts(hardware), [1, 2, 3].slice(0, lasts(hardware).length));
  }
  assertEquals([...seen].sort(), [0, 1, 2, 3]);
});

Deno.test("SimulatedDisk that is synchronous keeps every transaction that was done", async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { world, hardware, disk } = await openDisk(seed, true);
    await commitSome(world, disk, 3);
    hardware.losePower();
    assertEquals(lasts(hardware), [1, 2, 3]);
  }
});

Deno.test("SimulatedDisk in trouble takes nothing, and goes on after it", async () => {
  const { world, hardware, disk } = await openDisk(1);
  hardware.failsUntilMs = Infinity;
  await assertRejects(() => passing(world, disk.commit(adding(1))), DiskError);
  assertEquals(lasts(hardware), []);
  hardware.failsUntilMs = 0;
  await passing(world, disk.commit(adding(1)));
  assertEquals(lasts(hardware), [1]);
});

Deno.test("SimulatedDisk tells once that it was replaced, and takes everything anew", async () => {
  const { world, hardware, disk } = await openDisk(1);
  await commitSome(world, disk, 2);
  hardware.replace();
  const error = await assertRejects(() => passing(world, disk.commit(adding(3))), DiskError);
  assertEquals(error.isEmptied, true);
  assertEquals(lasts(hardware), []);
  await passing(world, disk.commit(adding(3)));
  assertEquals(lasts(hardware), [3]);
});

Deno.test("SimulatedDisk can be as it was at any time before", async () => {
  const seen = new Set<number>();
  for (let seed = 1; seed <= 50; seed++) {
    const { world, hardware, disk } = await openDisk(seed);
    await commitSome(world, disk, 3);
    hardware.restoreBackup();
    seen.add(lasts(hardware).length);
  }
  assertEquals([...seen].sort(), [0, 1, 2, 3]);
});

Deno.test("SimulatedDisk refuses what breaks the rules of a disk", async () => {
  for (
    const [transaction, why] of [
      [{ removed: [9], added: [] }, "not all of them are there"],
      [adding(2), "out of order"],
      [{ removed: [], added: [{ ...adding(5).added[0]!, last: 4 }] }, "out of order"],
    ] as const
  ) {
    const { world, disk } = await openDisk(1);
    await commitSome(world, disk, 2);
    disk.commit(transaction).catch(() => {});
    await assertRejects(() => world.run(100), Error, why);
  }
});
