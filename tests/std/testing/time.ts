// Stands in for jsr:@std/testing/time where JSR cannot be reached: the part of FakeTime that tests
// here use, over @sinonjs/fake-timers. What is there behaves as in the original.

import { withGlobal } from "npm:@sinonjs/fake-timers@15.5.0";

/** Thrown when time is faked twice or restored twice. */
export class TimeError extends Error {
  /** Makes an error with a message. */
  constructor(message: string) {
    super(message);
    this.name = "TimeError";
  }
}

const real = {
  Date: globalThis.Date,
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
};
const realAbortTimeout = AbortSignal.timeout;

/** Fake timers are numbers when those of the scope they are made for are. */
const timers = withGlobal({ ...real, setTimeout: () => 0 } as unknown as typeof globalThis);

type Clock = ReturnType<typeof timers.createClock>;

let current: FakeTime | undefined;

/**
 * Replaces `Date`, timers and `AbortSignal.timeout` by ones whose time moves only when it is told to.
 *
 * @example
 * ```ts
 * import { FakeTime } from "@std/testing/time";
 *
 * using time = new FakeTime();
 * setTimeout(() => {}, 500);
 * time.tick(500);
 * ```
 */
export class FakeTime implements Disposable {
  readonly #start: number;
  readonly #clock: Clock;

  /**
   * Fakes time from now on; it starts at `start`, or else at the real time.
   *
   * @throws {TimeError} If time is faked already
   * @throws {TypeError} If `start` is no date
   */
  constructor(start?: number | string | Date | null) {
    if (current) throw new TimeError("Cannot construct FakeTime: time is already faked");
    this.#start = start === undefined || start === null
      ? real.Date.now()
      : typeof start === "number"
      ? Math.floor(start)
      : new real.Date(start).getTime();
    if (Number.isNaN(this.#start)) {
      throw new TypeError(`Cannot construct FakeTime: invalid start time ${this.#start}`);
    }
    this.#clock = timers.createClock(this.#start, Infinity);
    fake(this.#clock);
    current = this;
  }

  /** Restores real time, whoever faked it. */
  static restore(): void {
    if (!current) throw new TimeError("Cannot restore time: time is already restored");
    current.restore();
  }

  /** The fake time, in milliseconds since 1970. */
  get now(): number {
    return this.#clock.now;
  }

  /**
   * Moves time forward and runs the timers that fall due, each at its own time. When one throws,
   * time stays there.
   *
   * @throws {RangeError} If time would go backwards
   */
  set now(value: number) {
    if (value < this.now) {
      throw new RangeError(
        `Cannot set current time in the past, time must be >= ${this.now}: received ${value}`,
      );
    }
    this.#runUntil(value);
    this.#runUntil(value); // what is due at `value` and was added on the way
  }

  /** Runs timer by timer up to a marker at that time. */
  #runUntil(time: number): void {
    let there = false;
    const marker = this.#clock.setTimeout(() => there = true, time - this.now);
    try {
      while (!there) this.#clock.next();
    } finally {
      this.#clock.clearTimeout(marker);
    }
  }

  /** The time at which this fake time started. */
  get start(): number {
    return this.#start;
  }

  /** Resolves after so many milliseconds of real time. */
  delay(ms: number): Promise<void> {
    return new Promise((resolve) => void real.setTimeout.call(globalThis, resolve, ms));
  }

  /** Runs all pending microtasks. */
  async runMicrotasks(): Promise<void> {
    await this.delay(0);
  }

  /** Moves time forward by so many milliseconds. */
  tick(ms = 0): void {
    this.now += ms;
  }

  /** Runs all pending microtasks, then moves time forward by so many milliseconds. */
  async tickAsync(ms = 0): Promise<void> {
    await this.runMicrotasks();
    this.now += ms;
  }

  /** Moves time forward to the next timer; false when there is none. */
  next(): boolean {
    if (this.#clock.countTimers() === 0) return false;
    this.#clock.next();
    this.tick(0);
    return true;
  }

  /** Runs all pending microtasks, then moves time forward to the next timer. */
  async nextAsync(): Promise<boolean> {
    await this.runMicrotasks();
    return this.next();
  }

  /** Moves time forward until no timer is left. */
  runAll(): void {
    while (this.next());
  }

  /** Moves time forward until no timer is left, running all pending microtasks before each. */
  async runAllAsync(): Promise<void> {
    while (this.#clock.countTimers() > 0) await this.nextAsync();
  }

  /**
   * Restores real time.
   *
   * @throws {TimeError} If it is restored already
   */
  restore(): void {
    if (!current) throw new TimeError("Cannot restore time: time is already restored");
    current = undefined;
    Object.assign(globalThis, real);
    AbortSignal.timeout = realAbortTimeout;
  }

  /** Restores real time. */
  [Symbol.dispose](): void {
    this.restore();
  }
}

function fake(clock: Clock): void {
  const { Date, clearTimeout, setInterval, clearInterval } = clock;
  const setTimeout = (...args: Parameters<Clock["setTimeout"]>) => {
    clock.duringTick = false; // else a delay of 0 set by a timer would be one of 1
    return clock.setTimeout(...args);
  };
  Object.assign(globalThis, { Date, setTimeout, clearTimeout, setInterval, clearInterval });
  AbortSignal.timeout = (ms) => {
    const controller = new AbortController();
    const abort = () => controller.abort(new DOMException("Signal timed out.", "TimeoutError"));
    clock.setTimeout(abort, ms);
    return controller.signal;
  };
}
