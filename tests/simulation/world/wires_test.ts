// Wires lose nothing in the middle: whatever happens to one, what arrives is the beginning of what
// was sent, in order.

import { assertEquals, assertRejects } from "@std/assert";
import { writeAll } from "../../../src/base/connection.ts";
import { type End, Wire } from "./wires.ts";
import { World } from "./world.ts";

/** The bytes 0, 1, 2, ... */
const COUNTED = Uint8Array.from({ length: 256 }, (_, i) => i);

/** Reads until the stream ends or breaks; the bytes, and what came last. */
async function readAll(end: End, bufferBytes = 50): Promise<{ bytes: number[]; error?: unknown }> {
  const bytes: number[] = [];
  const buffer = new Uint8Array(bufferBytes);
  try {
    for (;;) {
      const count = await end.read(buffer);
      if (count === null) return { bytes };
      bytes.push(...buffer.subarray(0, count));
    }
  } catch (error) {
    return { bytes, error };
  }
}

/** Sends the counted bytes in pieces of random length, and then closes. */
async function sendCounted(world: World, end: End): Promise<void> {
  for (let at = 0; at < COUNTED.length;) {
    const piece = COUNTED.subarray(at, at + 1 + world.below(40));
    await writeAll(end, piece);
    at += piece.length;
    await world.pass(world.random() * 3);
  }
  end.close();
}

Deno.test("Wire delivers a beginning of what was sent, whatever happens to it", async () => {
  for (let seed = 1; seed <= 200; seed++) {
    const world = new World(seed);
    const path = { blockedUntilMs: world.pick([0, 30]) };
    const windowBytes = world.pick([10, 60, 1000]);
    const wire = new Wire(world, 10, { path, windowBytes });
    const read = readAll(wire.ends[1]);
    sendCounted(world, wire.ends[0]).catch(() => {});
    const happens = world.pick([() => {}, () => wire.cut(), () => wire.fallSilent()]);
    world.after(world.random() * 40, happens);
    await world.run(500);
    // A silent wire tells nobody: this ends the reader's wait.
    wire.cut();
    const { bytes } = await read;
    assertEquals(bytes, [...COUNTED.subarray(0, bytes.length)], `Seed ${seed}`);
  }
});

Deno.test("Wire delivers everything where nothing happens to it", async () => {
  for (let seed = 1; seed <= 50; seed++) {
    const world = new World(seed);
    const wire = new Wire(world, 10, { windowBytes: 20 });
    const read = readAll(wire.ends[1]);
    const sent = writeAll(wire.ends[0], COUNTED);
    await world.run(5_000);
    await sent;
    wire.ends[1].break();
    assertEquals((await read).bytes, [...COUNTED]);
  }
});

Deno.test("Wires overtake each other", async () => {
  const world = new World(1);
  const order: number[] = [];
  for (let i = 0; i < 20; i++) {
    const { ends: [one, other] } = new Wire(world, 10);
    other.read(new Uint8Array(1)).then(() => order.push(i));
    await one.write(COUNTED.subarray(0, 1));
  }
  await world.run(1_000);
  assertEquals(order.length, 20);
  assertEquals(order.every((it, at) => it === at), false);
});

Deno.test("End.write() waits while the window is full", async () => {
  const world = new World(1);
  const { ends: [one, other] } = new Wire(world, 1, { windowBytes: 16 });
  let isWritten = false;
  const written = writeAll(one, COUNTED.subarray(0, 17)).then(() => isWritten = true);
  await world.run(100);
  assertEquals(isWritten, false);
  await other.read(new Uint8Array(1));
  await written;
});

Deno.test("Wire stands still while its way is blocked, and then delivers", async () => {
  const world = new World(1);
  const path = { blockedUntilMs: 100 };
  const { ends: [one, other] } = new Wire(world, 1, { path });
  await one.write(COUNTED.subarray(0, 3));
  let atMs = 0;
  const read = other.read(new Uint8Array(3)).then(() => atMs = world.nowMs);
  await world.run(200);
  await read;
  assertEquals(atMs >= 100, true);
});

Deno.test("Wire.cut() ends both ends with an error", async () => {
  const world = new World(1);
  const wire = new Wire(world, 1);
  const [one, other] = wire.ends;
  const reads = [one, other].map((it) => assertRejects(() => it.read(new Uint8Array(1))));
  wire.cut();
  await world.run(1);
  await Promise.all(reads);
  await assertRejects(() => one.write(COUNTED));
});

Deno.test("End.close() ends the other side's stream, and what comes after is refused", async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const world = new World(seed);
    const { ends: [one, other] } = new Wire(world, 1);
    one.close();
    const read = readAll(other);
    await world.run(10);
    assertEquals((await read).bytes, []);
    await other.write(COUNTED).catch(() => {});
    await world.run(10);
    await assertRejects(() => other.write(COUNTED));
  }
});

Deno.test("A machine without power neither takes nor refuses what arrives", async () => {
  const world = new World(1);
  const host = { isOn: true, enter: (run: () => void) => run() };
  const { ends: [one, other] } = new Wire(world, 1, { hosts: [host, { ...host, isOn: false }] });
  await one.write(COUNTED);
  other.abandon();
  let isRead = false;
  one.read(new Uint8Array(1)).finally(() => isRead = true).catch(() => {});
  await world.run(1_000);
  assertEquals(isRead, false);
});
