// Clients that live in towns and walk about, the same ones each time: for what a page shows.

import { encode } from "../../../../src/base/bytes.ts";
import type { Town } from "../../../../src/http/towns/towns_format.ts";
import { unpackTowns } from "../../../../src/http/towns/towns_format.ts";
import type { HerdNode } from "../../../../src/server/node.ts";

const TOWNS = new URL(
  "../../../../src/http/towns/data/towns.json",
  import.meta.url,
);
/** A town has people within so many degrees or so. */
const SPREAD_DEGREES = 0.12;
/** A step is so many degrees at most: some ten metres. */
const STEP_DEGREES = 0.000_1;

interface Walker {
  readonly client: Uint8Array<ArrayBuffer>;
  readonly node: HerdNode;
  latitude: number;
  longitude: number;
}

/** Clients of some servers. */
export class Walkers {
  readonly #walkers: Walker[];
  readonly #random: () => number;
  #next = 0;

  /** Puts `count` clients into towns, more into larger ones, each with one of the servers. */
  constructor(nodes: readonly HerdNode[], count: number) {
    const random = this.#random = randomFrom(1);
    const towns = unpackTowns(JSON.parse(Deno.readTextFileSync(TOWNS)));
    const weights: number[] = [];
    let total = 0;
    for (const { size } of towns) weights.push(total += 2 ** (size * 0.8));
    const pick = () => towns[weights.findIndex((it) => it >= total * share)]!;
    let share = 0;
    this.#walkers = Array.from({ length: count }, (_, i) => {
      share = random();
      const town = pick();
      return {
        client: encode(nameOf(town, i)),
        node: nodes[Math.floor(random() * nodes.length)]!,
        latitude: near(town.latitude, random, 85),
        longitude: near(town.longitude, random, 180),
      };
    });
  }

  /** Has all of them tell where they are. */
  async settle(): Promise<void> {
    for (const [i, walker] of this.#walkers.entries()) {
      tell(walker);
      if (i % 500 === 499) await pause(0);
    }
  }

  /** Has so many of them move a step. */
  move(count: number): void {
    for (let i = 0; i < count; i++) {
      const walker = this.#walkers[this.#next++ % this.#walkers.length]!;
      walker.latitude += (this.#random() - 0.3) * STEP_DEGREES;
      walker.longitude += (this.#random() - 0.4) * STEP_DEGREES;
      tell(walker);
    }
  }

  /** Has some of them move a second until the signal is aborted. */
  async keepMoving(aSecond: number, signal: AbortSignal): Promise<void> {
    const startMs = performance.now();
    let moved = 0;
    while (!signal.aborted) {
      const due = Math.floor((performance.now() - startMs) / 1000 * aSecond);
      this.move(due - moved);
      moved = due;
      await pause(20);
    }
  }
}

/** Waits. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function tell({ client, node, latitude, longitude }: Walker): void {
  node.clients.take({ client, location: { latitude, longitude }, time: undefined });
}

function nameOf({ name }: Town, i: number): string {
  return `${name.toLowerCase().replace(/[^a-z]+/g, "-")}-${String(i).padStart(4, "0")}`;
}

/** Near the middle of a town more often than far from it. */
function near(middle: number, random: () => number, most: number): number {
  const shift = SPREAD_DEGREES * (random() + random() + random() - 1.5);
  return Number(Math.min(most, Math.max(-most, middle + shift)).toFixed(6));
}

/** Mulberry32: numbers from 0 to 1 that are the same each time. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
