// Where the events of a stream of changes come from: the whole feed, or an area.

import type { WakeUp } from "../../../base/waiting.ts";

/** The events of a stream, from a place in the feed on. */
export interface ChangeEvents extends Disposable {
  /** The position up to which everything was given. */
  readonly position: number;
  /** True if there is nothing more to give now. */
  readonly isAtEnd: boolean;
  /** Wakes when there is something more, besides changes of the feed. */
  readonly news: WakeUp | undefined;
  /**
   * Gives events until `put` has enough and returns false. False itself if no more can be given: some were
   * lost. `mayGoOn` is asked before each piece of work.
   */
  fill(put: PutEvent, mayGoOn: () => boolean): Promise<boolean>;
}

/** Takes an event; false for enough. */
export type PutEvent = (event: string, data: object) => boolean;
