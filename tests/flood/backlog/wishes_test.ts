// Wishes out of order, out of form or out of bounds end the link with a reason, and change nothing.

import { assertEquals } from "@std/assert";
import { MAX_SUMS_BYTES } from "../../../src/flood/messages.ts";
import { Cursors } from "../../../src/flood/backlog/cursors.ts";
import { MAX_BUCKETS, MIN_BUCKETS } from "../../../src/flood/backlog/sums.ts";
import { Wishes } from "../../../src/flood/backlog/wishes.ts";
import { Neighbour } from "../../../src/flood/neighbour.ts";
import { Store } from "../../../src/store/store.ts";
import { tell } from "../../support/herds/records.ts";
import { secretsOf, TamperedLink } from "../../support/herds/tampered_link.ts";

const SUM_BYTES = 8;
const MAC = "0".repeat(64);

/** A line of sums that are all 0. */
function sums(
  buckets: number,
  first = 0,
  { count = buckets, horizon = 0, mac = "-" } = {},
): string {
  return `SUMS ${buckets} ${first} ${horizon} ${
    new Uint8Array(count * SUM_BYTES).toBase64()
  } ${mac}`;
}

const WHOLE = sums(MIN_BUCKETS);
const OUT_OF_FORM = "WANT or SUMS is out of form";
const NOT_NEXT = "SUMS is not the next part";
const EARLY = "WANT comes before all sums";
const ALTERED = "WANT or SUMS does not verify: the stream was altered";
const MOST = MAX_SUMS_BYTES / SUM_BYTES;

/** Lines of a follower, and the reason for which its leader ends the link; undefined if it does not. */
const orders: [what: string, lines: readonly string[], reason: string | undefined][] = [
  ["WANT", ["WANT -"], undefined],
  ["sums before WANT", [WHOLE, "WANT -"], undefined],
  ["sums in parts", [sums(32, 0, { count: 16 }), sums(32, 16, { count: 16 }), "WANT -"], undefined],
  ["a look before the backlog", [WHOLE, "LOOK -", WHOLE, "WANT -"], undefined],
  ["a look after the backlog", ["WANT -", WHOLE, "LOOK -"], undefined],
  ["sums for nothing", [WHOLE], undefined],
  ["WANT twice", ["WANT -", "WANT -"], "the follower asks twice for the backlog"],
  [
    "WANT twice with sums",
    [WHOLE, "WANT -", WHOLE, "WANT -"],
    "the follower asks twice for the backlog",
  ],
  ["a look without sums", ["LOOK -"], "LOOK comes without sums"],
  ["a look with sums of before", [WHOLE, "WANT -", "LOOK -"], "LOOK comes without sums"],
  ["WANT within sums", [sums(32, 0, { count: 31 }), "WANT -"], EARLY],
  ["a look within sums", [sums(32, 0, { count: 31 }), "LOOK -"], EARLY],
  ["more sums than buckets", [sums(MIN_BUCKETS, 0, { count: MIN_BUCKETS + 1 })], NOT_NEXT],
  ["sums after the last", [WHOLE, WHOLE], NOT_NEXT],
  ["a part left out", [sums(32, 16, { count: 16 })], NOT_NEXT],
  ["a part twice", Array(2).fill(sums(32, 0, { count: 16 })), NOT_NEXT],
  [
    "another horizon",
    [sums(32, 0, { count: 16 }), sums(32, 16, { count: 16, horizon: 1 })],
    NOT_NEXT,
  ],
  ["another number", [sums(32, 0, { count: 16 }), sums(64, 16, { count: 16 })], NOT_NEXT],
  ["too few buckets", [sums(MIN_BUCKETS / 2)], NOT_NEXT],
  ["no power of two", [sums(MIN_BUCKETS + 1)], NOT_NEXT],
  ["the most buckets", [sums(MAX_BUCKETS, 0, { count: MOST })], undefined],
  ["too many buckets", [sums(MAX_BUCKETS * 2, 0, { count: MOST })], NOT_NEXT],
  ["buckets beyond 32 bits", [sums(2 ** 32, 0, { count: MOST })], NOT_NEXT],
  ["no sums", [sums(MIN_BUCKETS, 0, { count: 0 })], NOT_NEXT],
  ["half a sum", [`SUMS 16 0 0 ${new Uint8Array(4).toBase64()} -`], NOT_NEXT],
  ["a line too long", [sums(512, 0, { count: MOST + 1 })], OUT_OF_FORM],
  ["base64 of another kind", ["SUMS 16 0 0 AB== -"], OUT_OF_FORM],
  ["a negative bucket", [WHOLE.replace(" 0 ", " -1 ")], OUT_OF_FORM],
  ["something more", ["WANT 1 -"], OUT_OF_FORM],
  ["no proof", ["WANT "], OUT_OF_FORM],
  ["a proof that is not asked for", [`WANT ${MAC}`], ALTERED],
  ["the leader's answer", ["DIFF 0 -"], "ACK is out of form"],
];

const none = secretsOf();

for (const [what, lines, reason] of orders) {
  Deno.test(`a leader ${reason === undefined ? "takes" : "ends its link at"} ${what}`, async () => {
    const link = new TamperedLink({ secrets: { leader: none, follower: none } });
    let isSent = false;
    // In the place of its first line after AUTH, and of what it wishes itself.
    link.alter = (line, to) => {
      // The follower would end the link at an answer to what it did not ask.
      if (to === "follower") return line.startsWith("DIFF") ? [] : [line];
      if (/^(FOLLOW|AUTH)/.test(line)) return [line];
      if (isSent) return line.startsWith("ACK") ? [line] : [];
      isSent = true;
      // At once, so that nothing is over before the next.
      return [lines.join("\n")];
    };
    await link.follow(1_500);
    assertEquals(link.reasons("leader"), reason === undefined ? [] : [reason]);
    assertEquals(link.leader.store.size, 1);
    await link.stop();
  });
}

for (const line of ["WANT -", `WANT ${MAC}`, `LOOK ${MAC}`, sums(MIN_BUCKETS, 0, { mac: MAC })]) {
  Deno.test(`a leader with a secret takes no '${line.slice(0, 6)}' of somebody else`, async () => {
    const link = new TamperedLink();
    let isSent = false;
    link.alter = (it, to) => {
      if (to !== "leader" || !it.startsWith("ACK") || isSent) return [it];
      isSent = true;
      return [line, it];
    };
    await link.follow(1_500);
    assertEquals(link.reasons("leader")[0], ALTERED);
    await link.stop();
  });
}

Deno.test("Wishes take no look while another one is under way", () => {
  const store = new Store("0".repeat(32), 1);
  for (let i = 0; i < 2_000; i++) tell(store, `c${i} +1+1 1`);
  using cursors = new Cursors(store, 0);
  using wishes = new Wishes({
    environment: { store, pause: () => new Promise<void>(() => {}) },
    keys: none.streams(0, "a test's"),
    neighbour: new Neighbour("Hands", 0, { monotonicMs: () => 0 }),
    cursors,
    version: 2,
    wake() {},
    isOver: () => false,
  });
  const answers = [WHOLE, "LOOK -", WHOLE, "LOOK -"].map((it) => wishes.take(it));
  assertEquals(answers, [undefined, undefined, undefined, "the follower looks twice at once"]);
});
