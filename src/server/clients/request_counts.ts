// Counts of what clients asked and what came of it.

/** Counts of one server, for people and metrics. */
export interface RequestCounts {
  iamat: number;
  /** Of `iamat`: those that changed nothing, by the reason; see `Applied`. */
  older: number;
  tied: number;
  removed: number;
  expired: number;
  whatsat: number;
  invalid: number;
  /** Of `invalid`: WHATSAT of a client that is not known. */
  unknown: number;
}

/** Counts at the start. */
export function noRequests(): RequestCounts {
  return {
    iamat: 0,
    older: 0,
    tied: 0,
    removed: 0,
    expired: 0,
    whatsat: 0,
    invalid: 0,
    unknown: 0,
  };
}
