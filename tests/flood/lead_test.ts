// A leader ends the link with a follower that is silent, and with no other.

import { assertEquals } from "@std/assert";
import { LINK_TIMINGS } from "../../src/flood/environment.ts";
import { TamperedLink } from "../support/herds/tampered_link.ts";

const { silenceMs, heartbeatMs } = LINK_TIMINGS;

Deno.test("a leader keeps a follower that has nothing to do but to acknowledge", async () => {
  const link = new TamperedLink();
  await link.follow(10 * silenceMs);
  assertEquals(link.reasons("leader").concat(link.reasons("follower")), []);
  assertEquals(link.leader.links.neighbours.get("Hands")!.isFollowed, true);
  await link.stop();
});

Deno.test("a leader ends the link with a follower that acknowledges nothing", async () => {
  const link = new TamperedLink();
  link.alter = (line, to) => to === "leader" && line.startsWith("ACK ") ? [] : [line];
  await link.follow(silenceMs - heartbeatMs);
  assertEquals(link.reasons("leader"), []);
  await link.world.run(2 * heartbeatMs);
  assertEquals(link.reasons("leader"), ["the follower is silent"]);
  await link.stop();
});
