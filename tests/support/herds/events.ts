// `/v1/changes` as a client reads it: `await using events = await Events.open(http)`.

import { assert, assertEquals } from "@std/assert";
import { within } from "../waiting.ts";
import type { TestHttp } from "./http.ts";

/** One event. */
export interface ServerEvent {
  readonly id: string;
  readonly event: string;
  readonly data: {
    readonly id?: string;
    readonly time?: string;
    readonly lat?: number;
    readonly lon?: number;
  };
}

/** A stream of events that is read one at a time. */
export class Events implements AsyncDisposable {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  private constructor(response: Response) {
    this.#reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** `since` is the id of an event, or a whole query. */
  static async open(http: TestHttp, since?: string, lastEventId?: string): Promise<Events> {
    const query = since === undefined ? "" : since.includes("=") ? `?${since}` : `?since=${since}`;
    const headers = lastEventId === undefined ? {} : { "Last-Event-ID": lastEventId };
    const response = await http.fetch(`/v1/changes${query}`, { headers });
    assertEquals(response.status, 200);
    assertEquals(response.headers.get("Content-Type"), "text/event-stream");
    return new Events(response);
  }

  /** The next event; undefined at the end. Comments are passed over. */
  next(): Promise<ServerEvent | undefined> {
    // As a whole: comments come for ever.
    return within(this.#next(), "the next event");
  }

  async #next(): Promise<ServerEvent | undefined> {
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end < 0) {
        const { done, value } = await this.#reader.read();
        if (done) return undefined;
        this.#text += value;
        continue;
      }
      const block = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 2);
      if (block.startsWith(":")) continue;
      const [, id, event, data] = /^id: (.*)\nevent: (.*)\ndata: (.*)$/.exec(block)!;
      return { id: id!, event: event!, data: JSON.parse(data!) };
    }
  }

  /** What comes until everything that there was has been given, `level` left out. */
  async untilLevel(): Promise<ServerEvent[]> {
    const events: ServerEvent[] = [];
    for (;;) {
      const event = await this.next();
      assert(event !== undefined, "the stream ended");
      if (event.event === "level") return events;
      events.push(event);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.cancel();
  }
}
