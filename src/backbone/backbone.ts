// The backbone of one server: keeps a connection to the herd's stream, with back-off, takes what the
// stream has, and publishes what the stream has not. Holds the positions that this is about.
//
// News comes first both ways. What the stream takes from now on is read beside what it had before, and
// what our clients tell is published while that is still being read.

import { inBackground } from "../base/background.ts";
import { reasonOf } from "../base/errors.ts";
import { LimitedLog } from "../base/limited_log.ts";
import { aborted, after, Backoff, nextTurn, onAbort, until, waitFor } from "../base/waiting.ts";
import { MAX_BODY_BYTES } from "../protocol/update.ts";
import type { FeedPosition } from "../store/feed.ts";
import { ClockOffset } from "./clock_offset.ts";
import type { BackboneEnvironment } from "./environment.ts";
import { Intake } from "./intake.ts";
import { PassedOver } from "./passed_over.ts";
import { Publisher, type PublisherFigures } from "./publisher.ts";
import {
  DeniedError,
  type StreamCondition,
  type StreamConnection,
  type StreamMessage,
} from "./stream.ts";

/**
 * Names under which the positions are held, each with the stream that it is about: in the stream, what
 * we have of it; in our feed, what the stream has of it, and of which size it took records then. No
 * server has a `:` in its name.
 */
const IN = "nats:in";
const OUT = "nats:out";
const MAX_BYTES = "nats:bytes";

/** Lines of one kind in the log within a minute: a connection may be lost again and again. */
const LINES_A_MINUTE = 5;

/** State of the backbone. Counts are since start. */
export interface BackboneStatus {
  /** The server that it is connected to; undefined when it is not. */
  readonly server: string | undefined;
  /** The reason why it is not connected; undefined when it is, or has not tried yet. */
  readonly trouble: string | undefined;
  /**
   * True if it has what the stream had when the connection was made, and publishes all that the stream
   * lacks. After a connection that did not last, only when this one has.
   */
  readonly isLevel: boolean;
  /** Faults of the stream, in words that name no hosts: it loses or refuses records. */
  readonly faults: readonly string[];
  /** Records that the stream does not take, as they are now. */
  readonly passedOver: number;
  /** The sequence up to which it has everything that the stream has. */
  readonly position: number;
  /** Positions of our feed from the first one on that the stream may lack. */
  readonly unpublished: number;
  readonly connects: number;
  /** Messages that came, and those among them that told nothing new, or were none of the herd's. */
  readonly received: number;
  readonly duplicates: number;
  readonly malformed: number;
  /** Records whose origin is no server of the topology. */
  readonly strangers: number;
  /** Messages that the stream took, and those among them that another server had published before. */
  readonly published: number;
  readonly repeated: number;
  /** Messages that the stream refused. */
  readonly refused: number;
  /** Records that were published again, since something older had been put over them. */
  readonly repaired: number;
  /** Records that were not published, because the stream has them or they are expired. */
  readonly withheld: number;
  /** The stream's clock minus ours in seconds, as far as delays let us see. */
  readonly clockOffsetSeconds: number;
}

/** One server's part in the backbone. */
export class Backbone {
  readonly #environment: BackboneEnvironment;
  readonly #log: LimitedLog;
  readonly #intake: Intake;
  readonly #passedOver: PassedOver;
  readonly #figures: PublisherFigures = { published: 0, repeated: 0, withheld: 0, refused: 0 };
  readonly #clockOffset: ClockOffset;
  readonly #stop = new AbortController();
  /** Sequence of the stream up to which everything was applied. */
  #in: FeedPosition | undefined;
  /** Position of our feed up to which the stream has it; `#publisher` knows better while there is one. */
  #out = 0;
  /** Up to here the stream was given the news of our clients; the same. */
  #promptFrom: number;
  /** The most bytes of a record that the stream takes now, and that it took all along up to `#out`. */
  #maxBytes = MAX_BODY_BYTES;
  #maxBytesUpToOut = MAX_BODY_BYTES;
  #stream: StreamConnection | undefined;
  #condition: StreamCondition | undefined;
  #publisher: Publisher | undefined;
  /** The last sequence that was read ahead of the backlog. */
  #liveSequence = 0;
  /** Time at which it caught up on this connection, on the steady clock. */
  #levelMs: number | undefined;
  /** True when there was a connection since the last wait; and when the last one did not last. */
  #wasConnected = false;
  #isFlapping = false;
  #trouble: string | undefined;
  #connects = 0;
  /** Ends the connection of now. */
  #end: (reason: string) => void = () => {};
  #running: Promise<void> | undefined;

