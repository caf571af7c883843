// The backbone of one server: keeps a connection to the herd's stream, with back-off, takes what the
// stream has, then publishes what the stream has not. Holds the two positions that this is about.

import type { FeedPosition } from "../store/feed.ts";
import { ClockOffset } from "./clock_offset.ts";
import { reasonOf } from "../base/error_text.ts";
import { aborted, after, Backoff, onAbort, until, waitFor } from "../base/waiting.ts";
import type { BackboneEnvironment } from "./environment.ts";
import { Intake } from "./intake.ts";
import { Publisher, type PublisherFigures } from "./publisher.ts";
import type { StreamConnection, StreamMessage } from "./stream.ts";

/**
 * Names under which the positions are held, each with the stream that it is about: in the stream, what
 * we have of it; in our feed, what the stream has of it. No server has a `:` in its name.
 */
const IN = "nats:in";
const OUT = "nats:out";

/** How the backbone is doing. Counts are since start. */
export interface BackboneStatus {
  /** The server that it is connected to; undefined when it is not. */
  readonly server: string | undefined;
  /** Why it is not connected; undefined when it is, or has not tried yet. */
  readonly trouble: string | undefined;
  /** Whether it has what the stream had when the connection was made, and publishes. */
  readonly isLevel: boolean;
  /** The sequence up to which it has everything that the stream has. */
  readonly position: number;
  /** Positions of our feed from the first one on that the stream may lack. */
  readonly unpublished: number;
  readonly connects: number;
  /** Messages that came, and those among them that told nothing new, or were none of the herd's. */
  readonly received: number;
  readonly duplicates: number;
  readonly malformed: number;
  /** Messages that the stream took, and those among them that another server had published before. */
  readonly published: number;
  readonly repeated: number;
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
  readonly #intake: Intake;
  readonly #figures: PublisherFigures = { published: 0, repeated: 0, withheld: 0 };
  readonly #clockOffset: ClockOffset;
  readonly #stop = new AbortController();
  /** What we have of the stream. Everything up to it was applied. */
  #in: FeedPosition | undefined;
  /** What that stream has of our feed; `#publisher` knows better while there is one. */
  #out = 0;
  #stream: StreamConnection | undefined;
  #publisher: Publisher | undefined;
  #trouble: string | undefined;
  #connects = 0;
  #running: Promise<void> | undefined;

  /** Does nothing until `start`. */
  constructor(environment: BackboneEnvironment) {
    const { store, held, clock, log } = environment;
    this.#environment = environment;
    this.#intake = new Intake(environment, (record, sequence) => this.#readOlder(record, sequence));
    this.#clockOffset = new ClockOffset(clock, log);
    // Both were saved with the very records that are here now, so they hold after a crash as well.
    const position = held?.get(IN);
    const published = held?.get(OUT);
    if (position === undefined || published?.feedId !== position.feedId) return;
    this.#in = position;
    // What was dropped at the feed's end may have taken positions with it, to be given again.
    this.#out = Math.min(published.position, store.feed.end);
  }

  /** The positions held now: what the store has makes them true. */
  held(): Map<string, FeedPosition> {
    if (this.#in === undefined) return new Map();
    return new Map([
      [IN, this.#in],
      [OUT, { feedId: this.#in.feedId, position: this.#published }],
    ]);
  }

  /** How it is doing. */
  get status(): BackboneStatus {
    const { received, duplicates, malformed, repaired } = this.#intake;
    return {
      server: this.#stream?.server,
      trouble: this.#trouble,
      isLevel: this.#publisher !== undefined,
      position: this.#in?.position ?? 0,
      unpublished: this.#environment.store.feed.end - this.#published,
      connects: this.#connects,
      received,
      duplicates,
      malformed,
      repaired,
      ...this.#figures,
      clockOffsetSeconds: this.#clockOffset.seconds,
    };
  }

  /** Begins to connect. */
  start(): void {
    this.#running = this.#keepConnected();
  }

  /** Lets what is in flight land, within `drainMs`, and closes the connection. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  get #published(): number {
    return this.#publisher?.position ?? this.#out;
  }

  async #keepConnected(): Promise<void> {
    const { clock, log, timings, random } = this.#environment;
    const { firstBackoffMs: firstMs, maxBackoffMs: maxMs } = timings;
    const backoff = new Backoff({ firstMs, maxMs, random });
    while (!this.#stop.signal.aborted) {
      const connects = this.#connects;
      const reason = await this.#session().catch(reasonOf);
      if (this.#stop.signal.aborted) return;
      const wasConnected = this.#connects > connects;
      if (wasConnected) backoff.reset();
      const waitMs = backoff.next();
      this.#trouble = reason;
      if (wasConnected) log.warn("backbone.lost", { reason, nextTryMs: waitMs });
      else log.info("backbone.unreachable", { reason, nextTryMs: waitMs });
      await until(after(clock, waitMs), aborted(this.#stop.signal));
    }
  }

  /** One connection; resolves with why it ended. */
  async #session(): Promise<string> {
    const { connect, log } = this.#environment;
    const { signal } = this.#stop;
    const stream = await connect(signal);
    const over = Promise.withResolvers<string>();
    stream.ended.then(over.resolve);
    const stop = () => this.#settle().then(() => over.resolve("this server is stopping"));
    const forget = onAbort(signal, () => void stop());
    try {
      this.#stream = stream;
      const position = this.#resume(stream);
      log.info("backbone.connected", { host: stream.server, position });
      stream.read(position, {
        message: (message) => this.#take(stream, message),
        level: () => this.#level(stream, over.resolve),
      }).catch((error) => over.resolve(reasonOf(error)));
      return await over.promise;
    } finally {
      forget();
      this.#out = this.#published;
      this.#publisher?.[Symbol.dispose]();
      this.#publisher = undefined;
      this.#stream = undefined;
      await stream.close();
    }
  }

  /** Where in the stream to go on: from the start if it is another one, or lost what we know of it. */
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

  #take(stream: StreamConnection, message: StreamMessage): void {
    if (this.#stream !== stream) return;
    this.#intake.take(message);
    this.#in = { feedId: stream.id, position: message.sequence };
    if (this.#publisher !== undefined) this.#clockOffset.look(message.takenSeconds);
  }

  #readOlder(record: number, sequence: number): void {
    if (this.#publisher?.defersOlder(record, sequence)) return;
    this.#intake.weighOlder(record, sequence, this.#published);
  }

  /** The first time, begins to publish: not before, or it would publish what is in the stream. */
  #level(stream: StreamConnection, fail: (reason: string) => void): void {
    if (this.#stream !== stream || this.#publisher !== undefined) return;
    this.#connects++;
    this.#trouble = undefined;
    this.#environment.log.info("backbone.level", { position: this.#in!.position });
    this.#publisher = new Publisher({
      environment: this.#environment,
      stream,
      intake: this.#intake,
      figures: this.#figures,
      from: this.#out,
      fail,
    });
  }

  /** Waits a little for the news of our own clients to be in the stream. */
  async #settle(): Promise<void> {
    if (this.#publisher === undefined) return;
    const { clock, timings: { drainMs } } = this.#environment;
    await waitFor(this.#publisher.settled(), after(clock, drainMs));
  }
}
