// Prints a Nearby Search response as Google's legacy API does. Which keys and in which order is the
// provider's business: Google's are in alphabetical order.

import { encode } from "../base/bytes.ts";
import type { Json, JsonObject, NearbyResponse } from "./provider.ts";

/** Google breaks an array of plain values into lines when its one line would be this long. */
const MAX_ARRAY_COLUMNS = 74;

/** The most of a response that is printed, in UTF-16 units: 60 places of Google take 100,000. */
export const MAX_PRINTED_LENGTH = 2 * 1024 * 1024;

const INDENTS = Array.from({ length: 16 }, (_, depth) => "   ".repeat(depth));
const printers = new WeakMap<NearbyResponse, () => Uint8Array<ArrayBuffer>>();

/**
 * The response as UTF-8 JSON in Google's layout: three-space indent, `"key" : value`, short arrays
 * of plain values on one line (`[ "locality", "political" ]`), `[]` and `{}` for empty ones, `<` and
 * `>` escaped. No empty line inside and no newline at the end.
 */
export function printNearby(response: NearbyResponse): Uint8Array<ArrayBuffer> {
  const printer = printers.get(response);
  if (printer) return printer();
  const value = { ...response };
  return encode(printJson(printedLength(value) <= MAX_PRINTED_LENGTH ? value : TOO_LARGE, 0));
}

const TOO_LARGE: JsonObject = {
  error_message: "The places service gave more than can be passed on",
  html_attributions: [],
  results: [],
  status: "UNKNOWN_ERROR",
};

/** About what a value takes when it is printed, without printing it: indents are most of it. */
function printedLength(value: Json): number {
  let length = 0;
  let level: Json[] = [value];
  for (let depth = 0; level.length > 0 && length <= MAX_PRINTED_LENGTH; depth++) {
    const next: Json[] = [];
    for (const it of level) {
      length += 3 * depth + 4;
      if (typeof it === "string") length += quote(it).length;
      if (typeof it !== "object" || it === null) continue;
      for (const [key, inner] of Object.entries(it)) {
        if (!isArray(it)) length += quote(key).length;
        if (inner !== undefined) next.push(inner);
      }
    }
    level = next;
  }
  return length;
}

/**
 * Lets `printNearby(response)` call `printer`, for a provider that can write the same bytes from its
 * own tables with no object per place. Only this very object has it; a copy is printed as any other.
 */
export function printedBy<Response extends NearbyResponse>(
  response: Response,
  printer: () => Uint8Array<ArrayBuffer>,
): Response {
  printers.set(response, printer);
  return response;
}

/** A JSON value in Google's layout, whose first line is already indented by `depth` levels. */
export function printJson(value: Json, depth: number): string {
  if (typeof value === "string") return quote(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return isArray(value) ? printArray(value, depth) : printObject(value, depth);
}

/** A string in Google's JSON. */
export function quote(text: string): string {
  // The test beats the general way for nearly every text there is.
  if (!/[^\x20\x21\x23-\x3b\x3d\x3f-\x5b\x5d-\ud7ff\ue000-\uffff]/.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(/[<>]/g, (it) => it === "<" ? "\\u003c" : "\\u003e");
}

function printObject(value: JsonObject, depth: number): string {
  const indent = indentOf(depth + 1);
  let text = "";
  for (const [key, it] of Object.entries(value)) {
    if (it === undefined) continue;
    text += text === "" ? "{\n" : ",\n";
    text += indent + quote(key) + " : " + printJson(it, depth + 1);
  }
  return text === "" ? "{}" : `${text}\n${indentOf(depth)}}`;
}

function printArray(value: readonly Json[], depth: number): string {
  if (value.length === 0) return "[]";
  const items = value.map((it) => printJson(it, depth + 1));
  if (value.every(isPlain)) {
    const line = `[ ${items.join(", ")} ]`;
    if (line.length < MAX_ARRAY_COLUMNS) return line;
  }
  const indent = indentOf(depth + 1);
  return `[\n${indent}${items.join(`,\n${indent}`)}\n${indentOf(depth)}]`;
}

function isPlain(value: Json): boolean {
  if (typeof value !== "object" || value === null) return true;
  return isArray(value) ? value.length === 0 : Object.values(value).every((it) => it === undefined);
}

/** `Array.isArray` for a read-only array, which it does not narrow to. */
function isArray(value: object): value is readonly Json[] {
  return Array.isArray(value);
}

function indentOf(depth: number): string {
  return INDENTS[depth] ?? "   ".repeat(depth);
}
