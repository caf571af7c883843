// Inputs as texts that people can read and keep: bytes are Latin-1, and what does not show is escaped.

/** The text with every character but printable ASCII as `\xNN`, and `\\` for a backslash. */
export function escape(text: string): string {
  return text.replaceAll(
    /[^\x20-\x7e]|\\/g,
    (it) => it === "\\" ? "\\\\" : `\\x${it.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

/** The text of which `escape` made this. */
export function unescape(text: string): string {
  return text.replaceAll(
    /\\\\|\\x([0-9a-f]{2})/g,
    (it, hex) => it === "\\\\" ? "\\" : String.fromCharCode(parseInt(hex, 16)),
  );
}

/** 32 bits of a text: for choices that belong to an input, however it came about. FNV-1a. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Writes Latin-1 text to `out` from `at` on; returns the offset after it. */
export function putLatin1(text: string, out: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) out[at++] = text.charCodeAt(i);
  return at;
}

/** Latin-1 text of bytes. */
export function getLatin1(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}
