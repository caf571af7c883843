// `/v1/changes`: the change feed as server-sent events (HTML standard, section 9.2), for other systems.
// A stream is one more reader of the feed: one that is slow, or comes back later, misses only what was
// superseded meanwhile.

import { encode } from "../../base/bytes.ts";
import { aborted, after, changed, until, WakeUp } from "../../base/waiting.ts";
import type { Grant } from "../../server/tokens/grant.ts";
import type { HttpContext } from "../context.ts";
import { AreaEvents } from "./lists/area_stream.ts";
import type { PlacedStream } from "./lists/stream_places.ts";
import type { ChangeEvents } from "./lists/change_events.ts";
import { FeedEvents } from "./lists/feed_events.ts";
import { areaOf, checkedQuery, filterOf } from "./lists/filters.ts";
import { ChangesQuery, NOW } from "./parameters.ts";
import { Problem } from "../problem.ts";
import type { Reply, ReplyStream } from "../wire/reply.ts";
import type { HttpRequest } from "../wire/request.ts";

/** The most that is given at one time, in characters: the next when that has been taken. */
const BATCH_CHARACTERS = 64 * 1024;

/** A stream without events has a comment this often, so that nobody in between takes it for dead. */
const HEARTBEAT_MS = 10_000;

/** The most streams at one time; see {@link StreamPlaces}. */
export const MAX_STREAMS = 100;

/** A proxy that gathers answers would keep events back: nginx does not gather with this field. */
const HEADERS = {
  "Content-Type": "text/event-stream",
  "X-Accel-Buffering": "no",
  // RFC 6750, section 2.3, asks for `private` where the URL has a token.
  "Cache-Control": "private, no-store",
};

/**
 * Streams the feed, or what happens in an area, from where `since` stands: `<feed id>:<position>`, the id of
 * the last event that the client has, or `now`. From the beginning without one; where it is of a feed that is
 * gone too, after `reset`.
 *
 * @throws {Problem} If a parameter is out of form, or there are too many streams.
 */
export function changes(request: HttpRequest, context: HttpContext): Reply {
  const { status, streams, store } = context;
  const { grant, search } = request;
  const lastId = request.header("last-event-id");
  const given = request.query();
  const asked = lastId === undefined ? given : { ...given, since: lastId };
  const query = checkedQuery(ChangesQuery, search, asked);
  const area = areaOf(query);
  const wants = filterOf(query, { store, grant });
  if (status.isStopping) throw new Problem(503, "This server is stopping");
  // The head alone is no stream, and takes no place of one.
  if (request.method === "HEAD") return { status: 200, headers: HEADERS, body: NO_EVENTS };
  if (!streams.makeRoom()) {
    throw new Problem(503, `${MAX_STREAMS} streams of changes are open already`);
  }
  const { since } = query;
  const from = since === undefined ? "all" : since === NOW ? "now" : "again";
  const source = area === undefined
    ? new FeedEvents(context, { since, wants })
    : new AreaEvents(context, { area, wants: wants ?? (() => true), from });
  const stream = new ChangeStream(context, { source, grant });
  streams.enter(stream);
  return {
    status: 200,
    headers: HEADERS,
    body: {
      async next() {
        const text = await stream.next();
        return text === undefined ? undefined : encode(text);
      },
      [Symbol.dispose]: () => stream[Symbol.dispose](),
    },
  };
}

const NO_EVENTS: ReplyStream = { next: () => Promise.resolve(undefined), [Symbol.dispose]() {} };

type StreamContext = Pick<HttpContext, "store" | "ending" | "clock" | "tokens" | "streams">;

/** One stream. */
class ChangeStream implements PlacedStream {
  readonly #context: StreamContext;
  readonly #source: ChangeEvents;
  readonly #grant: Grant;
  #isOpen = true;
  /** True if the client was told that it has everything there was. */
  #isLevel = false;
  readonly #closing = new WakeUp();
  #lastEventMs: number;

  constructor(
    context: StreamContext,
    { source, grant }: { readonly source: ChangeEvents; readonly grant: Grant },
  ) {
    this.#context = context;
    this.#source = source;
    this.#grant = grant;
    this.#lastEventMs = context.clock.monotonicMs();
  }

  get lastEventMs(): number {
    return this.#lastEventMs;
  }

  /** Waits for the next events, or for a heartbeat; undefined at the end. */
  async next(): Promise<string | undefined> {
    const { clock } = this.#context;
    // Changes that the stream leaves out are as good as none.
    const heartbeatMs = clock.monotonicMs() + HEARTBEAT_MS;
    for (;;) {
      const text = await this.#take(heartbeatMs);
      if (text === undefined) return undefined;
      const nowMs = clock.monotonicMs();
      if (text !== "") {
        this.#lastEventMs = nowMs;
        return text;
      }
      if (nowMs >= heartbeatMs) return ":\n\n";
    }
  }

  /** Waits for something new, up to a time; the events in it, which may be none. Undefined at the end. */
  async #take(untilMs: number): Promise<string | undefined> {
    const { store, ending, clock } = this.#context;
    const source = this.#source;
    if (this.#isOpen && source.isAtEnd && this.#isLevel) {
      const news = source.news === undefined ? [] : [source.news.woken];
      const heartbeat = after(clock, untilMs - clock.monotonicMs());
      await until(aborted(ending), changed(store.feed), heartbeat, this.#closing.woken, ...news);
    }
    if (!this.#mayGoOn()) return undefined;
    let text = "";
    const put = (event: string, data: object) => {
      text += this.#format(event, data);
      return text.length < BATCH_CHARACTERS;
    };
    const isWhole = await source.fill(put, () => this.#mayGoOn());
    if (!isWhole || !this.#mayGoOn()) return undefined;
    if (source.isAtEnd && !this.#isLevel) {
      this.#isLevel = true;
      put("level", {});
    }
    return text;
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#context.streams.leave(this);
    this.#source[Symbol.dispose]();
    this.#closing.wake();
  }

  /** A stream outlives no token: whoever reads it comes back with another one. */
  #mayGoOn(): boolean {
    const { ending, tokens } = this.#context;
    return this.#isOpen && !ending.aborted && tokens.isGood(this.#grant);
  }

  #format(event: string, data: object): string {
    const id = `${this.#context.store.feed.id}:${this.#source.position}`;
    return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
  }
}
