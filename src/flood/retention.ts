// Servers that keep records for different times cannot be equal.

import type { LinkEnvironment } from "./environment.ts";
import type { Retention } from "./messages.ts";
import type { Neighbour } from "./neighbour.ts";

/** Notes how long a neighbour keeps records, and warns once if that is not for how long we do. */
export function compareRetention(
  { log, retainSeconds: ours }: Pick<LinkEnvironment, "log" | "retainSeconds">,
  neighbour: Neighbour,
  theirs: Retention | undefined,
): void {
  const isNews = neighbour.retention !== theirs;
  neighbour.retention = theirs;
  if (theirs === undefined || theirs === (ours ?? null) || !isNews) return;
  // Left out is for ever.
  const seconds = { seconds: theirs ?? undefined, ownSeconds: ours };
  log.warn("link.retention", { neighbour: neighbour.name, ...seconds });
}
