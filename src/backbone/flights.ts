// What is being published: one version of a record at a time, and for how long it may be under way.

import type { ClockOffset } from "./clock_offset.ts";
import type { BackboneEnvironment } from "./environment.ts";
import { FlightWindow } from "./flight_window.ts";

/** A record that is being published. */
export interface Flight {
  /** True for news of our own clients. */
  readonly isPrompt: boolean;
  /** True for what waited before: it must not delay what is told now. */
  readonly isBacklog: boolean;
  /** The position in our feed of the version that is under way. */
  position: number;
  /** The position of a newer version that was met meanwhile; 0 for none. */
  again: number;
  /** The sequence of the last older message that was read meanwhile; 0 for none. */
  older: number;
  /** It was sent; the stream has it; it is to be sent again. */
  isSent: boolean;
  isAcknowledged: boolean;
  isHeld: boolean;
  /** It takes room of the backlog's. */
  isInWindow: boolean;
  /** Time of sending, on the steady clock in ms and on the wall clock in seconds. */
  sentMs: number;
  sentSeconds: number;
}

/** A message that was acknowledged, until it is read back. */
interface Unread {
  readonly sequence: number;
  readonly flight: Flight;
}

/** Context of flights. */
export interface FlightsOptions {
  readonly environment: BackboneEnvironment;
  readonly clockOffset: ClockOffset;
  /** Called when one was not acknowledged in time. */
  fail(reason: string): void;
}

/** All flights of one connection. */
export class Flights implements Disposable {
  readonly #options: FlightsOptions;
  readonly #window: FlightWindow;
  /** By record, in the order in which they were sent. */
  readonly #flights = new Map<number, Flight>();
  /** Acknowledged and not read back yet, by sequence. */
  #unread: Unread[] = [];
  /** Number of these that had not come when all was last read. */
  #late = 0;
  /** Flights that are held. */
  #held = 0;
  #readUpTo = 0;
  #cancelWatch: (() => void) | undefined;

  constructor(options: FlightsOptions) {
    this.#options = options;
    this.#window = new FlightWindow(options.environment.timings);
  }

  /** Flights of all kinds. */
  get count(): number {
    return this.#flights.size;
  }

  /** The most that there may be. */
  get max(): number {
    return this.#options.environment.timings.maxInFlight;
  }

  /** True if there may be one more of a backlog. */
  get hasRoom(): boolean {
    return this.count < this.max && this.#window.hasRoom;
  }

  /** True if one that was held may leave. */
  mayLeave({ isBacklog }: Flight): boolean {
    return !isBacklog || this.#window.hasRoom;
  }

  /** The flight of a record. */
  of(record: number): Flight | undefined {
    return this.#flights.get(record);
  }

  some(condition: (flight: Flight) => boolean): boolean {
    return this.#flights.values().some(condition);
  }

  /** A position, or that before the first flight of a kind. */
  before(position: number, isCounted: (flight: Flight) => boolean): number {
    let before = position;
    for (const flight of this.#flights.values()) {
      if (isCounted(flight)) before = Math.min(before, flight.position - 1);
    }
    return before;
  }