  /** Does nothing until `start`. */
  constructor(environment: BackboneEnvironment) {
    const { store, held, clock, log } = environment;
    this.#environment = environment;
    this.#log = new LimitedLog({ log, clock, lines: LINES_A_MINUTE });
    this.#intake = new Intake(environment, (record, sequence) => this.#readOlder(record, sequence));
    this.#passedOver = new PassedOver(store);
    this.#clockOffset = new ClockOffset(clock, log);
    this.#promptFrom = store.feed.end;
    // Both were saved with the very records that are here now, so they hold after a crash as well.
    const position = held?.get(IN);
    const published = held?.get(OUT);
    if (position === undefined || published?.feedId !== position.feedId) return;
    this.#in = position;
    // What was dropped at the feed's end may have taken positions with it, to be given again.
    this.#out = Math.min(published.position, store.feed.end);
    this.#maxBytesUpToOut = held?.get(MAX_BYTES)?.position ?? MAX_BODY_BYTES;
  }

  /** The positions held now: what the store has makes them true. */
  held(): Map<string, FeedPosition> {
    if (this.#in === undefined) return new Map();
    const { feedId } = this.#in;
    return new Map([
      [IN, this.#in],
      [OUT, { feedId, position: this.#published }],
      [MAX_BYTES, { feedId, position: this.#maxBytesUpToOut }],
    ]);
  }

  /** Present state. */
  get status(): BackboneStatus {
    const { received, duplicates, malformed, strangers, repaired } = this.#intake;
    return {
      server: this.#stream?.server,
      trouble: this.#trouble,
      isLevel: this.#publisher !== undefined && this.#levelMs !== undefined &&
        (!this.#isFlapping || this.#hasLasted),
      faults: this.#faults,
      passedOver: this.#passedOver.count,
      position: this.#in?.position ?? 0,
      unpublished: this.#environment.store.feed.end - this.#published,
      connects: this.#connects,
      received,
      duplicates,
      malformed,
      strangers,
      repaired,
      ...this.#figures,
      clockOffsetSeconds: this.#clockOffset.seconds,
    };
  }

  /** Begins to connect. */
  start(): void {
    this.#running = inBackground(this.#keepConnected());
  }

  /** Reads all of the stream again: what it gave may have been dropped here. */
  readAgain(): void {
    if (this.#in === undefined) return;
    this.#in = { ...this.#in, position: 0 };
    // Messages that still come on this connection move no position.
    this.#stream = undefined;
    this.#end("this server reads all again");
  }

  /** Lets what is in flight land, within `drainMs`, and closes the connection. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  get #published(): number {
    return this.#publisher?.position ?? this.#out;
  }

  get #hasLasted(): boolean {
    const { clock, timings: { steadyMs } } = this.#environment;
    return this.#levelMs !== undefined && clock.monotonicMs() - this.#levelMs >= steadyMs;
  }

  get #faults(): string[] {
    const pause = this.#publisher?.pause;
    const faults = [...this.#condition?.faults ?? []];
    return pause === undefined ? faults : [`the stream takes nothing: ${pause.reason}`, ...faults];
  }

  async #keepConnected(): Promise<void> {
    const { clock, timings, random } = this.#environment;
    const { firstBackoffMs: firstMs, maxBackoffMs: maxMs, deniedMs } = timings;
    const backoff = new Backoff({ firstMs, maxMs, random });
    while (!this.#stop.signal.aborted) {
      const connects = this.#connects;
      this.#wasConnected = false;
      const error = await this.#session().catch((error) => error);
      if (this.#stop.signal.aborted) return;
      // That it was connected is no progress: what ended it may end the next one just as fast.
      const hasLasted = this.#hasLasted;
      if (hasLasted) backoff.reset();
      if (hasLasted || this.#wasConnected) this.#isFlapping = !hasLasted;
      this.#levelMs = undefined;
      const backoffMs = backoff.next();
      const waitMs = error instanceof DeniedError
        ? Math.ceil(deniedMs * (0.5 + random() / 2))
        : backoffMs;
      const reason = this.#trouble = reasonOf(error);
      if (this.#connects > connects) this.#log.warn("backbone.lost", { reason, nextTryMs: waitMs });
      else this.#log.info("backbone.unreachable", { reason, nextTryMs: waitMs });
      await until(after(clock, waitMs), aborted(this.#stop.signal));
    }
  }

  /** One connection; resolves with why it ended. */
  async #session(): Promise<string | Error> {
    const { connect } = this.#environment;
    const { signal } = this.#stop;
    const stream = await connect(signal);
    const over = Promise.withResolvers<string | Error>();
    const fail = (error: unknown) => over.resolve(reasonOf(error));
    this.#end = over.resolve;
    inBackground(stream.ended.then(over.resolve), fail);
    const stop = () => this.#settle().then(() => over.resolve("this server is stopping"));
    const forget = onAbort(signal, () => inBackground(stop(), fail));
    try {
      this.#stream = stream;
      this.#wasConnected = true;
      const position = this.#resume(stream);
      this.#log.info("backbone.connected", { host: stream.server, position });
      this.#begin(stream, position, over.resolve);
      return await over.promise;
    } finally {
      forget();
      this.#out = this.#published;
      this.#promptFrom = this.#publisher?.promptPosition ?? this.#promptFrom;
      this.#publisher?.[Symbol.dispose]();
      this.#publisher = undefined;
      this.#stream = undefined;
      await stream.close();
    }
  }

  /** The sequence to go on from: the start if the stream is another one, or lost what we know of it. */
  #resume(stream: StreamConnection): number {
    const { log } = this.#environment;
    if (this.#in?.feedId === stream.id && this.#in.position <= stream.end) return this.#in.position;
    if (this.#in !== undefined) {
      log.warn("backbone.anew", { position: this.#in.position, end: stream.end });
    }
    this.#intake.forget();
    this.#in = { feedId: stream.id, position: 0 };
    this.#out = 0;
    return 0;
  }

  /** Reads what the stream has from a position on, and its news beside; publishes news at once. */
  #begin(stream: StreamConnection, position: number, end: (reason: string | Error) => void): void {
    const fail = (error: unknown) => end(error instanceof Error ? error : String(error));
    const isOurs = () => this.#stream === stream;
    this.#intake.begin();
    this.#liveSequence = stream.end;
    this.#adopt(stream.condition).catch(fail);
    const publisher = this.#publisher = new Publisher({
      environment: this.#environment,
      stream,
      intake: this.#intake,
      passedOver: this.#passedOver,
      clockOffset: this.#clockOffset,
      figures: this.#figures,
      from: this.#out,
      promptFrom: this.#promptFrom,
      maxMessageBytes: () => this.#maxBytes,
      fail,
    });
    const level = () => {
      if (!isOurs() || this.#levelMs !== undefined) return;
      this.#in = { feedId: stream.id, position: this.#liveSequence };
      this.#connects++;
      this.#levelMs = this.#environment.clock.monotonicMs();
      this.#trouble = undefined;
      this.#log.info("backbone.level", { position: this.#liveSequence });
      publisher.beginAll();
    };
    stream.read({ after: stream.end }, {
      message: (message) => {
        if (isOurs()) this.#readLive(stream, publisher, message);
      },
      through: () => publisher.readAll(),
    }).then(() => position === stream.end && level()).catch(fail);
    this.#inspect(stream).catch(fail);
    if (position === stream.end) return;
    stream.read({ after: position, until: stream.end }, {
      message: (message) => {
        if (!isOurs()) return;
        this.#intake.take(message, true);
        this.#in = { feedId: stream.id, position: message.sequence };
      },
      through: level,
    }).catch(fail);
  }

  #readLive(stream: StreamConnection, publisher: Publisher, message: StreamMessage): void {
    const record = this.#intake.take(message);
    this.#liveSequence = message.sequence;
    // Before that, what is between is missing.
    if (this.#levelMs !== undefined) {
      this.#in = { feedId: stream.id, position: message.sequence };
    }
    publisher.read(message, record);
  }

  /** Looks now and then how the stream is set up. */
  async #inspect(stream: StreamConnection): Promise<void> {
    const { clock, timings: { firstInspectMs, maxInspectMs } } = this.#environment;
    const ended = () => stream.ended.then(() => {});
    for (let waitMs = firstInspectMs;; waitMs = Math.min(waitMs * 2, maxInspectMs)) {
      await waitFor(ended(), after(clock, waitMs), aborted(this.#stop.signal));
      if (this.#stream !== stream || this.#stop.signal.aborted) return;
      const condition = await stream.inspect();
      if (this.#stream !== stream) return;
      await this.#adopt(condition);
    }
  }

  /** Compares what the stream takes with what a record can be, and says what is amiss. */
  async #adopt(condition: StreamCondition): Promise<void> {
    const { clock } = this.#environment;
    this.#condition = condition;
    for (const reason of condition.faults) this.#log.warn("backbone.fault", { reason });
    const before = this.#maxBytesUpToOut;
    this.#maxBytes = Math.min(condition.maxMessageBytes, MAX_BODY_BYTES);
    this.#maxBytesUpToOut = Math.min(this.#maxBytes, before);
    await this.#passedOver.refit(this.#maxBytes, before, () => nextTurn(clock));
    this.#maxBytesUpToOut = this.#maxBytes;
  }

  #readOlder(record: number, sequence: number): void {
    if (this.#publisher?.defersOlder(record, sequence)) return;
    this.#intake.weighOlder(record, sequence, this.#published);
  }

  /** Waits a little for the news of our own clients to be in the stream. */
  async #settle(): Promise<void> {
    if (this.#publisher === undefined) return;
    const { clock, timings: { drainMs } } = this.#environment;
    await waitFor(this.#publisher.settled(), after(clock, drainMs));
  }
}
