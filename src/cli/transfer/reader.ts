// Readers of files of locations: each is given a text piece by piece, however it is cut.

import type { Told } from "./told.ts";

/** Reads locations of a text that comes in pieces. */
export interface Reader {
  /** The word for what `at` counts. */
  readonly unit: "line" | "feature" | "element";
  /**
   * The locations that end in this piece. It throws or rejects with a `Failure` if the text cannot be
   * read on; locations that were found before come all the same, first.
   */
  read(piece: string): Iterable<Told> | AsyncIterable<Told>;
  /** The locations that end with the text; throws or rejects with a `Failure` if it breaks off. */
  end(): Iterable<Told> | AsyncIterable<Told>;
}