  /** Those that have to be sent again. */
  *held(): Generator<[record: number, flight: Flight]> {
    if (this.#held === 0) return;
    for (const entry of [...this.#flights]) if (entry[1].isHeld) yield entry;
  }

  add(record: number, { isPrompt, isBacklog }: Pick<Flight, "isPrompt" | "isBacklog">): Flight {
    const flight: Flight = {
      isPrompt,
      isBacklog,
      position: 0,
      again: 0,
      older: 0,
      isSent: false,
      isAcknowledged: false,
      isHeld: false,
      isInWindow: false,
      sentMs: 0,
      sentSeconds: 0,
    };
    this.#flights.set(record, flight);
    this.#enter(flight);
    return flight;
  }

  remove(record: number, flight: Flight): void {
    this.#release(flight);
    if (!flight.isSent) this.#leave(flight);
    if (this.#flights.get(record) === flight) this.#flights.delete(record);
  }

  /** It leaves now. */
  sent(record: number, flight: Flight): void {
    const { environment: { clock }, clockOffset } = this.#options;
    this.#release(flight);
    flight.isSent = true;
    flight.sentMs = clock.monotonicMs();
    flight.sentSeconds = clockOffset.now();
    // Anew, so that they stay in the order in which they were sent.
    this.#flights.delete(record);
    this.#flights.set(record, flight);
    this.#enter(flight);
    this.#watch();
  }

  /** It has to wait, and is to be sent again. */
  hold(flight: Flight): void {
    flight.isSent = false;
    this.#leave(flight);
    if (!flight.isHeld) this.#held++;
    flight.isHeld = true;
  }

  /** The stream had no room for it: it is to be sent again. */
  refuse(flight: Flight): void {
    this.hold(flight);
    this.#window.restart();
  }

  /** It will not be read back. */
  forget(flight: Flight): void {
    this.#leave(flight);
  }

  /** The stream has it. */
  acknowledged(flight: Flight, sequence: number): void {
    if (sequence <= this.#readUpTo) this.#read(flight);
    else this.#unread.push({ sequence, flight });
  }

  /** The live end of the stream was read up to here; the message that was read says when it was taken. */
  readUpTo(sequence: number, takenSeconds: number): void {
    this.#readUpTo = sequence;
    let count = 0;
    let sentSeconds: number | undefined;
    for (const it of this.#unread) {
      if (it.sequence > sequence) break;
      if (it.sequence === sequence) sentSeconds = it.flight.sentSeconds;
      this.#read(it.flight);
      count++;
    }
    if (count > 0) this.#unread.splice(0, count);
    this.#late = Math.max(0, this.#late - count);
    this.#options.clockOffset.look(takenSeconds, sentSeconds);
  }

  /**
   * All that the stream has was read: what had not come by the last such call will not, for the stream
   * has it no more. True if there was something.
   */
  readAll(): boolean {
    const gone = this.#unread.splice(0, this.#late);
    for (const { flight } of gone) this.#leave(flight);
    this.#late = this.#unread.length;
    return gone.length > 0;
  }

  /** Begins with few again. */
  restart(): void {
    this.#window.restart();
  }

  [Symbol.dispose](): void {
    this.#cancelWatch?.();
  }

  #release(flight: Flight): void {
    if (flight.isHeld) this.#held--;
    flight.isHeld = false;
  }

  #enter(flight: Flight): void {
    if (!flight.isBacklog || flight.isInWindow) return;
    flight.isInWindow = true;
    this.#window.leave();
  }

  /** Frees its room; `delayMs` is the time until it was read back, if it was. */
  #leave(flight: Flight, delayMs?: number): void {
    if (!flight.isInWindow) return;
    flight.isInWindow = false;
    this.#window.land(this.#options.environment.clock.monotonicMs(), delayMs);
  }

  #read(flight: Flight): void {
    this.#leave(flight, this.#options.environment.clock.monotonicMs() - flight.sentMs);
  }

  /** Sees to it that somebody looks when the oldest flight has been under way for too long. */
  #watch(): void {
    if (this.#cancelWatch !== undefined) return;
    const { environment: { clock, timings: { acknowledgeMs } }, fail } = this.#options;
    const look = () => {
      this.#cancelWatch = undefined;
      const oldest = this.#flights.values().find((it) => it.isSent);
      if (oldest === undefined) return;
      const leftMs = oldest.sentMs + acknowledgeMs - clock.monotonicMs();
      if (leftMs > 0) this.#cancelWatch = clock.after(leftMs, look);
      else fail(`what was published was not acknowledged within ${acknowledgeMs} ms`);
    };
    this.#cancelWatch = clock.after(acknowledgeMs, look);
  }
}
