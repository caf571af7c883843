// Counts of what clients asked and what came of it.

/** Counts of one server, for people and metrics. */
export interface RequestCounts {
  iamat: number;
  /** Of `iamat`: those that were not newer than what was known. */
  stale: number;
  whatsat: number;
  invalid: number;
  /** Of `invalid`: WHATSAT of a client that is not known. */
  unknown: number;
}
