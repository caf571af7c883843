// Reads the change feed and publishes what the stream does not have, for as long as one connection
// lasts. Nothing is queued: what waits is in the feed, and what is in flight is bounded.
//
// Three readers of the feed, each ahead of the next: news that our clients bring now; news that they
// brought since the last connection was lost; and everything else, which others may publish as well,
// and which begins when what the stream had was read.
//
// The stream keeps what was published last, which may be older than what it had: two servers may
// publish at once. So a server that reads something older than what it knows the stream had, or
// published itself before that, publishes the newer one again.

import { reasonOf } from "../base/errors.ts";
import { inBackground } from "../base/background.ts";
import { changed, nextTurn, until, WakeUp } from "../base/waiting.ts";
import type { FeedReader } from "../store/feed.ts";
import { ANYBODY, STREAM_BIT } from "../store/known_to.ts";
import type { ClockOffset } from "./clock_offset.ts";
import { Courtesy } from "./courtesy.ts";
import type { BackboneEnvironment } from "./environment.ts";
import { type Flight, Flights } from "./flights.ts";
import type { Intake } from "./intake.ts";
import type { PassedOver } from "./passed_over.ts";
import { Pause } from "./pause.ts";
import { DeniedError, type Refusal, type StreamConnection, type StreamMessage } from "./stream.ts";

/** Records that are passed over in one turn; then clients have theirs. */
const MAX_PASSED_A_TURN = 10_000;

/** Counts since start, over all connections. */
export interface PublisherFigures {
  /** Messages that the stream took. */
  published: number;
  /** Those among them that another server had published before. */
  repeated: number;
  /** Records that were not published, because the stream has them or they are expired. */
  withheld: number;
  /** Messages that the stream refused. */
  refused: number;
}

/** Context of a publisher. */
export interface PublisherOptions {
  readonly environment: BackboneEnvironment;
  readonly stream: StreamConnection;
  readonly intake: Intake;
  readonly passedOver: PassedOver;
  readonly clockOffset: ClockOffset;
  readonly figures: PublisherFigures;
  /** Up to this position the stream has everything; 0 to begin. */
  readonly from: number;
  /** Up to this position it was given the news of our clients. */
  readonly promptFrom: number;
  /** The most bytes that the stream takes now. */
  maxMessageBytes(): number;
  /** Called when the connection is of no use any more. */
  fail(reason: string): void;
}

/** Publishes until it is disposed of. */
export class Publisher implements Disposable {
  readonly #options: PublisherOptions;
  readonly #flights: Flights;
  readonly #pause: Pause;
  readonly #courtesy: Courtesy;
  /** Reads the news of our clients, at once. */
  readonly #prompt: FeedReader;
  /** Reads what they brought while there was no connection. */
  readonly #missed: FeedReader;
  /** Position at which the missed news ends. */
  readonly #missedEnd: number;
  /** Reads everything, a moment later. */
  readonly #patient: FeedReader;
  /** True when what the stream had when the connection was made was read. */
  #isLevel = false;
  /** False when this server may not ask for the present message of a client. */
  #mayAsk = true;
  #isOver = false;
  /** There is room, it is the patient's time, a pause ends, or it is over. */
  readonly #work = new WakeUp();
  readonly #settled = new WakeUp();
  readonly #fail = (error: unknown) => this.#options.fail(reasonOf(error));

