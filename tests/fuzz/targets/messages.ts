// The lines of a link other than AT: each parser beside one regular expression over the bytes.

import {
  lineText,
  parseAck,
  parseAuth,
  parseFollow,
  parseLead,
  parsePos,
} from "../../../src/flood/messages.ts";
import { LINK_LINES } from "../../support/reference/reference_link.ts";
import type { Chance } from "../chance.ts";
import { clock, position, token } from "../grammar.ts";
import { expectSame, type Target } from "../target.ts";
import { putLatin1 } from "../text.ts";

const PARSERS: Record<keyof typeof LINK_LINES, (line: string) => unknown> = {
  FOLLOW: parseFollow,
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
    const actual = Object.values(PARSERS).map((parse) => parse(text) !== undefined);
    expectSame(actual, Object.values(LINK_LINES).map((it) => it.test(line)));
    const mac = parsePos(text) ?? parseAuth(text) ?? parseLead(text);
    // What the MAC covers and the MAC are the whole line, byte for byte.
    if (mac !== undefined) expectSame(mac.signed + mac.mac, text);
  },
};

/** A message, most often in form. */
export function message(chance: Chance): string {
  const mac = chance.oneIn(2) ? "-" : token(chance) + token(chance);
  const name = () => chance.pick(["ucla", "Goloman", "Hands", "\xc3\xa0", "x".repeat(65)]);
  const known = chance.oneIn(2) ? "-" : token(chance);
  switch (chance.below(5)) {
    case 0:
      return `FOLLOW/1 ${name()} ${name()} ${name()} ${token(chance)} ${token(chance)}`;
    case 1: {
      const [incarnation, feed, nonce] = [token(chance), token(chance), token(chance)];
      return `LEAD/1 ${name()} ${incarnation} ${feed} ${clock(chance)} ${nonce} ${mac}`;
    }
    case 2:
      return `AUTH ${known} ${position(chance)} ${clock(chance)} ${mac}`;
    case 3:
      return `POS ${position(chance)} ${clock(chance)} ${mac}`;
    default:
      return `ACK ${position(chance)}`;
  }
}
