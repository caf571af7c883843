// Connections that do nothing but take their time, and the machines at their ends. Every byte
// arrives, a fixed delay after it was written. Wires that break are in ../simulation/wires.ts.

import type { Connection } from "../../src/base/connection.ts";
import type { World } from "../simulation/world/world.ts";

/**
 * From when something arrives at a server until the server looks: it then takes in all that is there,
 * as a process does that the system wakes.
 */
export const TURN_MS = 1;

/** What a server runs on. */
export class Machine {
  readonly #world: World;
  #arrived: (() => void)[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  /** Something arrives: `take` gives it to the server at its next turn. */
  arrive(take: () => void): void {
    if (this.#arrived.push(take) > 1) return;
    this.#world.after(TURN_MS, () => {
      const arrived = this.#arrived;
      this.#arrived = [];
      for (const take of arrived) take();
    });
  }
}

/** The two ends of a connection over which bytes take `delayMs`. */
export function connect(
  world: World,
  delayMs: number,
  [one, other]: readonly [Machine, Machine],
): readonly [End, End] {
  const ends = [new End(world, delayMs, one), new End(world, delayMs, other)] as const;
  ends[0].peer = ends[1];
  ends[1].peer = ends[0];
  return ends;
}

/** One end. */
export class End implements Connection {
  peer!: End;
  readonly #world: World;
  readonly #delayMs: number;
  readonly #machine: Machine;
  readonly #arrived: Uint8Array[] = [];
  /** No more arrives, for the other end or this one closed. */
  #isOver = false;
  #wake: () => void = () => {};

  constructor(world: World, delayMs: number, machine: Machine) {
    this.#world = world;
    this.#delayMs = delayMs;
    this.#machine = machine;
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    while (this.#arrived.length === 0) {
      if (this.#isOver) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const chunk = this.#arrived[0]!;
    const count = Math.min(chunk.length, buffer.length);
    buffer.set(chunk.subarray(0, count));
    if (count === chunk.length) this.#arrived.shift();
    else this.#arrived[0] = chunk.subarray(count);
    return count;
  }

  write(bytes: Uint8Array): Promise<number> {
    const chunk = bytes.slice();
    this.#send((peer) => {
      if (!peer.#isOver) peer.#arrived.push(chunk);
    });
    return Promise.resolve(bytes.length);
  }

  close(): void {
    this.#end();
    this.#send((peer) => peer.#end());
  }

  #send(take: (peer: End) => void): void {
    const { peer } = this;
    this.#world.after(this.#delayMs, () =>
      peer.#machine.arrive(() => {
        take(peer);
        peer.#wake();
      }));
  }

  #end(): void {
    this.#isOver = true;
    this.#wake();
  }
}
