// Lines of JSON: a location a line, with any of the line ends; empty lines say nothing.

import { Failure } from "../command/errors.ts";
import type { Reader } from "./reader.ts";
import { MAX_ITEM_CHARS, type Told, toldOfJson } from "./told.ts";

/** Reads lines of JSON. */
export class NdjsonReader implements Reader {
  readonly unit = "line";
  #rest = "";
  #line = 0;

  *read(piece: string): Generator<Told, void> {
    let start = 0;
    for (let end; (end = piece.indexOf("\n", start)) >= 0; start = end + 1) {
      yield* this.#take(this.#rest + piece.slice(start, end));
      this.#rest = "";
    }
    this.#rest += piece.slice(start);
    if (this.#rest.length > MAX_ITEM_CHARS) {
      throw new Failure(
        `line ${this.#line + 1} is too long for a location: --format says what the file is`,
      );
    }
  }

  *end(): Generator<Told, void> {
    yield* this.#take(this.#rest);
  }

  *#take(line: string): Generator<Told, void> {
    this.#line++;
    const text = line.trim();
    if (text !== "") yield toldOfJson(this.#line, text);
  }
}
