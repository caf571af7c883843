// Texts as words of a shell.

/** The text as one word of a POSIX shell, in quotes only where it needs them. */
export function shellQuoted(text: string): string {
  return /^[\w@%+=:,./\[\]-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
