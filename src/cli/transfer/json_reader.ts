// The elements of one array of JSON: of the text itself, or the `features` of a FeatureCollection (RFC
// 7946). One element at a time is in memory.

import { Failure } from "../command/errors.ts";
import type { Reader } from "./reader.ts";
import { MAX_ITEM_CHARS, type Told, toldOfJson } from "./told.ts";

/** The member of a FeatureCollection that is its array. */
const MEMBER = "features";

const OUTSIDE = /["[\]{},:]/g;
const INSIDE = /["\\]/g;

/** Reads the elements of an array. */
export class JsonReader implements Reader {
  /** Brackets and braces that are open. */
  #depth = 0;
  #isInString = false;
  /** True if the next character of a string stands for itself. */
  #isEscaped = false;
  /** The depth of what is in the array; undefined before it begins, 0 behind it. */
  #itemDepth: number | undefined;
  /** The element, or before the array the last string, as far as it was read. */
  #text = "";
  /** The last string before a colon at the top. */
  #member = "";
  #count = 0;

  get unit(): "feature" | "element" {
    return this.#itemDepth === 1 ? "element" : "feature";
  }

  *read(piece: string): Generator<Told, void> {
    let kept = 0;
    for (let at = 0; at < piece.length && this.#itemDepth !== 0;) {
      if (this.#isEscaped) {
        this.#isEscaped = false;
        at++;
        continue;
      }
      const next = this.#isInString ? INSIDE : OUTSIDE;
      next.lastIndex = at;
      const found = next.exec(piece);
      if (found === null) break;
      at = found.index + 1;
      const character = found[0];
      if (this.#isInString) {
        if (character === "\\") this.#isEscaped = true;
        else this.#isInString = false;
        continue;
      }
      if (character === '"') {
        this.#isInString = true;
        if (this.#itemDepth === undefined) kept = this.#restart(at);
        continue;
      }
      const isOfArray = this.#depth === this.#itemDepth;
      if (isOfArray && (character === "," || character === "]")) {
        yield* this.#element(this.#text + piece.slice(kept, found.index));
        kept = this.#restart(at);
        if (character === "]") this.#itemDepth = 0;
        continue;
      }
      if (this.#itemDepth === undefined && character === ":" && this.#depth === 1) {
        this.#member = (this.#text + piece.slice(kept, found.index)).trimEnd().slice(0, -1);
      }
      if (character === "[" || character === "{") {
        this.#depth++;
        if (this.#itemDepth === undefined && this.#begins(character)) {
          this.#itemDepth = this.#depth;
          kept = this.#restart(at);
        }
      } else if (character === "]" || character === "}") {
        this.#depth--;
      }
    }
    if (this.#itemDepth === 0) return;
    this.#text += piece.slice(kept);
    if (this.#text.length > MAX_ITEM_CHARS) {
      throw new Failure(`${this.unit} ${this.#count + 1} is too long for a location`);
    }
  }

  end(): readonly Told[] {
    if (this.#itemDepth === 0) return [];
    if (this.#itemDepth === undefined) {
      throw new Failure(
        `the file is no FeatureCollection of GeoJSON: it has no array '${MEMBER}'. ` +
          "--format says what the file is",
      );
    }
    throw new Failure(
      `the file breaks off behind ${this.unit} ${this.#count}: get all of it, and run this again`,
    );
  }

  /** True if the array begins with this bracket. */
  #begins(character: string): boolean {
    if (character !== "[") return false;
    return this.#depth === 1 || this.#depth === 2 && this.#member === MEMBER;
  }

  #restart(at: number): number {
    this.#text = "";
    return at;
  }

  *#element(text: string): Generator<Told, void> {
    if (text.trim() === "") return;
    yield toldOfJson(++this.#count, text);
  }
}
