// The follower's look whether it lacks something that a leader gave or withheld long ago. It should not:
// what is found was lost by a mistake of a program or a machine.

import { LimitedLog } from "../../base/limited_log.ts";
import { after, until, waitFor } from "../../base/waiting.ts";
import type { LinkEnvironment } from "../environment.ts";
import type { LinkKeys } from "../mac.ts";
import { formatSums, LOOK, parseDiff } from "../messages.ts";
import { addAll, bucketsFor, partsOf, Sums } from "./sums.ts";

/**
 * Records that expire within this time are left out, in seconds: clocks in a herd may differ by 2.5 s, so
 * one end may have dropped them by a clock that was corrected since.
 */
const EXPIRING_SECONDS = 3;

/** The longest that a leader may take to answer. */
const ANSWER_MS = 60_000;

const NO_BYTES = new Uint8Array(0);

export interface LookResult {
  /** Shares of the records in which the leader still had something else at the second look. */
  readonly differing: number;
  /** Records that were missing here, or older. */
  readonly mended: number;
}

export interface LookOptions {
  readonly environment: Pick<
    LinkEnvironment,
    "store" | "retainSeconds" | "clock" | "log" | "timings" | "pause"
  >;
  readonly neighbour: { readonly name: string; recordsMended: number };
  readonly keys: LinkKeys;
  /** Sends a line that ends with the space before its MAC. Rejects when the connection is gone. */
  send(line: string): Promise<void>;
}

/** The looks on one connection, one at a time. */
export class Looks {
  readonly #options: LookOptions;
  readonly #log: LimitedLog;
  #isLooking = false;
  #answered: ((differing: number | undefined) => void) | undefined;

  /** Looks at nothing yet. */
  constructor(options: LookOptions) {
    this.#options = options;
    this.#log = new LimitedLog(options.environment);
  }

  /** Notes a record that was missing: a mistake of a program, or of a machine. */
  noteMended(): void {
    const { neighbour } = this.#options;
    neighbour.recordsMended++;
    const reason = "a record was missing that should have been here";
    this.#log.error("link.mended", { neighbour: neighbour.name, reason });
  }

  /** Takes the leader's answer; returns what is wrong with it. */
  take(line: string): string | undefined {
    const diff = parseDiff(line);
    if (diff === undefined) return "DIFF is out of form";
    if (!this.#options.keys.leader.accepts(NO_BYTES, diff.signed, diff.mac)) {
      return "DIFF does not verify: the stream was altered";
    }
    const answered = this.#answered;
    this.#answered = undefined;
    if (answered === undefined) return "DIFF answers nothing";
    answered(diff.buckets);
  }

  /** Lets go of who waits for an answer: the link has ended. */
  end(): void {
    this.#answered?.(undefined);
  }

  /**
   * Looks, and once more if something differs. Undefined if the leader does not answer, a look is under
   * way, or no clock tells yet which records have expired: they may be gone here and not there.
   */
  async look(): Promise<LookResult | undefined> {
    const { store, retainSeconds } = this.#options.environment;
    const isHorizonKnown = retainSeconds === undefined || store.horizon > 0;
    if (this.#isLooking || !isHorizonKnown) return undefined;
    this.#isLooking = true;
    try {
      return await this.#look();
    } finally {
      this.#isLooking = false;
    }
  }

  async #look(): Promise<LookResult | undefined> {
    const { environment: { clock, store, timings }, neighbour } = this.#options;
    const before = neighbour.recordsMended;
    const buckets = bucketsFor(store.records);
    let differing = await this.#ask(buckets);
    if (differing !== undefined && differing > 0) {
      await until(after(clock, timings.secondLookMs));
      differing = await this.#ask(buckets);
    }
    return differing === undefined
      ? undefined
      : { differing, mended: neighbour.recordsMended - before };
  }

  async #ask(buckets: number): Promise<number | undefined> {
    const { environment, keys, send } = this.#options;
    const { store, clock } = environment;
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    this.#answered = resolve;
    const sums = new Sums(keys.sums, buckets);
    const horizon = store.horizon === 0 ? 0 : Math.floor(store.horizon) + EXPIRING_SECONDS;
    await addAll(sums, { store, horizon, pause: () => environment.pause?.() });
    for (const part of partsOf(sums, horizon)) await send(formatSums(part));
    await send(LOOK);
    return await waitFor(promise, after(clock, ANSWER_MS));
  }
}
