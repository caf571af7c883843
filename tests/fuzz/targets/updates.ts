// Bodies of AT lines between servers, two at a time: how they parse, and which is newer.

import { compareUpdates, parseBody, Update } from "../../../src/protocol/update.ts";
import { referenceCompare } from "../../support/reference/reference.ts";
import { referenceBody } from "../../support/reference/reference_link.ts";
import type { Chance } from "../chance.ts";
import { body } from "../grammar.ts";
import { expectSame, type Target } from "../target.ts";
import { getLatin1, putLatin1 } from "../text.ts";

const buffers = [new Uint8Array(64 * 1024), new Uint8Array(64 * 1024)] as const;
const parsed = [new Update(), new Update()] as const;

/** Two bodies with a newline between them. */
export const updates: Target = {
  name: "updates",
  generate: (chance: Chance) => `${body(chance)}\n${body(chance)}`,
  check(input) {
    const [first = "", second = ""] = input.slice(0, 64_000).split("\n");
    const areBodies = [checkBody(0, first), checkBody(1, second)];
    if (areBodies.includes(false)) return;
    expectSame(Math.sign(compareUpdates(...parsed)), referenceCompare(first, second));
  },
};

/** True if a text is a body. */
function checkBody(i: 0 | 1, text: string): boolean {
  const [buffer, it] = [buffers[i], parsed[i]];
  const isBody = parseBody(buffer, 0, putLatin1(text, buffer, 0), it);
  const field = (start: number, end: number) => getLatin1(buffer, start, end);
  const actual = !isBody ? undefined : {
    origin: field(it.start, it.originEnd),
    skew: field(it.originEnd + 1, it.clientStart - 1),
    client: field(it.clientStart, it.clientEnd),
    location: field(it.locationStart, it.locationEnd),
    time: field(it.timeStart, it.end),
  };
  expectSame(actual, referenceBody(text));
  return isBody;
}
