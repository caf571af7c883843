// The places of streams of changes. A peer that has vanished without a word cannot be told from one that
// has nothing to say: the kernel takes heartbeats for a quarter of an hour. So the stream that has been quiet
// for longest makes room when another one finds none.

import type { Clock } from "../../../base/clock.ts";

/** A stream that has a place. Disposed of, it ends and gives the place up. */
export interface PlacedStream extends Disposable {
  /** The time at which it last gave events, or began, in milliseconds of the clock. */
  readonly lastEventMs: number;
}

/** The places of one port. */
export class StreamPlaces {
  readonly #streams = new Set<PlacedStream>();
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #most: number;
  readonly #quietMs: number;

  /** With `most` places; a stream without events for `quietMs` makes room. */
  constructor(
    { clock, most, quietMs }: {
      readonly clock: Pick<Clock, "monotonicMs">;
      readonly most: number;
      readonly quietMs: number;
    },
  ) {
    this.#clock = clock;
    this.#most = most;
    this.#quietMs = quietMs;
  }

  /** Streams that have a place. */
  get taken(): number {
    return this.#streams.size;
  }

  /** True if there is a place, perhaps because a quiet stream was ended for it. */
  makeRoom(): boolean {
    if (this.#streams.size < this.#most) return true;
    let quietest: PlacedStream | undefined;
    for (const stream of this.#streams) {
      if (quietest === undefined || stream.lastEventMs < quietest.lastEventMs) quietest = stream;
    }
    if (quietest === undefined) return false;
    if (this.#clock.monotonicMs() - quietest.lastEventMs < this.#quietMs) return false;
    quietest[Symbol.dispose]();
    return true;
  }

  /** Gives a stream a place. */
  enter(stream: PlacedStream): void {
    this.#streams.add(stream);
  }

  /** Takes its place from a stream that has ended. */
  leave(stream: PlacedStream): void {
    this.#streams.delete(stream);
  }
}
