// Stands between clients and an upstream that may be slow, down, full or gone: a deadline, one call
// for equal requests, a cap with a bounded queue, retries, a circuit breaker, and silence when the
// upstream asks for it. Whatever happens, there is a response. Knows nothing of HTTP.
//
// From outside to inside: shared call, deadline, queue, retries, breaker, attempt. So the deadline
// covers waiting and retrying too, a retry keeps its place, and the breaker sees every attempt.

import {
  bulkhead,
  type BulkheadPolicy,
  circuitBreaker,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  DelegateBackoff,
  handleWhenResult,
  isBrokenCircuitError,
  isBulkheadRejectedError,
  isTaskCancelledError,
  IterableBackoff,
  retry,
  TaskCancelledError,
  timeout,
  TimeoutStrategy,
  wrap,
} from "cockatiel";
import { type Log, silentLog } from "../../base/log.ts";
import { onAbort } from "../../base/waiting.ts";
import type { Attempt } from "./attempt.ts";
import { failure, REFUSALS } from "../failure.ts";
import { type NearbyResponse, type NearbyStatus, noOutcomes } from "../provider.ts";
import { SharedCalls } from "./shared_calls.ts";

/** Limits towards one upstream. */
export interface GuardLimits {
  /** Time limit for an answer, queue and retries included, in milliseconds. */
  readonly deadlineMs: number;
  /** Calls under way at one time. */
  readonly maxConcurrent: number;
  /** Calls that wait for their turn; one more is turned away. */
  readonly maxQueued: number;
  /** Further attempts after a transient failure. */
  readonly maxRetries: number;
  /** The longest wait before the first retry, in milliseconds; it doubles with each. */
  readonly retryDelayMs: number;
  /** Failures of the upstream in a row after which it is left alone. */
  readonly breakAfter: number;
  /** Pauses before each next test of it, in milliseconds; the last one repeats. */
  readonly restMs: readonly number[];
  /** The least silence after "too many requests", in milliseconds. */
  readonly leastPauseMs: number;
  /** The longest silence that an upstream can ask for, in milliseconds. */
  readonly maxPauseMs: number;
  /** The largest answer that is taken, in bytes, after decompression. */
  readonly maxAnswerBytes: number;
}

/** The defaults. */
export const GUARD_LIMITS: GuardLimits = {
  deadlineMs: 5_000,
  maxConcurrent: 32,
  maxQueued: 512,
  maxRetries: 2,
  retryDelayMs: 200,
  breakAfter: 5,
  restMs: [1_000, 2_000, 5_000, 10_000, 30_000],
  leastPauseMs: 1_000,
  maxPauseMs: 3_600_000,
  maxAnswerBytes: 1024 * 1024,
};

/** Counts since the start, and present state; everything only grows except the last three. */
export interface GuardCounters {
  /** Attempts sent to the upstream, retries included. */
  readonly attempts: number;
  /** Attempts that were retries. */
  readonly retries: number;
  /** Requests that were answered by a call that was under way for another one. */
  readonly shared: number;
  /** Calls turned away because the queue was full. */
  readonly rejected: number;
  /** Calls not sent because the breaker was open. */
  readonly broken: number;
  /** Calls not sent because the upstream had asked for silence. */
  readonly paused: number;
  /** Calls that the deadline ended. */
  readonly timedOut: number;
  /** Responses given, by status. */
  readonly outcomes: Readonly<Record<NearbyStatus, number>>;
  /** State of the breaker: the upstream is called, left alone, or under test. */
  readonly breaker: "closed" | "open" | "half-open";
  /** Calls that are under way. */
  readonly active: number;
  /** Calls that wait for their turn. */
  readonly queued: number;
}

export interface GuardEnvironment {
  /** For the log. */
  readonly name: string;
  /** Told when the upstream fails, works again, or is left alone. */
  readonly log?: Log | undefined;
  /** Milliseconds that never go back, from an arbitrary start. */
  readonly monotonicMs?: (() => number) | undefined;
  /** Uniform in [0, 1): for the waits before retries. */
  readonly random?: (() => number) | undefined;
}

