// Mistakes that are none: what they change makes no difference that anybody could notice.

/** Mutations of a line that change nothing. */
export interface Equivalent {
  readonly file: string;
  /** The whole line, without the space around it. */
  readonly line: string;
  /** Of which kind; every one when left out. */
  readonly kind?: string;
  readonly why: string;
}

/** Found by looking at what `deno task mutants` lists. */
export const EQUIVALENT: readonly Equivalent[] = [];
