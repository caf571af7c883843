// Reads text files that people bring: UTF-8, with or without the marks that editors add.

import { NEWLINE } from "../bytes.ts";

const BYTE_ORDER_MARK = "\ufeff";

/**
 * A file's text: UTF-8, without the byte order mark that some editors put first.
 *
 * @returns The text, or `line` with the number of the first line that is not UTF-8.
 */
export function textOf(bytes: Uint8Array): string | { readonly line: number } {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return { line: lineOfFault(bytes) };
  }
}

/** The text without a byte order mark. */
export function withoutMark(text: string): string {
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}

/** No UTF-8 sequence spans lines, so each line can be looked at alone. */
function lineOfFault(bytes: Uint8Array): number {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  for (let start = 0; start <= bytes.length; line++) {
    const found = bytes.indexOf(NEWLINE, start);
    const end = found < 0 ? bytes.length : found;
    try {
      decoder.decode(bytes.subarray(start, end));
    } catch {
      return line;
    }
    start = end + 1;
  }
  return line;
}

/**
 * The first name that an object of a JSON text has twice; `JSON.parse` keeps the last of the two without
 * a word. Undefined if there is none. The text must be JSON.
 */
export function doubledName(json: string): string | undefined {
  /** The names of each object that is open; undefined for an array. */
  const open: (Set<string> | undefined)[] = [];
  const tokens = /"((?:[^"\\]|\\.)*)"(\s*:)?|[{}[\]]/g;
  for (const [token, text, colon] of json.matchAll(tokens)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(undefined);
    else if (token === "}" || token === "]") open.pop();
    else if (colon !== undefined) {
      const name = JSON.parse(`"${text}"`) as string;
      const names = open.at(-1);
      if (names?.has(name)) return name;
      names?.add(name);
    }
  }
}
