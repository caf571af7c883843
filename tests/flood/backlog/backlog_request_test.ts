// A follower that has what its leader has: it asks with sums, is sent nothing, and hears so at once.

import { assert, assertEquals } from "@std/assert";
import { LINK_TIMINGS } from "../../../src/flood/environment.ts";
import { tell } from "../../support/herds/records.ts";
import { TamperedLink } from "../../support/herds/tampered_link.ts";

/** A link whose ends have the same `records` records but for `more` of the leader's. */
function linkOfEqual(records: number, more: number, dials = 1): TamperedLink {
  const link = new TamperedLink({ dials });
  const { leader, follower } = link;
  for (let i = 0; i < records; i++) {
    tell(leader.store, `c${i} +1+1 1`);
    tell(follower.store, `c${i} +1+1 1`);
  }
  tell(follower.store, "kiwi +1+1 1");
  for (let i = 0; i < more; i++) tell(leader.store, `m${i} +1+1 1`);
  return link;
}

Deno.test("a follower that has everything hears so before the next heartbeat, and is sent nothing", async () => {
  const link = linkOfEqual(3_000, 0);
  await link.follow(LINK_TIMINGS.heartbeatMs / 4);
  const { hasCaughtUp, linesReceived } = link.follower.links.neighbours.get("Goloman")!;
  assertEquals({ hasCaughtUp, linesReceived }, { hasCaughtUp: true, linesReceived: 0 });
  await link.stop();
});

Deno.test("a follower that lacks little is sent the buckets of that", async () => {
  const link = linkOfEqual(3_000, 10);
  await link.follow(LINK_TIMINGS.heartbeatMs / 4);
  const { store, links } = link.follower;
  const { hasCaughtUp, linesReceived } = links.neighbours.get("Goloman")!;
  assertEquals({ hasCaughtUp, records: store.records }, {
    hasCaughtUp: true,
    records: link.leader.store.records,
  });
  // Ten records are in ten buckets of some 16 records at most.
  assert(linesReceived >= 10 && linesReceived < 500, `${linesReceived} lines`);
  await link.stop();
});

Deno.test("a follower sends sums from 1,000 records on", async () => {
  // Both have kiwi, too.
  for (const [records, isSent] of [[998, 999], [999, 0]] as const) {
    const link = linkOfEqual(records, 0);
    await link.follow(LINK_TIMINGS.heartbeatMs / 4);
    assertEquals(link.follower.links.neighbours.get("Goloman")!.linesReceived, isSent);
    await link.stop();
  }
});

Deno.test("a follower sends sums again when a link ends before the feed's end", async () => {
  // What it lacks is first, and behind it is more than what is passed over in two turns.
  const link = linkOfEqual(0, 10, 2);
  for (let i = 0; i < 25_000; i++) {
    for (const { store } of [link.leader, link.follower]) tell(store, `c${i} +1+1 1`);
  }
  let seen = 0;
  link.alter = (line, to) => {
    const position = /^POS (\d+) /.exec(line)?.[1];
    if (to !== "follower" || position === undefined || position === "0") return [line];
    // The first POS that moves arrives, and the next one is broken.
    return ++seen === 2 ? ["POS x"] : [line];
  };
  await link.follow(LINK_TIMINGS.heartbeatMs);
  const { hasCaughtUp, linesReceived, follows } = link.follower.links.neighbours.get("Goloman")!;
  assertEquals({ hasCaughtUp, follows }, { hasCaughtUp: true, follows: 2 });
  assert(linesReceived >= 10 && linesReceived < 1_000, `${linesReceived} lines`);
  await link.stop();
});
