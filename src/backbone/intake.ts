// Takes the stream's messages into the store, and knows of each record that the stream has since
// when it has it.

import { enlarged, lengthFor } from "../base/buffers.ts";
import { parseBody, Update } from "../protocol/update.ts";
import { OTHERS_BIT, STREAM_BIT } from "../store/known_to.ts";
import type { BackboneEnvironment } from "./environment.ts";
import type { StreamMessage } from "./stream.ts";
import { serverOf } from "../store/source.ts";

/** The stream, as the source of its messages. */
const STREAM = serverOf(STREAM_BIT);

const FIRST_CAPACITY = 1024;

/** What is known of the stream's messages. */
export class Intake {
  /** Messages that were given, those among them that told nothing new, and what was no update. */
  received = 0;
  duplicates = 0;
  malformed = 0;
  /** Records that are to be published again, since something older was put over them. */
  repaired = 0;
  readonly #environment: Pick<BackboneEnvironment, "store" | "log">;
  readonly #onOlder: (record: number, sequence: number) => void;
  /** By record number: a sequence at which the stream has the version of a record with its bit. */
  #sequences = new Float64Array(FIRST_CAPACITY);
  readonly #update = new Update();

  /** `onOlder` is told of a message that is older than the record of its client. */
  constructor(
    environment: Pick<BackboneEnvironment, "store" | "log">,
    onOlder: (record: number, sequence: number) => void,
  ) {
    this.#environment = environment;
    this.#onOlder = onOlder;
  }

  /** Applies a message. */
  take({ sequence, body }: StreamMessage): void {
    const { store, log } = this.#environment;
    this.received++;
    if (log.debugEnabled) log.debug("backbone.in", { sequence, line: body });
    const update = this.#update;
    if (!parseBody(body, 0, body.length, update)) {
      if (this.malformed++ === 0) log.warn("backbone.malformed", { sequence, line: body });
      return;
    }
    const { clientStart, clientEnd } = update;
    const before = store.find(body, clientStart, clientEnd);
    const since = before === 0 ? 0 : this.sequenceOf(before);
    const applied = store.apply(update, STREAM);
    if (applied === "newer") {
      this.#setSequence(before || store.find(body, clientStart, clientEnd), sequence);
      return;
    }
    this.duplicates++;
    if (applied === "same") this.#setSequence(before, Math.max(since, sequence));
    else if (before !== 0) this.#onOlder(before, sequence);
  }

  /** Takes note that the stream has a record's version, at this sequence. */
  confirm(record: number, sequence: number): void {
    const { store } = this.#environment;
    const since = this.sequenceOf(record);
    // As if it had come back to us.
    store.apply(store.read(record), STREAM);
    this.#setSequence(record, Math.max(since, sequence));
  }

  /** A sequence at which the stream has a record's version; 0 when it is not known to have it. */
  sequenceOf(record: number): number {
    const isKnown = this.#environment.store.isKnownTo(record, STREAM_BIT);
    return isKnown ? this.#sequences[record] ?? 0 : 0;
  }

  /**
   * Something older than a record was put into the stream at a sequence. If the stream had the record
   * before that, it has lost it: then it is to be published again. All servers see that, and one will
   * be first. `published` is the position of our feed up to which the stream had everything.
   */
  weighOlder(record: number, sequence: number, published: number): void {
    const { store } = this.#environment;
    if (store.isExpired(record)) return;
    const since = this.sequenceOf(record);
    const hadIt = since !== 0 ? since < sequence : store.feed.positionOf(record) <= published;
    if (!hadIt) return;
    this.repaired++;
    store.announce(record, STREAM_BIT, OTHERS_BIT);
  }

  /** Forgets what the stream is known to have: it is another one. */
  forget(): void {
    this.#environment.store.forgetKnownTo(STREAM_BIT);
  }

  #setSequence(record: number, sequence: number): void {
    if (record >= this.#sequences.length) {
      this.#sequences = enlarged(this.#sequences, lengthFor(record));
    }
    this.#sequences[record] = sequence;
  }
}
