// Server-sent events as the HTML standard has them (section 9.2.6), from bytes that are cut anywhere.

/** One event of a stream. */
export interface ServerEvent {
  /** The id of the last event that had one; empty before. */
  readonly id: string;
  /** Its kind; `message` if the stream names none. */
  readonly event: string;
  /** Its data, lines joined by newlines. */
  readonly data: string;
}

/** The longest line and the longest data of an event, in characters: a server's are far shorter. */
export const MAX_EVENT_CHARACTERS = 1024 * 1024;

const LINE_END = /\r\n|\r|\n/g;

/** Parses one stream. */
export class EventParser {
  readonly #decoder = new TextDecoder();
  /** The beginning of a line that has no end yet. */
  #rest = "";
  #endsInReturn = false;
  #id = "";
  #event = "";
  #data: string[] = [];
  #characters = 0;

  /**
   * The events that these bytes complete; an event is complete at its empty line.
   *
   * @throws {RangeError} If a line or an event is over {@link MAX_EVENT_CHARACTERS}.
   */
  push(chunk: Uint8Array): ServerEvent[] {
    let text = this.#decoder.decode(chunk, { stream: true });
    if (text === "") return [];
    // The newline of a pair that the cut went through ends no second line.
    if (this.#endsInReturn && text.startsWith("\n")) text = text.slice(1);
    this.#endsInReturn = text === "" ? false : text.endsWith("\r");
    const lines = text.split(LINE_END);
    lines[0] = this.#rest + lines[0];
    this.#rest = lines.pop()!;
    this.#check(this.#rest.length);
    const events: ServerEvent[] = [];
    for (const line of lines) {
      const event = this.#take(line);
      if (event !== undefined) events.push(event);
    }
    return events;
  }

  /** Takes a whole line; gives the event that it ends. */
  #take(line: string): ServerEvent | undefined {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "event") this.#event = value;
    else if (field === "id" && !value.includes("\0")) this.#id = value;
    else if (field === "data") {
      this.#characters += value.length + 1;
      this.#check(this.#characters);
      this.#data.push(value);
    }
    return undefined;
  }

  #dispatch(): ServerEvent | undefined {
    const [event, data] = [this.#event, this.#data];
    this.#event = "";
    this.#data = [];
    this.#characters = 0;
    if (data.length === 0) return undefined;
    return { id: this.#id, event: event === "" ? "message" : event, data: data.join("\n") };
  }

  #check(characters: number): void {
    if (characters > MAX_EVENT_CHARACTERS) {
      throw new RangeError(`An event of over ${MAX_EVENT_CHARACTERS} characters`);
    }
  }
}
