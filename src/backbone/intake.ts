// Takes the stream's messages into the store, and remembers of each record the sequence of its
// client's message in the stream.

import { parseBody, Update } from "../protocol/update.ts";
import { BACKBONE_BIT } from "../store/known_to.ts";
import type { BackboneEnvironment } from "./environment.ts";
import type { StreamMessage } from "./stream.ts";

const FIRST_CAPACITY = 1024;

/** What is known of the stream's messages. */
export class Intake {
  /** Messages that were given, those among them that told nothing new, and what was no update. */
  received = 0;
  duplicates = 0;
  malformed = 0;
  readonly #environment: Pick<BackboneEnvironment, "store" | "log">;
  /**
   * By record number. A number may have passed on to another client, and a message that was taken
   * in a former run is not here: so a sequence is a guess, and only the stream knows if it is right.
   * A wrong one is never right by chance, since no two messages of a stream have the same.
   */
  #sequences = new Float64Array(FIRST_CAPACITY);
  readonly #update = new Update();

  /** Knows nothing. */
  constructor(environment: Pick<BackboneEnvironment, "store" | "log">) {
    this.#environment = environment;
  }

  /** Applies a message, and remembers its sequence. */
  take({ sequence, body }: StreamMessage): void {
    const { store, log } = this.#environment;
    this.received++;
    if (log.debugEnabled) log.debug("backbone.in", { sequence, line: body });
    const update = this.#update;
    if (!parseBody(body, 0, body.length, update)) {
      if (this.malformed++ === 0) log.warn("backbone.malformed", { sequence, line: body });
      return;
    }
    if (store.apply(update, BACKBONE_BIT, true) !== "newer") this.duplicates++;
    const record = store.find(body, update.clientStart, update.clientEnd);
    if (record !== 0) this.setSequence(record, sequence);
  }

  /** The sequence of the message of a record's client; 0 when none is known. */
  sequenceOf(record: number): number {
    return this.#sequences[record] ?? 0;
  }

  /** Remembers it. */
  setSequence(record: number, sequence: number): void {
    if (record >= this.#sequences.length) {
      const enlarged = new Float64Array(Math.max(record + 1, this.#sequences.length * 2));
      enlarged.set(this.#sequences);
      this.#sequences = enlarged;
    }
    this.#sequences[record] = sequence;
  }

  /** Forgets all sequences, and what the stream is known to have: it is another one. */
  forget(): void {
    this.#sequences.fill(0);
    this.#environment.store.forgetKnownTo(BACKBONE_BIT);
  }
}
