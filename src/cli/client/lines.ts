// What a person's line becomes before it is sent, and how a server's line looks to a person.
// Only for the prompt: what goes through a pipe is never touched.

import type { Output } from "../command/context.ts";
import { dim, green, yellow } from "../command/style.ts";
import { joinDegrees, whyRefused } from "./explain.ts";

/** The prompt's answer to a line that was typed. */
export type Typed =
  | { readonly kind: "send"; readonly line: string }
  | { readonly kind: "forget"; readonly client: string }
  | { readonly kind: "status" }
  | { readonly kind: "help" }
  | { readonly kind: "quit" }
  | { readonly kind: "nothing" };

/** The text of `help`. */
export const PROMPT_HELP = `\
IAMAT <client> <location> <time>  Tell where a client is, and when that was
WHATSAT <client> <km> <count>     Ask what is near: 0 to 50 km, 0 to 20 places
iamat <client> <location>         As IAMAT, with the present time
near <client> [km] [count]        As WHATSAT; 10 km and 5 places if left out
forget <client>                   Have the whole herd forget a client
status                            Show the whole herd: who is up, who has what
help, quit                        Show this, leave

Arrows bring back what was typed before, Ctrl-R searches in it, Tab completes
words and clients that were seen, Ctrl-D leaves. A location is ISO 6709, as in
+34.068930-118.445127, and for iamat also 34.07,-118.44. A time is in seconds
since 1970. Places are shown as a table; 'client --raw' shows every byte.
`;

const PROMPT_WORDS: readonly string[] = [
  "IAMAT ",
  "WHATSAT ",
  "iamat ",
  "near ",
  "forget ",
  "status",
  "help",
  "quit",
];

/** Completions of a line: words, or behind one of them the clients that were seen. */
export function complete(
  line: string,
  ids: readonly string[],
): [choices: string[], completed: string] {
  const [, begun] = /^\s*(?:iamat|whatsat|near|forget)\s+(\S*)$/i.exec(line) ?? [];
  if (begun === undefined) return [PROMPT_WORDS.filter((it) => it.startsWith(line)), line];
  // Text that the terminal would take for a key is not put into the line.
  const fitting = ids.filter((it) => it.startsWith(begun) && printable(it) === it);
  return [fitting.map((it) => `${it} `), begun];
}

/**
 * The meaning of a typed line. Words in lower case are the prompt's own; all else is the server's to
 * judge and goes as it is.
 *
 * @param nowMs The present time in milliseconds since 1970.
 */
export function understand(line: string, nowMs: number): Typed {
  const [word, client, second, third, ...rest] = line.trim().split(/[ \t]+/);
  if (word === "") return { kind: "nothing" };
  if (client === undefined) {
    if (word === "help") return { kind: "help" };
    if (word === "status") return { kind: "status" };
    if (word === "quit" || word === "exit") return { kind: "quit" };
  } else if (word === "forget" && second === undefined) {
    return { kind: "forget", client };
  } else if (word === "iamat") {
    const location = locationOf([second, third, ...rest]);
    if (location !== undefined) {
      return { kind: "send", line: `IAMAT ${client} ${location} ${(nowMs / 1000).toFixed(3)}` };
    }
  } else if ((word === "near" || word === "whatsat") && rest.length === 0) {
    return { kind: "send", line: `WHATSAT ${client} ${second ?? 10} ${third ?? 5}` };
  }
  return { kind: "send", line };
}

/** The location of these fields, as `34.07,-118.44` or `34.07, -118.44` or as the server has it. */
function locationOf(fields: readonly (string | undefined)[]): string | undefined {
  const text = fields.filter((it) => it !== undefined).join(" ");
  const [, latitude, longitude] = /^([^, ]+) ?, ?([^, ]+)$/.exec(text) ?? [];
  if (latitude !== undefined) return joinDegrees(latitude, longitude!);
  return text === "" || text.includes(" ") ? undefined : text;
}

/**
 * A server's line as the prompt shows it: AT lines with what their numbers mean, refused requests
 * marked. Control characters, which a client's name may hold, never reach the terminal.
 */
export function present(line: string, output: Pick<Output, "colour">): string {
  const safe = printable(line);
  if (safe.startsWith("? ")) {
    const reason = printable(whyRefused(line.slice(2)));
    return `${yellow(safe, output)}${dim(`  ${reason}`, output)}`;
  }
  const [, skew, time] = /^AT \S+ ([+-]\d+\.\d{9}) \S+ \S+ (\d{1,12}(?:\.\d+)?)$/.exec(safe) ?? [];
  if (skew === undefined || time === undefined) return safe;
  return `${green(safe, output)}${dim(`  ${meaning(Number(skew), Number(time))}`, output)}`;
}

/** The time of a location, and the time by which the server's clock was later when it heard of it. */
function meaning(skewSeconds: number, timeSeconds: number): string {
  const when = new Date(timeSeconds * 1000).toISOString().replace("T", " ").replace(/\.\d+Z$/, "");
  const side = skewSeconds < 0 ? "before" : "after";
  return `told ${duration(Math.abs(skewSeconds))} ${side} ${when} UTC`;
}

const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [365.25 * 86_400, "years"],
  [86_400, "days"],
  [3_600, "hours"],
  [60, "min"],
  [1, "s"],
  [1e-3, "ms"],
  [0, "us"],
];

/** A time span in the largest unit of which it has at least two, such as `3.4 s`. */
function duration(seconds: number): string {
  const [size, name] = UNITS.find(([size]) => seconds >= 2 * size)!;
  const number = seconds / (size || 1e-6);
  return `${number < 10 ? number.toFixed(1) : Math.round(number)} ${name}`;
}

/** A text from elsewhere as a terminal can show it: control characters but tabs as `\\x1b`. */
export function printable(text: string): string {
  return text.replace(/(?!\t)\p{Cc}/gu, escapeControl);
}

function escapeControl(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
}
