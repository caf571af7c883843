// A leader ends the link with a follower that is silent, and with no other; and its batches have room
// for their POS.

import { assert, assertEquals } from "@std/assert";
import { encode } from "../../src/base/bytes.ts";
import { LINK_TIMINGS } from "../../src/flood/environment.ts";
import { MAX_AT_BYTES } from "../../src/flood/follow.ts";
import { MAX_POS_BYTES } from "../../src/flood/messages.ts";
import { MAX_BODY_BYTES, MAX_NAME_BYTES, parseBody, Update } from "../../src/protocol/update.ts";
import { SERVER } from "../../src/store/source.ts";
import { TamperedLink } from "../support/herds/tampered_link.ts";

const { silenceMs, heartbeatMs, batchBytes } = LINK_TIMINGS;

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

Deno.test("a leader has room for POS behind the longest lines of servers with the longest names", async () => {
  const names = { leader: "L".repeat(MAX_NAME_BYTES), follower: "F".repeat(MAX_NAME_BYTES) };
  const longest = `AT ${"b".repeat(MAX_BODY_BYTES)} ${names.leader}\n`.length;
  assert(longest <= MAX_AT_BYTES, `a line of ${longest} bytes`);
  // The last line begins where one of the greatest length may, if that is all to have room for; with
  // room for POS as well; and in between.
  for (const reserved of [0, MAX_POS_BYTES / 2, MAX_POS_BYTES, MAX_POS_BYTES + 1]) {
    const link = new TamperedLink({ names });
    await link.follow(1_000);
    const { store } = link.leader;
    let left = batchBytes - reserved - MAX_AT_BYTES;
    let clients = 0;
    const put = (lineBytes: number) => {
      const head = `${names.leader} +0.000000000 c${clients++}`;
      const bodyBytes = lineBytes - (longest - MAX_BODY_BYTES);
      const body = encode(`${head.padEnd(bodyBytes - " +1+1 1".length, "c")} +1+1 1`);
      const update = new Update();
      assert(parseBody(body, 0, body.length, update));
      store.apply(update, SERVER);
      left -= lineBytes;
    };
    while (left >= 2 * longest) put(longest);
    put(Math.floor(left / 2));
    put(left);
    for (let i = 0; i < 2; i++) put(longest);
    await link.world.run(1_000);
    assertEquals(link.reasons("leader").concat(link.reasons("follower")), []);
    assertEquals(link.follower.store.size, store.size, `with ${reserved} bytes`);
    await link.stop();
  }
});
