// Takes the stream's messages into the store, and knows of each record that the stream has since
// when it has it.

import { enlarged, lengthFor } from "../base/buffers.ts";
import { parseBody, Update } from "../protocol/update.ts";
import { OTHERS_BIT, STREAM_BIT } from "../store/known_to.ts";
import type { BackboneEnvironment } from "./environment.ts";
import { Origins } from "./origins.ts";
import type { StreamMessage } from "./stream.ts";
import { serverOf } from "../store/source.ts";

/** The stream, as the source of its messages. */
const STREAM = serverOf(STREAM_BIT);

/** The same where it was in the stream before this server came. */
const BACKLOG = serverOf(STREAM_BIT, true);

/** The same for what it had, and has no more. */
const SOMEBODY = serverOf(OTHERS_BIT);

const FIRST_CAPACITY = 1024;

/** Knowledge of the stream's messages. */
export class Intake {
  /** Messages that were given, those among them that told nothing new, and what was no update. */
  received = 0;
  duplicates = 0;
  malformed = 0;
  /** Records that are to be published again, since something older was put over them. */
  repaired = 0;
  readonly #environment: BackboneEnvironment;
  readonly #onOlder: (record: number, sequence: number) => void;
  readonly #origins: Origins;
  /** By record number: a sequence at which the stream has the version of a record with its bit. */
  #sequences = new Float64Array(FIRST_CAPACITY);
  /** By record number: the last sequence that was read of its client on this connection. */
  #latest = new Float64Array(FIRST_CAPACITY);
  readonly #update = new Update();

  /** `onOlder` is told of a message that is older than the record of its client. */
  constructor(
    environment: BackboneEnvironment,
    onOlder: (record: number, sequence: number) => void,
  ) {
    this.#environment = environment;
    this.#onOlder = onOlder;
    this.#origins = new Origins(environment);
  }

  /** Records whose origin is no server of the topology. */
  get strangers(): number {
    return this.#origins.strangers;
  }

  /** Another connection begins: what is read comes in the order of another one. */
  begin(): void {
    this.#latest.fill(0);
  }

  /**
   * Applies a message; `isBacklog` if it waited for this server. Gives the record whose present version it is, as far as is known, or 0.
   *
   * News comes ahead of the backlog, so a message may come after a later one of the same client. The
   * stream does not have it any more: then what is newer is published again.
   */
  take({ sequence, body }: StreamMessage, isBacklog = false): number {
    const { store, log } = this.#environment;
    this.received++;
    if (log.debugEnabled) log.debug("backbone.in", { sequence, line: body });
    const update = this.#update;
    if (!parseBody(body, 0, body.length, update)) {
      if (this.malformed++ === 0) log.warn("backbone.malformed", { sequence, line: body });
      return 0;
    }
    this.#origins.look(body, sequence);
    const { clientStart, clientEnd } = update;
    const before = store.find(body, clientStart, clientEnd);
    const since = before === 0 ? 0 : this.sequenceOf(before);
    const isGone = before !== 0 && sequence < (this.#latest[before] ?? 0);
    const applied = store.apply(update, isGone ? SOMEBODY : isBacklog ? BACKLOG : STREAM);
    if (applied !== "newer") this.duplicates++;
    if (isGone) {
      if (applied !== "newer") return 0;
      this.repaired++;
      store.announce(before, STREAM_BIT, OTHERS_BIT);
      return 0;
    }
    const record = before || (applied === "newer" ? store.find(body, clientStart, clientEnd) : 0);
    if (record === 0) return 0;
    this.#latest = set(this.#latest, record, sequence);
    if (applied !== "newer" && applied !== "same") {
      this.#onOlder(record, sequence);
      return 0;
    }
    const latest = applied === "newer" ? sequence : Math.max(since, sequence);
    this.#sequences = set(this.#sequences, record, latest);
    return record;
  }

  /** Notes that the stream has a record's version, at this sequence. */
  confirm(record: number, sequence: number): void {
    const { store } = this.#environment;
    const since = this.sequenceOf(record);
    // As if it had come back to us.
    store.apply(store.read(record), STREAM);
    this.#sequences = set(this.#sequences, record, Math.max(since, sequence));
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
}

/** Sets a value by record number, in an array that grows with the records. */
function set(
  values: Float64Array<ArrayBuffer>,
  record: number,
  value: number,
): Float64Array<ArrayBuffer> {
  const array = record < values.length ? values : enlarged(values, lengthFor(record));
  array[record] = value;
  return array;
}
