// Shared by the schemas of a topology file: strict objects, and messages that name a place and a value.

import * as v from "valibot";
import { closest } from "./nearest_name.ts";

/** An object with these keys and no other; says which key is missing or unknown. */
export function object<const E extends v.ObjectEntries>(
  entries: E,
  notOne: (issue: { input: unknown }) => string,
) {
  const object = v.strictObject(entries, (issue) => {
    if (issue.expected !== "never") return "missing";
    const meant = closest(String(issue.path?.at(-1)?.key), Object.keys(entries));
    return `unknown key${meant ? `: did you mean '${meant}'?` : ""}`;
  });
  return v.pipe(v.custom<v.InferInput<typeof object>>(isObject, notOne), object);
}

/** True if a JSON value is an object. */
export function isObject(input: unknown): boolean {
  return typeof input === "object" && input !== null && !Array.isArray(input);
}

/** A message about what is at a path. */
export function at(path: readonly unknown[], message: string): string {
  return path.length === 0 ? message : `${formatPath(path)}: ${message}`;
}

/** A path as JavaScript writes it: `servers.Hands.port`, `servers["a.b"].port`, `links[2][0]`. */
export function formatPath(path: readonly unknown[]): string {
  return path.map((key, index) => {
    if (typeof key === "number") return `[${key}]`;
    if (!/^[A-Za-z_$][\w$]*$/.test(String(key))) return `[${JSON.stringify(key)}]`;
    return index === 0 ? key : `.${key}`;
  }).join("");
}

/** A JSON value, short enough for a line. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
