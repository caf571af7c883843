// A record that is missing without a reason is found by a look, sent, counted and told of; nothing else is.

import { assertEquals } from "@std/assert";
import { encode } from "../../../src/base/bytes.ts";
import { tell } from "../../support/herds/records.ts";
import { secretsOf, TamperedLink } from "../../support/herds/tampered_link.ts";

const none = secretsOf();
const RECORDS = 500;

/** Drops a record as no part of the program would, so that nobody knows of it. */
function lose(link: TamperedLink, client: string): void {
  const { store } = link.follower;
  store.horizon = 1_000;
  // All the others are newer.
  store.sweep(store.recordsEnd);
  store.horizon = 0;
  const id = encode(client);
  assertEquals(store.find(id, 0, id.length), 0);
}

async function levelLink(options?: ConstructorParameters<typeof TamperedLink>[0]) {
  const link = new TamperedLink(options);
  for (let i = 0; i < RECORDS; i++) tell(link.leader.store, `client${i} +1+1 ${2_000 + i}`);
  tell(link.leader.store, "lost +1+1 5");
  tell(link.leader.store, "kiwi +1+1 2000");
  await link.follow(1_000);
  assertEquals(link.follower.store.size, RECORDS + 2);
  return link;
}

/** Looks, and gives what came of it. */
async function look(link: TamperedLink) {
  const verified = link.follower.links.verify();
  await link.world.run(5_000);
  return (await verified).get("Goloman");
}

for (const secrets of [undefined, { leader: none, follower: none }]) {
  const kind = secrets === undefined ? "with a secret" : "without one";
  Deno.test(`Links.verify() finds a record that was lost, and only that, ${kind}`, async () => {
    const link = await levelLink(secrets && { secrets });
    assertEquals(await look(link), { differing: 0, mended: 0 });
    lose(link, "lost");
    const neighbour = link.follower.links.neighbours.get("Goloman")!;
    const { linesReceived, held } = neighbour;
    assertEquals(await look(link), { differing: 1, mended: 1 });
    assertEquals(link.follower.store.size, RECORDS + 2);
    assertEquals(neighbour.recordsMended, 1);
    assertEquals(neighbour.held, held);
    // Records that share its bucket are sent with it.
    assertEquals(neighbour.linesReceived - linesReceived < 60, true);
    const errors = link.follower.log.entries.filter((it) => it.event === "link.mended");
    assertEquals(errors.map((it) => it.fields.neighbour), ["Goloman"]);
    assertEquals(await look(link), { differing: 0, mended: 0 });
    assertEquals(link.reasons("leader").concat(link.reasons("follower")), []);
    await link.stop();
  });
}

Deno.test("Links.verify() leaves out what expires soon: clocks may differ by that", async () => {
  for (const [horizon, mended] of [[3, 0], [2, 1]] as const) {
    const link = await levelLink();
    // Of 5, and dropped by a clock that was corrected since.
    lose(link, "lost");
    link.follower.store.horizon = horizon;
    assertEquals((await look(link))?.mended, mended, `horizon ${horizon}`);
    await link.stop();
  }
});

Deno.test("Links.verify() does not look before a clock tells what has expired", async () => {
  const link = await levelLink({ retainSeconds: 3_600 });
  lose(link, "lost");
  assertEquals(await look(link), undefined);
  link.follower.store.horizon = 1;
  assertEquals(await look(link), { differing: 1, mended: 1 });
  await link.stop();
});

Deno.test("Links.verify() mends nothing because news is told meanwhile", async () => {
  const link = await levelLink();
  let told = 0;
  const tellMore = () => {
    tell(link.leader.store, `client${told % RECORDS} +2+2 ${3_000 + told++}`);
    if (told < 2_000) link.world.after(1, tellMore);
  };
  tellMore();
  assertEquals((await look(link))?.mended, 0);
  assertEquals(link.follower.links.neighbours.get("Goloman")!.recordsMended, 0);
  assertEquals(link.reasons("leader").concat(link.reasons("follower")), []);
  await link.stop();
});

Deno.test("Links.verify() is done with a link that ends, and with one that is not there", async () => {
  const link = await levelLink();
  const verified = link.follower.links.verify();
  await link.world.run(2);
  link.follower.links.neighbours.get("Goloman")!.following!.end("a test wants it");
  await link.world.run(100);
  assertEquals((await verified).get("Goloman"), undefined);
  assertEquals((await link.follower.links.verify()).get("Goloman"), undefined);
  await link.stop();
});

Deno.test("a link ends when somebody on the path answers a look, or asks without sums", async () => {
  for (
    const [to, start, line] of [
      ["follower", "POS", "DIFF 0 -"],
      ["leader", "ACK", "LOOK -"],
    ]
  ) {
    for (const isSecret of [true, false]) {
      const link = new TamperedLink(isSecret ? {} : { secrets: { leader: none, follower: none } });
      let isOn = false;
      link.alter = (it, at) => isOn && at === to && it.startsWith(start!) ? [line!, it] : [it];
      await link.follow(1_500);
      isOn = true;
      await link.world.run(1_500);
      assertEquals(link.reasons(to as "leader").length, 1);
      await link.stop();
    }
  }
});
