// The following end of a link: what a leader, or somebody in its place, may send after it was dialled.

import { follow, MAX_AT_BYTES } from "../../../src/flood/follow.ts";
import { LINK_TIMINGS, LinkError } from "../../../src/flood/environment.ts";
import { Neighbour } from "../../../src/flood/neighbour.ts";
import { referenceFollow } from "../../support/reference_link.ts";
import type { Chance } from "../chance.ts";
import { body, clock, position, token } from "../grammar.ts";
import { linkEnvironment, ReusableStore } from "../surroundings.ts";
import { expectSame, type Target } from "../target.ts";
import { unlessStuck, Wire } from "../wire.ts";

const LIMITS = { maxLineBytes: MAX_AT_BYTES, batchBytes: LINK_TIMINGS.batchBytes };
const store = new ReusableStore();
const never = new AbortController().signal;

/** All that a leader sends: LEAD, POS, and then batches. */
export const followers: Target = {
  name: "followers",
  generate: stream,
  async check(input) {
    store.clear();
    const neighbour = new Neighbour("Hands", 0);
    const environment = linkEnvironment(store, new Wire(input));
    const end = await unlessStuck(follow(environment, neighbour, never).catch((it) => it));
    // A link has no good end, and no end but with a reason.
    expectSame(end instanceof LinkError, true);
    const expected = referenceFollow(input, "Hands", LIMITS);
    expectSame(store.bodies(), [...expected.records.values()].sort());
    expectSame(neighbour.held?.position, expected.position);
    expectSame(neighbour.following, undefined);
  },
};

function stream(chance: Chance): string {
  const nonce = () => token(chance);
  let text = `LEAD/1 Hands ${nonce()} ${nonce()} ${clock(chance)} ${nonce()} -\n`;
  let lines = chance.below(chance.oneIn(20) ? 1_500 : 20);
  text += pos(chance);
  while (lines-- > 0) {
    text += chance.oneIn(5) ? pos(chance) : `AT ${body(chance)} ${sender(chance)}\n`;
  }
  return text + pos(chance);
}

function pos(chance: Chance): string {
  return `POS ${position(chance)} ${clock(chance)} -\n`;
}

function sender(chance: Chance): string {
  return chance.oneIn(100) ? "Holiday" : "Hands";
}
