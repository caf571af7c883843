// A follower asks a leader for its backlog here: when it is the neighbour's turn, and with sums of what it
// has where it would be sent everything.

import { inBackground } from "../../base/background.ts";
import type { LinkEnvironment } from "../environment.ts";
import type { Neighbour } from "../neighbour.ts";
import { formatSums, type Pos, WANT } from "../messages.ts";
import type { SipKey } from "./sip_hash.ts";
import { addAll, bucketsFor, partsOf, Sums } from "./sums.ts";
import type { BacklogTurns, Turn } from "./turns.ts";

/**
 * Sums are sent to a leader with this share of our records or more: each of ours costs time at its end
 * and here, and each of its own that is known here saves four times as much.
 */
const MIN_SHARE = 1 / 4;

export interface BacklogRequestOptions {
  readonly environment: Pick<LinkEnvironment, "store" | "pause" | "timings">;
  readonly turns: BacklogTurns;
  readonly neighbour: Pick<Neighbour, "isReadWhole">;
  readonly key: SipKey;
  /** Sends a line that ends with the space before its MAC. Rejects when the connection is gone. */
  send(line: string): Promise<void>;
  /** Ends the link. */
  fail(): void;
}

/** The request on one connection. */
export class BacklogRequest implements Disposable {
  readonly #options: BacklogRequestOptions;
  #turn: Turn | undefined;
  #position: number | undefined;
  /** Changes that were to come when the link came about, if the feed is read from its start; or 0. */
  #whole = 0;
  #isOver = false;

  /** Asks for nothing yet. */
  constructor(options: BacklogRequestOptions) {
    this.#options = options;
  }

  /** Sees how far the leader is: asks when there is a backlog, and gives the turn back when it is over. */
  see({ position, livePosition }: Pos): void {
    const { neighbour } = this.#options;
    if (this.#position === undefined) {
      // Also on a further link, if the one before did not last until the feed's end.
      neighbour.isReadWhole ||= position === 0;
      if (neighbour.isReadWhole) this.#whole = livePosition - position;
    }
    if (position === livePosition) {
      neighbour.isReadWhole = false;
      this.#turn?.[Symbol.dispose]();
    } else if (this.#turn === undefined) {
      this.#turn = this.#options.turns.ask(() =>
        inBackground(this.#ask(), () => this.#options.fail())
      );
    } else if (position !== this.#position) this.#turn.progress();
    this.#position = position;
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#turn?.[Symbol.dispose]();
  }

  async #ask(): Promise<void> {
    const { environment, key, send } = this.#options;
    const { store, timings } = environment;
    const { records } = store;
    if (records >= timings.minSumsRecords && this.#whole >= records * MIN_SHARE) {
      const sums = new Sums(key, bucketsFor(records));
      const horizon = Math.floor(store.horizon);
      await addAll(sums, { store, horizon, pause: () => environment.pause?.() });
      for (const part of partsOf(sums, horizon)) {
        if (this.#isOver) return;
        await send(formatSums(part));
      }
    }
    if (!this.#isOver) await send(WANT);
  }
}
