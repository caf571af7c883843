// The clients on the map, as columns by slot: a hundred thousand of them are a few arrays, and a frame
// of changes is a loop over numbers.

import { enlarged, lengthFor } from "../../../base/buffers.ts";
import type { Positions } from "../../sockets/live_protocol.ts";
import { project } from "../map/projection.ts";

const FIRST_CAPACITY = 1024;

/** Moves that are remembered over all clients, for the trail of one that is looked at later. */
const TRAIL_MOVES = 1 << 16;

/** A place where a client was, in the map's own units. */
export interface TrailPoint {
  readonly x: number;
  readonly y: number;
  /** The time at which it came there, on the page's clock; 0 for before the page was opened. */
  readonly atMs: number;
}

/** All clients that were told of. Slots that are no client have NaN for `xs`. */
export class Clients {
  /** Slots below this one may be clients. */
  limit = 0;
  /** Number of clients. */
  count = 0;
  /** True if everything that the server knows was told. */
  isLevel = false;
  /** Changes after the first telling. */
  changes = 0;
  latitudes = new Float32Array(FIRST_CAPACITY);
  longitudes = new Float32Array(FIRST_CAPACITY);
  /** Their places on the map, see projection.ts. */
  xs = new Float32Array(FIRST_CAPACITY).fill(NaN);
  ys = new Float32Array(FIRST_CAPACITY);
  servers = new Uint8Array(FIRST_CAPACITY);
  /** The times at which they moved last, on the page's clock; 0 for those that were there at first. */
  movedMs = new Float64Array(FIRST_CAPACITY);

  // The latest moves of all clients, a ring.
  readonly #trailSlots = new Uint32Array(TRAIL_MOVES);
  readonly #trailXs = new Float32Array(TRAIL_MOVES);
  readonly #trailYs = new Float32Array(TRAIL_MOVES);
  readonly #trailMs = new Float64Array(TRAIL_MOVES);
  #trailEnd = 0;

  /** Takes a frame; calls `onChange` for each client that came, moved or went once all were told. */
  apply(positions: Positions, nowMs: number, onChange: (slot: number) => void): void {
    const { count, slots, latitudes, longitudes, servers } = positions;
    for (let i = 0; i < count; i++) {
      const slot = slots[i]!;
      this.#reserve(slot + 1);
      if (this.isLevel) this.#remember(slot);
      this.#put(slot, latitudes[i]!, longitudes[i]!, servers[i]!);
      this.movedMs[slot] = this.isLevel ? nowMs : 0;
      if (this.isLevel) {
        this.changes++;
        onChange(slot);
      }
    }
    this.isLevel ||= positions.isLevel;
  }

  /** Forgets everything: another connection tells it anew. */
  clear(): void {
    this.xs.fill(NaN);
    this.limit = this.count = this.#trailEnd = 0;
    this.isLevel = false;
  }

  /** True if a slot is a client now. */
  has(slot: number): boolean {
    return slot < this.limit && !Number.isNaN(this.xs[slot]!);
  }

  /** The places of a client, oldest first, up to the present one; as far as they are remembered. */
  trail(slot: number): TrailPoint[] {
    const points: TrailPoint[] = [];
    for (let i = Math.max(0, this.#trailEnd - TRAIL_MOVES); i < this.#trailEnd; i++) {
      const at = i % TRAIL_MOVES;
      if (this.#trailSlots[at] !== slot) continue;
      points.push({ x: this.#trailXs[at]!, y: this.#trailYs[at]!, atMs: this.#trailMs[at]! });
    }
    if (this.has(slot)) {
      points.push({ x: this.xs[slot]!, y: this.ys[slot]!, atMs: this.movedMs[slot]! });
    }
    return points;
  }

  #put(slot: number, latitude: number, longitude: number, server: number): void {
    const was = this.has(slot);
    this.limit = Math.max(this.limit, slot + 1);
    if (Number.isNaN(latitude)) {
      this.xs[slot] = NaN;
      if (was) this.count--;
      return;
    }
    const [x, y] = project(longitude, latitude);
    this.latitudes[slot] = latitude;
    this.longitudes[slot] = longitude;
    this.xs[slot] = x;
    this.ys[slot] = y;
    this.servers[slot] = server;
    if (!was) this.count++;
  }

  #remember(slot: number): void {
    if (!this.has(slot)) return;
    const at = this.#trailEnd++ % TRAIL_MOVES;
    this.#trailSlots[at] = slot;
    this.#trailXs[at] = this.xs[slot]!;
    this.#trailYs[at] = this.ys[slot]!;
    this.#trailMs[at] = this.movedMs[slot]!;
  }

  #reserve(slots: number): void {
    if (slots <= this.xs.length) return;
    const capacity = lengthFor(slots - 1);
    this.latitudes = enlarged(this.latitudes, capacity);
    this.longitudes = enlarged(this.longitudes, capacity);
    this.xs = enlarged(this.xs, capacity, NaN);
    this.ys = enlarged(this.ys, capacity);
    this.servers = enlarged(this.servers, capacity);
    this.movedMs = enlarged(this.movedMs, capacity);
  }
}
