// `/v1/changes`: the change feed as server-sent events (HTML standard, section 9.2), for other systems.
// A stream is one more reader of the feed: one that is slow, or comes back later, misses only what was
// superseded meanwhile.

import { encode } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { aborted, after, changed, until, WakeUp } from "../../base/waiting.ts";
import type { Pace } from "../../server/turns/pace.ts";
import { HorizonWatch } from "../../server/readers/horizon_watch.ts";
import type { Grant } from "../../server/tokens/grant.ts";
import type { TokenKeys } from "../../server/tokens/token_keys.ts";
import type { FeedPosition, FeedReader } from "../../store/feed.ts";
import type { Store } from "../../store/store.ts";
import { clientView, removalView } from "./client_view.ts";
import type { HttpContext } from "../context.ts";
import { ChangesQuery, checked } from "./parameters.ts";
import { Problem } from "../problem.ts";
import type { Reply, ReplyStream } from "../wire/reply.ts";
import type { HttpRequest } from "../wire/request.ts";

/** The most that is given at one time, in characters: the next when that has been taken. */
const BATCH_CHARACTERS = 64 * 1024;

/** A stream without events has a comment this often, so that nobody in between takes it for dead. */
const HEARTBEAT_MS = 10_000;

/** The most streams at one time. */
export const MAX_STREAMS = 100;

/** Events in one piece of work: some 0.2 ms. */
const EVENTS_A_PIECE = 32;

/** A proxy that gathers answers would keep events back: nginx does not gather with this field. */
const HEADERS = { "Content-Type": "text/event-stream", "X-Accel-Buffering": "no" };

/**
 * Streams the feed from where `since` stands, `<feed id>:<position>`: the id of the last event that
 * the client has. From the beginning without one, or where it is of a feed that is gone.
 *
 * @throws {Problem} If `since` is out of form, or there are too many streams.
 */
export function changes(request: HttpRequest, context: HttpContext): Reply {
  const { status, counts } = context;
  const since = request.header("last-event-id") ?? request.query().since;
  const { since: held } = checked(ChangesQuery, { since });
  if (status.isStopping) throw new Problem(503, "This server is stopping");
  // The head alone is no stream, and takes no place of one.
  if (request.method === "HEAD") return { status: 200, headers: HEADERS, body: NO_EVENTS };
  if (counts.changeStreams >= MAX_STREAMS) {
    throw new Problem(503, `${MAX_STREAMS} streams of changes are open already`);
  }
  const stream = new ChangeStream(context, { held, grant: request.grant });
  counts.changeStreams++;
  return {
    status: 200,
    headers: HEADERS,
    body: {
      async next() {
        const text = await stream.next();
        return text === undefined ? undefined : encode(text);
      },
      [Symbol.dispose]() {
        if (stream.isOpen) counts.changeStreams--;
        stream[Symbol.dispose]();
      },
    },
  };
}

const NO_EVENTS: ReplyStream = { next: () => Promise.resolve(undefined), [Symbol.dispose]() {} };

/** The id of an event: where a reader of it stands. */
function formatPosition({ feedId, position }: FeedPosition): string {
  return `${feedId}:${position}`;
}

/** The events of one stream. */
class ChangeStream implements Disposable {
  readonly #store: Store;
  readonly #pace: Pace;
  readonly #horizon: HorizonWatch;
  #reader: FeedReader;
  readonly #ending: AbortSignal;
  #isOpen = true;
  /** Whether the client was told that it has everything there was. */
  #isLevel = false;
  readonly #clock: Clock;
  readonly #tokens: TokenKeys;
  readonly #grant: Grant;
  readonly #closing = new WakeUp();

  constructor(
    { store, ending, clock, pace, tokens }: Pick<
      HttpContext,
      "store" | "ending" | "clock" | "pace" | "tokens"
    >,
    { held, grant }: { readonly held: FeedPosition | undefined; readonly grant: Grant },
  ) {
    this.#store = store;
    this.#pace = pace;
    this.#horizon = new HorizonWatch(store);
    this.#reader = store.feed.readFrom(store.feed.resume(held));
    this.#ending = ending;
    this.#clock = clock;
    this.#tokens = tokens;
    this.#grant = grant;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Waits for the next events, or for a heartbeat; undefined at the end. */
  async next(): Promise<string | undefined> {
    if (this.#isOpen && this.#reader.isAtEnd && this.#isLevel) {
      const heartbeat = after(this.#clock, HEARTBEAT_MS);
      const news = changed(this.#store.feed);
      await until(aborted(this.#ending), news, heartbeat, this.#closing.woken);
    }
    let text = "";
    for (let events = 0; text.length < BATCH_CHARACTERS; events++) {
      if (events % EVENTS_A_PIECE === 0) {
        const pause = this.#pace.pause();
        if (pause !== undefined) await pause;
        if (this.#ending.aborted || !this.#isOpen) return undefined;
        // A stream outlives no token: whoever reads it comes back with another one.
        if (!this.#tokens.isGood(this.#grant)) return undefined;
        this.#followHorizon();
      }
      const record = this.#reader.next();
      if (record === 0) break;
      text += this.#event(record);
    }
    if (this.#reader.isAtEnd && !this.#isLevel) {
      this.#isLevel = true;
      text += this.#format("level", {});
    }
    return text === "" ? ":\n\n" : text;
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#reader[Symbol.dispose]();
    this.#closing.wake();
  }

  /** A horizon that went back lets records in again that were left out: all are given anew. */
  #followHorizon(): void {
    if (this.#horizon.hasGoneBack()) {
      this.#reader[Symbol.dispose]();
      this.#reader = this.#store.feed.readFrom(0);
    }
    this.#horizon.look();
  }

  #event(record: number): string {
    if (this.#store.isExpired(record)) return "";
    const update = this.#store.read(record);
    const { bytes, clientStart, clientEnd } = update;
    if (!this.#grant.covers(bytes, clientStart, clientEnd)) return "";
    return update.isRemoval
      ? this.#format("removal", removalView(update))
      : this.#format("location", clientView(update));
  }

  #format(event: string, data: object): string {
    const id = formatPosition({ feedId: this.#store.feed.id, position: this.#reader.position });
    return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
  }
}
