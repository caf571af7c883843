// The lines of a link other than AT: each parser beside one regular expression over the bytes.

import {
  lineText,
  type LinkVersion,
  parseAck,
  parseAuth,
  parseFollow,
  parseLead,
  parsePos,
} from "../../../src/flood/messages.ts";
import { isLinkLine, type LinkLineName } from "../../support/reference/reference_link.ts";
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

const buffer = new Uint8Array(64 * 1024);

/** One line; what its bytes say decides whether it is one of the five, not what a text makes of them. */
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
  },
};

/** A message, most often in form, of a version or another. */
export function message(chance: Chance, version: LinkVersion = chance.pick([1, 2])): string {
  const mac = chance.oneIn(2) ? "-" : token(chance) + token(chance);
  const name = () => chance.pick(["ucla", "Goloman", "Hands", "\xc3\xa0", "x".repeat(65)]);
  const known = chance.oneIn(2) ? "-" : token(chance);
  switch (chance.below(5)) {
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
    default:
      if (version === 1) return `ACK ${position(chance)}`;
      return `ACK ${position(chance)} ${position(chance)} ${mac}`;
  }
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
