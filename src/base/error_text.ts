// Errors as words for logs and for people.

/** What went wrong: an error's message, its name if it has none; anything else as a text. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