  /** Begins. */
  constructor(options: PublisherOptions) {
    this.#options = options;
    const { environment, clockOffset, fail } = options;
    const { feed } = environment.store;
    this.#patient = feed.readFrom(options.from);
    this.#missed = feed.readFrom(options.promptFrom);
    this.#missedEnd = feed.end;
    this.#prompt = feed.readFrom(feed.end);
    const wake = () => this.#work.wake();
    this.#courtesy = new Courtesy(environment, wake);
    this.#pause = new Pause(environment, wake);
    this.#flights = new Flights({ environment, clockOffset, fail });
    inBackground(this.#run(), this.#fail);
  }

  /** The position of our feed up to which the stream has, or had, everything. */
  get position(): number {
    return this.#flights.before(this.#patient.position, () => true);
  }

  /** The position up to which the stream was given the news of our clients. */
  get promptPosition(): number {
    const position = this.#isMissedOver ? this.#prompt.position : this.#missed.position;
    return this.#flights.before(position, (it) => it.isPrompt);
  }

  /** The reason why nothing is published now; undefined while it is. */
  get pause(): Refusal | undefined {
    return this.#pause.refusal;
  }

  /** The stream was read up to its end at connect: now all may be published. */
  beginAll(): void {
    this.#isLevel = true;
    this.#work.wake();
  }

  /** A message of the live end was read; `record` is the one that it is the present version of, or 0. */
  read(message: StreamMessage, record: number): void {
    this.#flights.readUpTo(message.sequence, message.takenSeconds);
    const flight = record === 0 ? undefined : this.#flights.of(record);
    const { store } = this.#options.environment;
    // A message that was read is in the stream: no need to wait for the acknowledgement.
    if (flight?.isSent && flight.position === store.feed.positionOf(record)) {
      flight.isAcknowledged = true;
      this.#landed(record, flight);
    }
    this.#work.wake();
  }

  /** Everything that the stream has now was read. */
  readAll(): void {
    if (this.#flights.readAll()) this.#work.wake();
  }

  /** True while a record is being published: what older message was read is weighed after that. */
  defersOlder(record: number, sequence: number): boolean {
    const flight = this.#flights.of(record);
    if (flight !== undefined) flight.older = Math.max(flight.older, sequence);
    return flight !== undefined;
  }

  /** Resolves when all news of our own clients is in the stream. */
  settled(): Promise<unknown> {
    const settled = until(this.#settled.woken);
    this.#work.wake();
    return settled;
  }

  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#work.wake();
    for (const it of [this.#flights, this.#courtesy, this.#pause]) it[Symbol.dispose]();
    for (const it of [this.#prompt, this.#missed, this.#patient]) it[Symbol.dispose]();
  }

  get #isMissedOver(): boolean {
    return this.#missed.position >= this.#missedEnd || this.#missed.isAtEnd;
  }

  get #isSettled(): boolean {
    return this.#isMissedOver && this.#prompt.isAtEnd && !this.#flights.some((it) => it.isPrompt);
  }

  async #run(): Promise<void> {
    const { clock, store: { feed } } = this.#options.environment;
    while (!this.#isOver) {
      const isThrough = this.#step();
      if (this.#isLevel) this.#courtesy.look(this.#patient.position, feed.end);
      if (this.#isSettled) this.#settled.wake();
      await (isThrough ? until(changed(feed), this.#work.woken) : nextTurn(clock));
    }
  }

  /** Publishes what may be published now; false if it has to go on at once. */
  #step(): boolean {
    if (this.#pause.isOn || !(this.#isLevel || this.#mayAsk)) return true;
    const { feed } = this.#options.environment.store;
    const flights = this.#flights;
    if (this.#pause.isTrying && flights.some((it) => it.isSent)) return true;
    for (const [record, flight] of flights.held()) {
      if (!flights.mayLeave(flight)) return true;
      this.#send(record, flight);
      // After a pause one message shows whether there is room.
      if (this.#pause.isTrying) return true;
    }
    this.#pause.end();
    return this.#offerFrom(this.#prompt, feed.end, () => flights.count < flights.max) &&
      this.#offerFrom(this.#missed, this.#missedEnd, () => flights.hasRoom) &&
      (!this.#isLevel ||
        this.#offerFrom(this.#patient, this.#courtesy.limit, () => flights.hasRoom));
  }

  /** Reads on, up to a position, while there is room; false if it has to go on at once. */
  #offerFrom(reader: FeedReader, end: number, hasRoom: () => boolean): boolean {
    const { store: { feed } } = this.#options.environment;
    for (let passed = 0; hasRoom(); passed++) {
      const record = reader.peek();
      if (record !== 0 && feed.positionOf(record) > end) return true;
      if (passed === MAX_PASSED_A_TURN) return false;
      if (reader.next() === 0) return true;
      this.#offer(record, reader);
    }
    return true;
  }

  #offer(record: number, reader: FeedReader): void {
    const { environment: { store }, figures } = this.#options;
    const isPrompt = reader !== this.#patient;
    if (!this.#isWanted(record)) {
      if (!isPrompt) figures.withheld++;
      return;
    }
    if (isPrompt && store.isKnownTo(record, ANYBODY)) return;
    if (store.bodyLength(record) > this.#options.maxMessageBytes()) {
      return this.#passOver(record, { kind: "message", reason: "the message is too long" });
    }
    const flight = this.#flights.of(record);
    if (flight === undefined) {
      this.#send(
        record,
        this.#flights.add(record, { isPrompt, isBacklog: reader !== this.#prompt }),
      );
    } else if (flight.position !== store.feed.positionOf(record)) {
      flight.again = store.feed.positionOf(record);
    }
  }

  /** True if the stream lacks a record's version, and did not refuse it. */
  #isWanted(record: number): boolean {
    const { environment: { store }, passedOver } = this.#options;
    return !store.isKnownTo(record, STREAM_BIT) && !store.isExpired(record) &&
      !passedOver.has(record);
  }

  #send(record: number, flight: Flight): void {
    const { store } = this.#options.environment;
    flight.position = store.feed.positionOf(record);
    flight.again = 0;
    if (this.#isLevel) this.#publish(record, flight);
    else if (this.#mayAsk) inBackground(this.#ask(record, flight), this.#fail);
    else this.#flights.hold(flight);
  }

  /**
   * Publishes news before what the stream has was read: not without a look at the message that it
   * takes the place of, for nobody else may have that.
   */
  async #ask(record: number, flight: Flight): Promise<void> {
    const { environment: { store, log }, stream, intake } = this.#options;
    try {
      const message = await stream.last(this.#subjectOf(record));
      if (this.#isOver) return;
      if (message !== undefined) intake.take(message);
    } catch (error) {
      if (this.#isOver) return;
      if (!(error instanceof DeniedError)) return this.#options.fail(String(error));
      if (this.#mayAsk) log.warn("backbone.rights", { reason: error.message });
      this.#mayAsk = false;
    }
    if (flight.position !== store.feed.positionOf(record) || !this.#isWanted(record)) {
      this.#landed(record, flight);
    } else if (this.#mayAsk || this.#isLevel) this.#publish(record, flight);
    else this.#flights.hold(flight);
  }

  #publish(record: number, flight: Flight): void {
    const { environment: { store, log }, stream } = this.#options;
    const body = new Uint8Array(store.bodyLength(record));
    store.copyBody(record, body, 0);
    if (log.debugEnabled) log.debug("backbone.out", { line: body });
    this.#flights.sent(record, flight);
    stream.publish(this.#subjectOf(record), body, (answer) => {
      if (this.#isOver) return;
      if (typeof answer === "number") this.#taken(record, flight, answer);
      else this.#refused(record, flight, answer);
      this.#work.wake();
    });
  }

  #subjectOf(record: number): string {
    const { store, subjectOf } = this.#options.environment;
    const { bytes, clientStart, clientEnd } = store.read(record);
    return subjectOf(bytes.subarray(clientStart, clientEnd));
  }

  #taken(record: number, flight: Flight, sequence: number): void {
    const { environment: { store }, intake, figures } = this.#options;
    figures.published++;
    this.#pause.end();
    this.#flights.acknowledged(flight, sequence);
    if (store.feed.positionOf(record) === flight.position) {
      const since = intake.sequenceOf(record);
      intake.confirm(record, sequence);
      if (since !== 0 && since < sequence) {
        figures.repeated++;
        this.#courtesy.yield(this.#patient.position);
        this.#flights.restart();
      }
    }
    if (flight.isAcknowledged) return;
    flight.isAcknowledged = true;
    this.#landed(record, flight);
  }

  #refused(record: number, flight: Flight, refusal: Refusal): void {
    this.#options.figures.refused++;
    // It was read back already: the refusal is of no matter.
    if (flight.isAcknowledged) return;
    if (refusal.kind !== "message") {
      this.#flights.refuse(flight);
      return this.#pause.begin(refusal);
    }
    this.#flights.forget(flight);
    if (this.#options.environment.store.feed.positionOf(record) === flight.position) {
      this.#passOver(record, refusal);
    }
    this.#landed(record, flight);
  }

  #passOver(record: number, { reason }: Refusal): void {
    const { environment: { store, log }, passedOver } = this.#options;
    passedOver.add(record);
    const { bytes, clientStart, clientEnd } = store.read(record);
    log.warn("backbone.refused", {
      reason,
      bytes: store.bodyLength(record),
      client: bytes.subarray(clientStart, clientEnd),
    });
  }

  #landed(record: number, flight: Flight): void {
    const { environment: { store }, intake } = this.#options;
    const isAgain = flight.again !== 0 && flight.again === store.feed.positionOf(record);
    this.#flights.remove(record, flight);
    if (isAgain && this.#isWanted(record)) {
      return this.#send(record, this.#flights.add(record, flight));
    }
    if (flight.older !== 0) intake.weighOlder(record, flight.older, this.position);
    this.#work.wake();
  }
}
