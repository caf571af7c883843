// The disk of a simulated server, as the durable sink knows one. It remembers everything that it
// ever held, so that a crash, a loss of power, a backup or an empty disk in its place can be had.

import {
  type Disk,
  DiskError,
  type Saved,
  type Segment,
  type Transaction,
} from "../../../src/store/disk.ts";
import type { Host } from "./wires.ts";
import type { World } from "./world.ts";

/** What a disk holds at one moment. Never changed: a transaction makes another one. */
export interface Content extends Omit<Saved, "segments"> {
  readonly segments: readonly Segment[];
}

const BLANK: Content = {
  segments: [],
  held: new Map(),
  feed: undefined,
  formerFeeds: [],
  mark: undefined,
};

/** The longest that a server reads its disk when it starts. */
const MAX_OPEN_MS = 20;
/** How many transactions happen to reach the platter at once where they need not. */
const SYNC_SHARE = 0.1;

/** What a disk is like. */
export interface DiskOptions {
  /** The longest that a transaction takes. */
  readonly maxCommitMs: number;
  /** True if a transaction is on the platter before it is reported as done. */
  readonly isSynchronous: boolean;
}

interface Pending {
  readonly transaction: Transaction;
  cancel(): void;
}

/** A disk and all that was ever on it. */
export class SimulatedDisk {
  readonly #world: World;
  readonly #maxCommitMs: number;
  readonly #isSynchronous: boolean;
  readonly #history: Content[] = [BLANK];
  /** How many of `history` are on the platter; what comes after them needs power to last. */
  #synced = 1;
  #pending: Pending | undefined;
  #isReplaced = false;
  /** Until when it takes no transaction. */
  failsUntilMs = 0;

  constructor(world: World, { maxCommitMs, isSynchronous }: DiskOptions) {
    this.#world = world;
    this.#maxCommitMs = maxCommitMs;
    this.#isSynchronous = isSynchronous;
  }

  /** True if it was replaced and its server does not know it yet. */
  get isReplaced(): boolean {
    return this.#isReplaced;
  }

  /** What it holds now. */
  get content(): Content {
    return this.#history.at(-1)!;
  }

  /** The newest body of each client on it, by the client. */
  records(): Map<string, string> {
    const records = new Map<string, string>();
    const decoder = new TextDecoder();
    for (const { bodies } of this.content.segments) {
      for (const body of decoder.decode(bodies).split("\n").slice(0, -1)) {
        records.set(body.split(" ")[2]!, body);
      }
    }
    return records;
  }

  /** Opens it for the process `host`. */
  async open(host: Host): Promise<Disk> {
    await this.#wait(host, this.#world.random() * MAX_OPEN_MS);
    this.#isReplaced = false;
    const { content } = this;
    const segments = content.segments.map(({ first, last, positions }) => ({
      first,
      last,
      count: positions.length,
    }));
    return {
      saved: { ...content, segments },
      async *segments() {
        for (const segment of content.segments) {
          yield {
            ...segment,
            positions: segment.positions.slice(),
            bodies: segment.bodies.slice(),
          };
        }
      },
      commit: (transaction) => this.#commit(host, transaction),
      close: () => {
        this.#synced = this.#history.length;
        return Promise.resolve();
      },
    };
  }

  /** The process died: a transaction that was under way is there, or it is not. */
  crash(): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    pending.cancel();
    if (this.#trouble() === undefined && this.#world.happens(0.5)) {
      this.#history.push(changed(this.content, pending.transaction));
    }
  }

  /** The power went: only some of the transactions that were not on the platter are there. */
  losePower(): void {
    this.crash();
    this.#history.length = this.#synced +
      this.#world.below(this.#history.length - this.#synced + 1);
    this.#synced = this.#history.length;
  }

  /** An empty disk takes its place, also under a running server. */
  replace(): void {
    this.#isReplaced = true;
    this.#put(BLANK);
  }

  /** What was on it at some time is on it again. The server must not be running. */
  restoreBackup(): void {
    this.#put(this.#world.pick(this.#history));
  }

  #put(content: Content): void {
    this.#history.push(content);
    this.#synced = this.#history.length;
  }

  #wait(host: Host, ms: number): Promise<void> {
    return new Promise((resolve) => void this.#world.after(ms, () => host.enter(resolve)));
  }

  #commit(host: Host, transaction: Transaction): Promise<void> {
    if (this.#pending !== undefined) throw new Error("Two transactions at a time");
    return new Promise((resolve, reject) => {
      const cancel = this.#world.after(this.#world.random() * this.#maxCommitMs, () => {
        this.#pending = undefined;
        const error = this.#trouble();
        if (error !== undefined) return host.enter(() => reject(error));
        this.#history.push(changed(this.content, transaction));
        if (this.#isSynchronous || this.#world.happens(SYNC_SHARE)) {
          this.#synced = this.#history.length;
        }
        host.enter(resolve);
      });
      this.#pending = { transaction, cancel };
    });
  }

  #trouble(): DiskError | undefined {
    if (this.#world.nowMs < this.failsUntilMs) return new DiskError("The disk is full");
    if (!this.#isReplaced) return undefined;
    this.#isReplaced = false;
    return new DiskError("The disk was replaced by an empty one", { isEmptied: true });
  }
}

/** The content after a transaction. Throws when the transaction breaks the rules of `Disk`. */
function changed(content: Content, transaction: Transaction): Content {
  const { removed, added, held, feed, formerFeeds, mark } = transaction;
  const segments = content.segments.filter((it) => !removed.includes(it.last));
  if (segments.length + removed.length !== content.segments.length) {
    throw new Error(`Segments ${removed} are to be taken out, and not all of them are there`);
  }
  segments.push(...added);
  segments.sort((a, b) => a.last - b.last);
  segments.forEach((it, index) => checkSegment(it, segments[index - 1]));
  return {
    segments,
    held: held ?? content.held,
    feed: feed ?? content.feed,
    formerFeeds: formerFeeds ?? content.formerFeeds,
    mark: mark === undefined ? content.mark : mark ?? undefined,
  };
}

function checkSegment({ first, last, positions }: Segment, before: Segment | undefined): void {
  const isOrdered = first > (before?.last ?? 0) &&
    positions.every((it, index) => it > (positions[index - 1] ?? first - 1) && it <= last);
  if (!isOrdered) throw new Error(`Segment ${last} is out of order: ${positions}`);
}
