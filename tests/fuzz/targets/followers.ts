// The following end of a link: what a leader, or somebody in its place, may send after it was dialled.

import { follow, MAX_AT_BYTES } from "../../../src/flood/follow.ts";
import { LINK_TIMINGS, LinkError } from "../../../src/flood/environment.ts";
import { BacklogTurns } from "../../../src/flood/backlog/turns.ts";
import { Neighbour } from "../../../src/flood/neighbour.ts";
import { referenceFollow } from "../../support/reference/reference_link.ts";
import type { Chance } from "../chance.ts";
import { body, clock, token } from "../grammar.ts";
import { progress } from "./messages.ts";
import { linkEnvironment, ReusableStore } from "../surroundings.ts";
import { expectSame, type Target } from "../target.ts";
import { unlessStuck, Wire } from "../wire.ts";

const LIMITS = { maxLineBytes: MAX_AT_BYTES, batchBytes: LINK_TIMINGS.batchBytes };
const store = new ReusableStore();
const NOW = "1800000000.000000000";
const never = new AbortController().signal;
const turns = new BacklogTurns({ after: () => () => {} }, 1);

/** All that a leader sends: LEAD, POS, and then batches. */
export const followers: Target = {
  name: "followers",
  generate: stream,
  async check(input) {
    store.clear();
    const neighbour = new Neighbour("Hands", 0, { monotonicMs: () => 0 });
    if (input.startsWith("LEAD/1")) neighbour.declined = 2;
    const environment = linkEnvironment(store, new Wire(input));
    const end = await unlessStuck(
      follow(environment, neighbour, { signal: never, turns }).catch((it) => it),
    );
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
  // The first line out of form ends a stream: half of them have none, and may go on for long.
  const spoils = chance.oneIn(2) ? () => chance.oneIn(30) : () => false;
  const version = chance.pick([1, 2] as const);
  const pos = () => `POS ${position(chance, version, spoils())} -\n`;
  const at = () => `AT ${spoils() ? body(chance) : goodBody(chance)} ${sender(chance, spoils())}\n`;
  let text = `LEAD/${version} Hands ${nonce()} ${nonce()} ${
    version === 1 ? "" : "- "
  }${NOW} ${nonce()} -\n${pos()}`;
  let lines = chance.below(chance.oneIn(20) ? 4_000 : 20);
  while (lines-- > 0) {
    text += chance.oneIn(5) ? pos() : at();
    // The answer to what was not asked ends a stream, too.
    if (spoils()) text += `DIFF ${chance.below(3)} -\n`;
  }
  return text + pos();
}

function goodBody(chance: Chance): string {
  const id = chance.pick(["a", "b", "c\xa0", "x".repeat(100)]);
  const at = `${10 + chance.below(20)}.${chance.below(1_000)}`;
  if (chance.oneIn(10)) return `Holiday +0.000000000 ${id} - ${at}`;
  const skew = chance.pick(["+0.000000000", "-4.999999999", "-5.000000001", "+1.000000000"]);
  const where = chance.pick(["+1+1", "-90.0+180", "+34.068930-118.445127"]);
  return `${chance.pick(["Hands", "Holiday", "Goloman"])} ${skew} ${id} ${where} ${at}`;
}

function position(chance: Chance, version: 1 | 2, isSpoiled: boolean): string {
  if (isSpoiled) return `${progress(chance, version)} ${clock(chance)}`;
  const at = chance.below(99);
  return version === 1 ? `${at} ${NOW}` : `${at} ${at} + ${chance.below(9)} 0 ${NOW}`;
}

function sender(chance: Chance, isSpoiled: boolean): string {
  return isSpoiled ? chance.pick(["Welsh", "Holiday", "hands"]) : "Hands";
}
