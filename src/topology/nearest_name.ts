// The name that somebody most likely meant. For hints in error messages only.

/**
 * Returns the candidate that is fewest edits away from `word`, or undefined when none is near: at
 * most one edit in three letters of the longer one. Upper and lower case count as the same.
 *
 * @example
 * ```ts
 * closest("goloman", ["Goloman", "Hands"]); // "Goloman"
 * ```
 */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestEdits = Infinity;
  for (const candidate of candidates) {
    const edits = editDistance(word.toLowerCase(), candidate.toLowerCase());
    const allowed = Math.ceil(Math.max(word.length, candidate.length) / 3);
    if (edits <= allowed && edits < bestEdits) {
      best = candidate;
      bestEdits = edits;
    }
  }
  return best;
}

/** Levenshtein's distance: insertions, deletions and substitutions from one text to the other. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const substitute = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(substitute, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
