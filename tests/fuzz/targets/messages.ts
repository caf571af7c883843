// The lines of a link other than AT: each parser beside one regular expression over the bytes.

import {
  lineText,
  type LinkVersion,
  parseAck,
  parseAuth,
  parseDiff,
  parseFollow,
  parseLead,
  parsePos,
  parseSums,
  parseWish,
} from "../../../src/flood/messages.ts";
import {
  isLinkLine,
  isWishLine,
  type LinkLineName,
  type WishLineName,
} from "../../support/reference/reference_link.ts";
import type { Chance } from "../chance.ts";
import { clock, position, token } from "../grammar.ts";
import { expectSame, type Target } from "../target.ts";
import { putLatin1 } from "../text.ts";

const PARSERS: Record<LinkLineName, (line: string, version: LinkVersion) => unknown> = {
  FOLLOW: (line, version) => parseFollow(line)?.version === version ? {} : undefined,
  LEAD: parseLead,
  AUTH: parseAuth,
  POS: parsePos,
  ACK: parseAck,
};

const WISH_PARSERS: Record<WishLineName, (line: string) => unknown> = {
  SUMS: parseSums,
  WANT: (line) => line.startsWith("LOOK") ? undefined : parseWish(line),
  LOOK: (line) => line.startsWith("WANT") ? undefined : parseWish(line),
  DIFF: parseDiff,
};

const buffer = new Uint8Array(64 * 1024);

/** One line; what its bytes say decides whether it is one of these, not what a text makes of them. */
export const messages: Target = {
  name: "messages",
  generate: message,
  check(input) {
    const line = input.replaceAll("\n", "").slice(0, buffer.length);
    const text = lineText(buffer, 0, putLatin1(line, buffer, 0));
    for (const version of [1, 2] as const) {
      for (const name of Object.keys(PARSERS) as LinkLineName[]) {
        const isParsed = PARSERS[name](text, version) !== undefined;
        expectSame(isParsed, isLinkLine(line, name, version));
      }
      const signed = parsePos(text, version) ?? parseAuth(text, version) ??
        parseLead(text, version) ?? parseAck(text, version);
      // What the MAC covers and the MAC are the whole line, byte for byte.
      if (signed !== undefined) expectSame(signed.signed + signed.mac, text);
    }
    for (const name of Object.keys(WISH_PARSERS) as WishLineName[]) {
      expectSame(WISH_PARSERS[name](text) !== undefined, isWishLine(line, name));
    }
    const wish = parseSums(text) ?? parseWish(text) ?? parseDiff(text);
    if (wish !== undefined) expectSame(wish.signed + wish.mac, text);
  },
};

/** A message, most often in form, of a version or another. */
export function message(chance: Chance, version: LinkVersion = chance.pick([1, 2])): string {
  const mac = chance.oneIn(2) ? "-" : token(chance) + token(chance);
  const name = () => chance.pick(["ucla", "Goloman", "Hands", "\xc3\xa0", "x".repeat(65)]);
  const known = chance.oneIn(2) ? "-" : token(chance);
  switch (chance.below(7)) {
    case 0:
      return `FOLLOW/${version} ${name()} ${name()} ${name()} ${token(chance)} ${token(chance)}`;
    case 1: {
      const [incarnation, feed, nonce] = [token(chance), token(chance), token(chance)];
      const time = `${retention(chance, version)}${clock(chance)}`;
      return `LEAD/${version} ${name()} ${incarnation} ${feed} ${time} ${nonce} ${mac}`;
    }
    case 2:
      return `AUTH ${known} ${position(chance)} ${retention(chance, version)}${
        clock(chance)
      } ${mac}`;
    case 3:
      return `POS ${progress(chance, version)} ${clock(chance)} ${mac}`;
    case 4:
      return wish(chance, mac);
    case 5:
      return `DIFF ${position(chance)} ${mac}`;
    default:
      if (version === 1) return `ACK ${position(chance)}`;
      return `ACK ${position(chance)} ${position(chance)} ${mac}`;
  }
}

/** WANT, LOOK, or SUMS that may be the first part or the only one. */
export function wish(chance: Chance, mac = "-"): string {
  if (chance.oneIn(2)) return `${chance.pick(["WANT", "LOOK"])} ${mac}`;
  const buckets = chance.pick([16, 16, 16, 32, 512, 65_536, 1, 24, 131_072]);
  const first = chance.oneIn(4) ? position(chance) : chance.pick([0, 0, 16, 256]);
  const count = chance.pick([16, 16, 256, 0, 257]);
  const bytes = new Uint8Array(count * 8 + (chance.oneIn(8) ? 1 : 0)).fill(chance.below(256));
  return `SUMS ${buckets} ${first} ${
    chance.oneIn(4) ? position(chance) : 0
  } ${bytes.toBase64()} ${mac}`;
}

/** A retention and the space after it, in the versions that tell it. */
export function retention(chance: Chance, version: LinkVersion): string {
  return version === 1 ? "" : `${chance.oneIn(2) ? "-" : position(chance)} `;
}

/** What POS says before its clock; the live position is mostly not under the other. */
export function progress(chance: Chance, version: LinkVersion, at = position(chance)): string {
  if (version === 1) return at;
  const live = chance.oneIn(8) ? position(chance) : Number(at) + chance.below(3);
  return `${at} ${live} ${chance.pick(["+", "-"])} ${chance.below(9)} ${chance.below(9)}`;
}