/** Calls the upstream once. Never rejects; ends soon after the signal is aborted. */
export type Try = (signal: AbortSignal) => Promise<Attempt>;

/** The guard of one upstream. */
export class Guard implements Disposable {
  /** As given. */
  readonly limits: GuardLimits;
  readonly #name: string;
  readonly #log: Log;
  readonly #monotonicMs: () => number;
  readonly #calls = new SharedCalls<NearbyResponse>();
  readonly #bulkhead: BulkheadPolicy;
  readonly #breaker: CircuitBreakerPolicy;
  readonly #policies: {
    execute<T>(call: (context: Context) => Promise<T>, signal: AbortSignal): Promise<T>;
  };
  readonly #counts = {
    attempts: 0,
    retries: 0,
    shared: 0,
    rejected: 0,
    broken: 0,
    paused: 0,
    timedOut: 0,
  };
  readonly #outcomes: Record<NearbyStatus, number> = noOutcomes();
  readonly #late: Attempt;
  /** Until when the upstream asked not to be called, on the steady clock. */
  #pausedUntilMs = -Infinity;
  /** The reason why the last attempt failed; undefined if it worked. */
  #lastReason: string | undefined;
  #isClosed = false;

  /** A guard of an upstream of which nothing is known yet. */
  constructor(limits: GuardLimits, environment: GuardEnvironment) {
    const { name, log, monotonicMs, random = Math.random } = environment;
    this.limits = limits;
    this.#name = name;
    this.#log = log ?? silentLog;
    this.#monotonicMs = monotonicMs ?? (() => performance.now());
    this.#late = {
      response: failure(
        "UNKNOWN_ERROR",
        `The places service did not answer within ${limits.deadlineMs / 1_000} s`,
      ),
      reason: "deadline",
      isFault: true,
      isTransient: false,
      pauseMs: undefined,
    };
    this.#bulkhead = bulkhead(limits.maxConcurrent, limits.maxQueued);
    this.#breaker = circuitBreaker(
      // An attempt that proves nothing throws: it counts neither way, but must not end a test.
      handleWhenResult((it) => (it as Attempt).isFault)
        .orWhen(() => this.#breaker.state === CircuitState.HalfOpen),
      {
        breaker: new ConsecutiveBreaker(limits.breakAfter),
        halfOpenAfter: new IterableBackoff(limits.restMs),
      },
    );
    this.#breaker.onBreak(() =>
      this.#log.warn("places.breaker", { provider: name, state: "open" })
    );
    this.#breaker.onReset(() =>
      this.#log.info("places.breaker", { provider: name, state: "closed" })
    );
    const retries = retry(handleWhenResult((it) => (it as Attempt).isTransient), {
      maxAttempts: limits.maxRetries,
      backoff: new DelegateBackoff(({ attempt }) =>
        random() * limits.retryDelayMs * 2 ** (attempt - 1)
      ),
    });
    // Aggressive, because a call in the queue does not hear of the deadline before its turn.
    const deadline = timeout(limits.deadlineMs, TimeoutStrategy.Aggressive);
    this.#policies = wrap(deadline, this.#bulkhead, retries, this.#breaker);
  }

  /** A copy of the counters. */
  get counters(): GuardCounters {
    return {
      ...this.#counts,
      outcomes: { ...this.#outcomes },
      breaker: BREAKER_STATES[this.#breaker.state],
      active: this.limits.maxConcurrent - this.#bulkhead.executionSlots,
      queued: this.limits.maxQueued - this.#bulkhead.queueSlots,
    };
  }

  /**
   * Returns the response of one call, made by `send` unless one with this key is under way. Never
   * rejects, and takes no longer than the deadline.
   */
  async ask(key: string, send: Try, signal: AbortSignal): Promise<NearbyResponse> {
    if (this.#isClosed) return this.#count(GIVEN_UP);
    if (this.#calls.has(key)) this.#counts.shared++;
    return this.#count(
      await this.#calls.join(key, signal, GIVEN_UP, (left) => this.#call(send, left)),
    );
  }

  /** Ends everything under way; callers that wait get a response. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#calls.abort();
  }

  async #call(send: Try, left: AbortSignal): Promise<NearbyResponse> {
    const lastStartMs = this.#monotonicMs() + this.limits.deadlineMs * (1 - LEAST_SHARE);
    try {
      const attempt = await this.#policies.execute(
        (context) => this.#try(send, context, left, lastStartMs),
        left,
      );
      return attempt.response;
    } catch (error) {
      if (error instanceof PausedError) {
        this.#counts.paused++;
        return PAUSED;
      }
      if (isBulkheadRejectedError(error)) {
        this.#counts.rejected++;
        return CROWDED;
      }
      if (isBrokenCircuitError(error)) {
        this.#counts.broken++;
        return RESTING;
      }
      if (!isTaskCancelledError(error)) {
        this.#log.error("places.bug", { provider: this.#name, reason: nameOf(error) });
        return REFUSALS.UNKNOWN_ERROR;
      }
      if (left.aborted) return GIVEN_UP;
      this.#counts.timedOut++;
      return this.#late.response;
    }
  }

  /** Makes one attempt. Throws when it was not made, or when it proves nothing of the upstream. */
  async #try(
    send: Try,
    { signal, attempt: retries }: Context,
    left: AbortSignal,
    lastStartMs: number,
  ): Promise<Attempt> {
    const startMs = this.#monotonicMs();
    // A wait for a turn, for a retry or for another's test may end too late, or when all have left.
    if (signal.aborted || startMs > lastStartMs) throw new TaskCancelledError();
    if (startMs < this.#pausedUntilMs) throw new PausedError();
    this.#counts.attempts++;
    if (retries > 0) this.#counts.retries++;
    // As it is at that moment: those who wait get their answer at the deadline and leave, before an
    // attempt that it ends has come to its end.
    let isOurs = false;
    const forget = onAbort(signal, () => {
      // Only an upstream that had most of the time is to blame for not answering.
      isOurs = left.aborted || this.#monotonicMs() - startMs < this.limits.deadlineMs / 2;
    });
    let attempt = await send(signal);
    forget();
    const endMs = this.#monotonicMs();
    if (signal.aborted) {
      if (isOurs) throw new TaskCancelledError();
      attempt = this.#late;
    }
    if (attempt.pauseMs !== undefined) {
      const pauseMs = Math.min(attempt.pauseMs, this.limits.maxPauseMs);
      this.#pausedUntilMs = Math.max(this.#pausedUntilMs, endMs + pauseMs);
    }
    this.#report(attempt);
    return attempt;
  }

  /** Logs when the upstream starts to fail, fails in another way, or works again. */
  #report({ response: { status }, reason, pauseMs }: Attempt): void {
    const fields = { provider: this.#name, status, reason, pauseMs };
    if (reason === this.#lastReason) {
      if (reason !== undefined) this.#log.debug("places.failed", fields);
      return;
    }
    this.#lastReason = reason;
    if (reason === undefined) this.#log.info("places.working", { provider: this.#name });
    else this.#log.warn("places.failing", fields);
  }

  #count(response: NearbyResponse): NearbyResponse {
    this.#outcomes[response.status]++;
    return response;
  }
}

/** Context of an attempt from the policies: when to end, and the number of attempts before. */
interface Context {
  readonly signal: AbortSignal;
  readonly attempt: number;
}

/** The share of the deadline without which an attempt is not worth its cost to the upstream. */
const LEAST_SHARE = 0.1;

/** The upstream is not called, because it asked for silence. */
class PausedError extends Error {}

const GIVEN_UP = failure("UNKNOWN_ERROR", "The search for places was given up");
const CROWDED = failure(
  "OVER_QUERY_LIMIT",
  "This server is waiting for the places service too often already",
);
const PAUSED = failure("OVER_QUERY_LIMIT", "The places service has asked for a pause");
const RESTING = failure(
  "UNKNOWN_ERROR",
  "The places service keeps failing and is left alone for a while",
);

const BREAKER_STATES: Readonly<Record<CircuitState, GuardCounters["breaker"]>> = {
  [CircuitState.Closed]: "closed",
  [CircuitState.Open]: "open",
  [CircuitState.HalfOpen]: "half-open",
  [CircuitState.Isolated]: "open",
};

/** The kind of an error; its message may hold what nobody should see. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
