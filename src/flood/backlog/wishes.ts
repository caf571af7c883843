// Wishes of a follower beside the feed: the backlog, and a look whether it lacks something
// that it should have. Either may come with sums of what it has.

import { inBackground } from "../../base/background.ts";
import type { FeedReader } from "../../store/feed.ts";
import type { Store } from "../../store/store.ts";
import { formatDiff, type LinkVersion, LOOK, parseSums, parseWish, WANT } from "../messages.ts";
import type { LinkEnvironment } from "../environment.ts";
import type { LinkKeys } from "../mac.ts";
import type { Neighbour } from "../neighbour.ts";
import type { Cursors, Skips } from "./cursors.ts";
import { addAll, ReceivedSums, Sums } from "./sums.ts";

export interface WishesOptions {
  readonly environment: Pick<LinkEnvironment, "store" | "pause">;
  readonly keys: LinkKeys;
  readonly neighbour: Neighbour;
  readonly cursors: Cursors;
  readonly version: LinkVersion;
  /** Called when there is something to send. */
  wake(): void;
  /** True once the link has ended. */
  isOver(): boolean;
}

/** Sums of both ends, of which some buckets may differ. */
class Comparison {
  readonly #store: Store;
  readonly #ours: Sums;
  readonly #isDifferent: Uint8Array;

  constructor(store: Store, ours: Sums, theirs: Sums) {
    this.#store = store;
    this.#ours = ours;
    this.#isDifferent = Uint8Array.from(
      { length: ours.buckets },
      (_, bucket) => ours.isEqual(theirs, bucket) ? 0 : 1,
    );
  }

  /** Number of buckets that differ. */
  get count(): number {
    return this.#isDifferent.reduce((sum, it) => sum + it, 0);
  }

  /** Leaves only the buckets that differ in another comparison, too. */
  narrow(other: Comparison): void {
    this.#isDifferent.forEach((it, bucket) => {
      this.#isDifferent[bucket] = it & (other.#isDifferent[bucket] ?? 0);
    });
  }

  /** True if a record is in a bucket that differs. */
  has(record: number): boolean {
    return this.#isDifferent[this.#ours.bucketOf(this.#store, record)] === 1;
  }
}

/** The wishes of one follower. */
export class Wishes implements Disposable {
  readonly #options: WishesOptions;
  /** True once the follower wants the backlog; in version 1 from the beginning. */
  isWanted: boolean;
  /** The line that answers a look, up to and with the space before its MAC, when it is time for it. */
  answer: string | undefined;
  /** True once it has asked for the backlog: it may be that sums are compared first. */
  #isAsked = false;
  #isLooking = false;
  #received: ReceivedSums | undefined;
  /** Buckets that differed at the last look; a second look sends those that still do. */
  #suspects: Comparison | undefined;
  #mended:
    | { readonly reader: FeedReader; readonly what: Comparison; readonly horizon: number }
    | undefined;

  /** Nothing was asked for yet. */
  constructor(options: WishesOptions) {
    this.#options = options;
    this.isWanted = options.version === 1;
  }

  /** True while there are records to send that a second look found. */
  get isMending(): boolean {
    return this.#mended !== undefined;
  }

  [Symbol.dispose](): void {
    this.#endMending();
  }

  /** True if a line is one of these. */
  static isWish(line: string): boolean {
    return line.startsWith(WANT) || line.startsWith(LOOK) || line.startsWith("SUMS ");
  }

  /** Takes WANT, LOOK or SUMS; returns what is wrong with it. */
  take(line: string): string | undefined {
    const { keys } = this.#options;
    const sums = parseSums(line);
    const wish = sums ?? parseWish(line);
    if (wish === undefined) return "WANT or SUMS is out of form";
    if (!keys.follower.accepts(new Uint8Array(0), wish.signed, wish.mac)) {
      return "WANT or SUMS does not verify: the stream was altered";
    }
    if (sums !== undefined) {
      this.#received ??= ReceivedSums.begin(keys.sums, sums);
      return this.#received?.take(sums) ? undefined : "SUMS is not the next part";
    }
    const received = this.#received;
    if (received?.isWhole === false) return "WANT comes before all sums";
    this.#received = undefined;
    if (line.startsWith(LOOK)) {
      if (received === undefined) return "LOOK comes without sums";
      if (this.#isLooking) return "the follower looks twice at once";
      this.#isLooking = true;
      inBackground(this.#look(received));
      return undefined;
    }
    if (this.#isAsked) return "the follower asks twice for the backlog";
    this.#isAsked = true;
    if (received === undefined) this.#beginBacklog();
    else inBackground(this.#passOver(received));
  }

  /**
   * The next record that a second look found to differ, or 0. Only records that the cursors have passed:
   * the follower should have these, and is sent the others anyway. Gives up like the cursors.
   */
  nextMended(skips: Skips): number {
    const { environment: { store }, cursors } = this.#options;
    for (; this.#mended !== undefined && skips.left > 0; skips.left--) {
      const { reader, what, horizon } = this.#mended;
      const record = reader.peek();
      if (record === 0 || store.feed.positionOf(record) > cursors.position) {
        this.#endMending();
        this.#answer(what.count);
        break;
      }
      reader.next();
      if (what.has(record) && !store.isExpired(record, horizon)) return record;
    }
    return 0;
  }

  #beginBacklog(): void {
    this.isWanted = true;
    this.#options.wake();
  }

  /** Passes over what the follower has by its sums, and begins the backlog. */
  async #passOver(theirs: ReceivedSums): Promise<void> {
    const { cursors, neighbour, isOver } = this.#options;
    const compared = await this.#compare(theirs);
    if (isOver()) return;
    cursors.passOver((record) => {
      const isHad = !compared.has(record);
      if (isHad) neighbour.linesWithheld++;
      return isHad;
    });
    this.#beginBacklog();
  }

  /** Compares; news may be under way meanwhile, so only what differs twice is sent. */
  async #look(theirs: ReceivedSums): Promise<void> {
    const { environment: { store }, isOver, wake } = this.#options;
    const compared = await this.#compare(theirs);
    if (isOver()) return;
    const before = this.#suspects;
    this.#suspects = undefined;
    if (before !== undefined) {
      compared.narrow(before);
      if (compared.count > 0) {
        const { horizon } = theirs;
        this.#mended = { reader: store.feed.readFrom(0), what: compared, horizon };
        return wake();
      }
    } else if (compared.count > 0) this.#suspects = compared;
    this.#answer(compared.count);
  }

  async #compare({ sums: theirs, horizon }: ReceivedSums): Promise<Comparison> {
    const { environment, keys } = this.#options;
    const { store } = environment;
    const sums = new Sums(keys.sums, theirs.buckets);
    await addAll(sums, { store, horizon, pause: () => environment.pause?.() });
    return new Comparison(store, sums, theirs);
  }

  #answer(buckets: number): void {
    this.#isLooking = false;
    this.answer = formatDiff(buckets);
    this.#options.wake();
  }

  #endMending(): void {
    this.#mended?.reader[Symbol.dispose]();
    this.#mended = undefined;
  }
}
