// Many locations, told in batches: a browser cannot stream a body over HTTP/1.1.

import type { BulkFault, BulkSummary, Told } from "./forms.ts";
import { canonicalId } from "./ids.ts";
import { textOfTime } from "./query.ts";
import type { Timer } from "./waits.ts";

/** The largest batch, in bytes: so much is told again when an answer does not come. */
export const MAX_BATCH_BYTES = 192 * 1024;

/** The time after which a batch is told though it is not full, in milliseconds. */
export const BATCH_WAIT_MS = 1_000;

/** The most faults that a summary names. */
const MAX_FAULTS = 10;

const encoder = new TextEncoder();

/** Lines of JSON, and how many of them. */
export interface Batch {
  readonly text: string;
  readonly count: number;
}

/** The line of JSON that tells a location. */
function lineOf({ id, lat, lon, time }: Told): string {
  const sent = typeof time === "number" ? time : time === undefined ? undefined : textOfTime(time);
  return `${JSON.stringify({ id: canonicalId(id), lat, lon, time: sent })}\n`;
}

/**
 * Locations in batches: of {@link MAX_BATCH_BYTES} at most, and each given {@link BATCH_WAIT_MS} after its
 * first location if the source is slow.
 */
export async function* batchesOf(
  source: Iterable<Told> | AsyncIterable<Told>,
  timer: Timer,
): AsyncGenerator<Batch, void> {
  const iterator = iteratorOf(source);
  let text = "", bytes = 0, count = 0;
  let lateness: Lateness | undefined;
  const take = (): Batch => {
    lateness?.stop();
    lateness = undefined;
    const batch = { text, count };
    text = "";
    bytes = count = 0;
    return batch;
  };
  let isDone = false;
  try {
    for (;;) {
      const pulled = iterator.next();
      // The source may fail when nobody waits for it any more.
      if (pulled instanceof Promise) pulled.catch(() => {});
      const early = await Promise.race(
        lateness === undefined ? [pulled] : [pulled, lateness.promise],
      );
      if (early === undefined) yield take();
      const { done, value } = early ?? await pulled;
      if (done) break;
      const line = lineOf(value);
      const length = encoder.encode(line).length;
      if (count > 0 && bytes + length > MAX_BATCH_BYTES) yield take();
      lateness ??= latenessBy(timer);
      text += line;
      bytes += length;
      count++;
    }
    isDone = true;
    if (count > 0) yield take();
  } finally {
    lateness?.stop();
    if (!isDone) await iterator.return?.();
  }
}

function iteratorOf(
  source: Iterable<Told> | AsyncIterable<Told>,
): Iterator<Told, unknown> | AsyncIterator<Told, unknown> {
  return Symbol.asyncIterator in source
    ? source[Symbol.asyncIterator]()
    : source[Symbol.iterator]();
}

/** The time when a batch has waited for long enough. */
interface Lateness {
  readonly promise: Promise<undefined>;
  stop(): void;
}

function latenessBy(timer: Timer): Lateness {
  let stop = () => {};
  const promise = new Promise<undefined>((resolve) => {
    stop = timer(BATCH_WAIT_MS, () => resolve(undefined));
  });
  return { promise, stop };
}

/** Adds the answer to a batch, of which no more than the first faults are kept. */
export function added(sum: BulkSummary, batch: BulkSummary): BulkSummary {
  const faults: BulkFault[] = batch.faults.map(({ number, error }) => ({
    number: sum.received + number,
    error,
  }));
  return {
    received: sum.received + batch.received,
    stored: sum.stored + batch.stored,
    faulty: sum.faulty + batch.faulty,
    faults: [...sum.faults, ...faults].slice(0, MAX_FAULTS),
  };
}

/** The answer to no locations. */
export const NONE: BulkSummary = { received: 0, stored: 0, faulty: 0, faults: [] };
