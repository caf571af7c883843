// A search through what was typed before, from the newest line to older ones, as shells have it at Ctrl-R.

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** One search: a text, and the line that holds it. */
export class HistorySearch {
  /** The newest last. */
  readonly #lines: readonly string[];
  readonly #lastQuery: string;
  #query = "";
  /** The place of the line that was found last; behind the newest while none was. */
  #at: number;
  #isFailed = false;

  /**
   * @param lines What was typed before, the newest last.
   * @param lastQuery The text of the search before, which `older()` takes while there is no other.
   */
  constructor(lines: readonly string[], lastQuery = "") {
    this.#lines = [...lines];
    this.#lastQuery = lastQuery;
    this.#at = lines.length;
  }

  /** The text that is searched for. */
  get query(): string {
    return this.#query;
  }

  /** True if no line, or no further one, holds the text. */
  get isFailed(): boolean {
    return this.#isFailed;
  }

  /** The line that was found last, with the cursor at the text; undefined if there is none. */
  get found(): { readonly line: string; readonly cursor: number } | undefined {
    const line = this.#lines[this.#at];
    return line === undefined
      ? undefined
      : { line, cursor: Math.max(0, line.lastIndexOf(this.#query)) };
  }

  /** Makes the text longer: the present line stays if it still fits. */
  type(text: string): void {
    this.#query += text;
    this.#look(Math.min(this.#at, this.#lines.length - 1), -1);
  }

  /** Takes the last character off the text, and begins again with the newest line. */
  erase(): void {
    const characters = [...graphemes.segment(this.#query)];
    this.#query = this.#query.slice(0, characters.at(-1)?.index ?? 0);
    this.#at = this.#lines.length;
    this.#isFailed = false;
    if (this.#query !== "") this.#look(this.#at - 1, -1);
  }

  /** Goes on to an older line. */
  older(): void {
    if (this.#query === "") this.#query = this.#lastQuery;
    if (this.#query !== "") this.#look(this.#at - 1, -1, this.#lines[this.#at]);
  }

  /** Goes back to a newer line. */
  newer(): void {
    if (this.#query !== "") this.#look(this.#at + 1, 1, this.#lines[this.#at]);
  }

  /** Stays where it is if no line from there on has the text, or all are those to skip. */
  #look(from: number, step: 1 | -1, skipped?: string): void {
    for (let at = from; at >= 0 && at < this.#lines.length; at += step) {
      const line = this.#lines[at]!;
      if (line === skipped || !line.includes(this.#query)) continue;
      this.#at = at;
      this.#isFailed = false;
      return;
    }
    this.#isFailed = true;
  }
}
