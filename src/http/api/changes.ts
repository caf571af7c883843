// `/v1/changes`: the change feed as server-sent events (HTML standard, section 9.2), for other systems.
// A stream is one more reader of the feed: one that is slow, or comes back later, misses only what was
// superseded meanwhile.

import { encode } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { aborted, after, changed, until, WakeUp } from "../../base/waiting.ts";
import type { FeedPosition, FeedReader } from "../../store/feed.ts";
import type { Store } from "../../store/store.ts";
import { clientView, removalView } from "./client_view.ts";
import type { HttpContext } from "../context.ts";
import { ChangesQuery, checked } from "./parameters.ts";
import { Problem } from "../problem.ts";
import type { Reply } from "../wire/reply.ts";
import type { HttpRequest } from "../wire/request.ts";

/** The most that is given at one time, in characters: the next when that has been taken. */
const BATCH_CHARACTERS = 64 * 1024;

/** A stream without events has a comment this often, so that nobody in between takes it for dead. */
const HEARTBEAT_MS = 10_000;

/** The most streams at one time. */
const MAX_STREAMS = 100;

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
  if (counts.changeStreams >= MAX_STREAMS) {
    throw new Problem(503, `${MAX_STREAMS} streams of changes are open already`);
  }
  const stream = new ChangeStream(context, held);
  counts.changeStreams++;
  return {
    status: 200,
    headers: { "Content-Type": "text/event-stream" },
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

/** The id of an event: where a reader of it stands. */
function formatPosition({ feedId, position }: FeedPosition): string {
  return `${feedId}:${position}`;
}

/** The events of one stream. */
class ChangeStream implements Disposable {
  readonly #store: Store;
  readonly #reader: FeedReader;
  readonly #ending: AbortSignal;
  #isOpen = true;
  /** Whether the client was told that it has everything there was. */
  #isLevel = false;
  readonly #clock: Clock;
  readonly #closing = new WakeUp();

  constructor(
    { store, ending, clock }: Pick<HttpContext, "store" | "ending" | "clock">,
    held: FeedPosition | undefined,
  ) {
    this.#store = store;
    this.#reader = store.feed.readFrom(store.feed.resume(held));
    this.#ending = ending;
    this.#clock = clock;
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
    if (this.#ending.aborted || !this.#isOpen) return undefined;
    let text = "";
    while (text.length < BATCH_CHARACTERS) {
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

  #event(record: number): string {
    if (this.#store.isExpired(record)) return "";
    const update = this.#store.read(record);
    return update.isRemoval
      ? this.#format("removal", removalView(update))
      : this.#format("location", clientView(update));
  }

  #format(event: string, data: object): string {
    const id = formatPosition({ feedId: this.#store.feed.id, position: this.#reader.position });
    return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
  }
}
