// Breaks inputs in the ways that find mistakes in parsers: bytes that only look like others, limits
// crossed by one, parts missing, doubled, or from another input.

import type { Chance } from "./chance.ts";

/** Characters that mean something to some parser, and those that only look like them. */
const BYTES =
  " \t\r\n\f\v\0+-.,0123456789AaFPTe/\x1b\x7f\x80\x85\xa0\xad\xbb\xbf\xc2\xe2\xef\xfe\xff";

/** Texts that parsers trip over. */
const TEXTS = [
  "-0",
  "+0.000000000",
  "90",
  "180",
  "90.0000000000000000000000001",
  "1e9",
  "0x10",
  "Infinity",
  "NaN",
  "999999999999",
  "9007199254740993",
  "18446744073709551616",
  "\xef\xbb\xbf",
  "\xc2\xa0",
  "\xe2\x80\xa8",
  "\r\n",
  "\n\n",
  "AT ",
  "IAMAT ",
  "WHATSAT ",
  "FOLLOW/1 ",
  "FOLLOW/2 ",
  "POS ",
  "SUMS ",
  "WANT ",
  "LOOK ",
  "DIFF ",
];

type Mutation = (text: string, chance: Chance, other: string) => string;

const MUTATIONS: readonly Mutation[] = [
  // A byte for another.
  (text, chance) => replaced(text, chance, 1, chance.pick(BYTES)),
  (text, chance) => replaced(text, chance, 1, String.fromCharCode(chance.below(256))),
  // A bit of a byte.
  (text, chance) => {
    const at = chance.below(text.length || 1);
    const flipped = (text.charCodeAt(at) || 0) ^ (1 << chance.below(8));
    return text.slice(0, at) + String.fromCharCode(flipped) + text.slice(at + 1);
  },
  // Something more.
  (text, chance) => replaced(text, chance, 0, chance.pick(BYTES)),
  (text, chance) => replaced(text, chance, 0, chance.pick(TEXTS)),
  // Something less.
  (text, chance) => replaced(text, chance, 1 + chance.below(4), ""),
  (text, chance) => text.slice(0, chance.below(text.length + 1)),
  (text, chance) => text.slice(chance.below(text.length + 1)),
  // A part twice, or in another place.
  (text, chance) => {
    const [start, end] = range(text, chance);
    return replaced(text, chance, 0, text.slice(start, end));
  },
  (text, chance) => {
    const fields = text.split(" ");
    const [i, k] = [chance.below(fields.length), chance.below(fields.length)];
    [fields[i], fields[k]] = [fields[k]!, fields[i]!];
    return fields.join(" ");
  },
  // A part of another input.
  (text, chance, other) => {
    const [start, end] = range(other, chance);
    return replaced(text, chance, chance.below(8), other.slice(start, end));
  },
  // A digit, many times over.
  (text, chance) => text.replace(/\d/, (it) => it.repeat(1 + chance.below(24))),
];

/** Breaks a text once or a few times; `other` gives parts. */
export function mutate(text: string, chance: Chance, other: string): string {
  let times = 1;
  while (chance.oneIn(2) && times < 6) times++;
  for (; times > 0; times--) text = chance.pick(MUTATIONS)(text, chance, other);
  return text;
}

function replaced(text: string, chance: Chance, length: number, by: string): string {
  const at = chance.below(text.length + 1);
  return text.slice(0, at) + by + text.slice(at + length);
}

function range(text: string, chance: Chance): [start: number, end: number] {
  const start = chance.below(text.length + 1);
  return [start, start + chance.below(Math.min(40, text.length - start) + 1)];
}
