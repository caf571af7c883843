// Makes one line of text of one event: for people, or as JSON. Values may hold anything, from
// anybody: whatever is in them, the line stays one line, and a terminal that shows it does nothing.

import { decode } from "../../base/bytes.ts";
import type { Field, Fields } from "../../base/log.ts";

/** An event with all that is known of it. */
export interface Event {
  /** Time of the event. */
  readonly time: Date;
  /** Its level in capitals, such as `INFO`. */
  readonly level: string;
  /** The server that logs it. */
  readonly server: string;
  /** Its name. */
  readonly event: string;
  /** Its values. */
  readonly fields: Fields;
}

/** The most of a value that is shown, in bytes or UTF-16 units: the longest line between servers fits. */
export const MAX_VALUE_LENGTH = 8_192;

/** Turns an event into a line, without a newline. */
export type EventFormat = (event: Event) => string;

/**
 * A line for people: time, level, server, event and fields, such as
 * `2026-11-24T08:15:30.123Z INFO  Goloman  link up  neighbour=Hands position=12`.
 *
 * A value is in quotes when it is empty or has spaces, quotes or `=`. In it, `\\` is a backslash,
 * `\"` a quote, `\xNN` a control character or a byte that is not UTF-8, and `\u{N}` any other
 * character that does not show as itself.
 */
export function formatHuman({ time, level, server, event, fields }: Event): string {
  let line = `${time.toISOString()} ${level.padEnd(5)} ${humanText(server)}  ${message(event)}`;
  let separator = "  ";
  for (const name in fields) {
    const value = fields[name];
    if (value === undefined) continue;
    line += `${separator}${name}=${humanValue(value)}`;
    separator = " ";
  }
  return line;
}

/**
 * A line of JSON: an object with `time`, `level`, `server`, `event`, `msg` and the fields, in that
 * order. Bytes are text in which `\\` is a backslash and `\xNN` a byte that is not UTF-8.
 */
export function formatJson({ time, level, server, event, fields }: Event): string {
  const object: Record<string, unknown> = {
    time: time.toISOString(),
    level: level.toLowerCase(),
    server,
    event,
    msg: message(event),
  };
  for (const name in fields) {
    const value: Field | undefined = fields[name];
    object[name] = typeof value === "object" || typeof value === "string"
      ? cutText(value, textOf)
      : value;
  }
  return JSON.stringify(object).replace(UNSEEN, jsonEscape);
}

/** `link.up` reads `link up`. */
function message(event: string): string {
  return event.replaceAll(".", " ");
}

/** Controls, formats (bidirectional ones too), lone surrogates, and all white space but the space. */
const UNSEEN = /[[\p{C}\p{Z}]--[ ]]/gv;

const SHORT_ESCAPES: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function humanValue(value: Field): string {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return humanText(cutText(value, escapedText));
}

/** A value as `toText` has it, or its beginning: one that is large must not cost the whole line. */
function cutText(
  value: string | Uint8Array,
  toText: (value: string | Uint8Array) => string,
): string {
  const excess = value.length - MAX_VALUE_LENGTH;
  if (excess <= 0) return toText(value);
  const unit = typeof value === "string" ? "characters" : "bytes";
  return `${toText(value.slice(0, MAX_VALUE_LENGTH))}... (${excess} ${unit} more)`;
}

function textOf(value: string | Uint8Array): string {
  return typeof value === "string" ? value : bytesText(value);
}

/** The same with backslashes doubled in texts, too. */
function escapedText(value: string | Uint8Array): string {
  return typeof value === "string" ? value.replaceAll("\\", "\\\\") : bytesText(value);
}

/** Quotes a text, in which backslashes are escaped already, where it needs it. */
function humanText(text: string): string {
  const seen = text.replace(UNSEEN, humanEscape);
  return seen === "" || /[ "=]/.test(seen) ? `"${seen.replaceAll('"', '\\"')}"` : seen;
}

function humanEscape(character: string): string {
  const short = SHORT_ESCAPES[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0)!;
  return code < 0x80 ? hexByte(code) : `\\u{${code.toString(16)}}`;
}

function jsonEscape(character: string): string {
  let escaped = "";
  for (let i = 0; i < character.length; i++) {
    escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
  }
  return escaped;
}

function hexByte(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}

/** Backslashes are doubled; in what is not UTF-8 every byte above 0x7f is `\xNN`. */
function bytesText(bytes: Uint8Array): string {
  const text = decode(bytes);
  if (!text.includes("\ufffd")) return text.replaceAll("\\", "\\\\");
  let escaped = "";
  for (const byte of bytes) {
    if (byte >= 0x80) escaped += hexByte(byte);
    else escaped += byte === 0x5c ? "\\\\" : String.fromCharCode(byte);
  }
  return escaped;
}
