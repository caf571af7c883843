// Somebody on the path of a link who changes, repeats or reflects what passes: the link ends with one
// log line that says why, and nothing that they sent has any effect.

import { assertEquals, assertMatch } from "@std/assert";
import { encode } from "../../src/base/bytes.ts";
import { LineReader } from "../../src/protocol/lines.ts";
import { waitForLine } from "../../src/protocol/lines.ts";
import { type Connection, writeAll } from "../../src/base/connection.ts";
import { lineText } from "../../src/flood/messages.ts";
import { type Alter, secretsOf, TamperedLink } from "../support/herds/tampered_link.ts";
import { tell } from "../support/herds/records.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";

/** Alters the field of that number in lines that begin so. */
function altering(start: string, field: number, change: (field: string) => string): Alter {
  return (line) => {
    if (!line.startsWith(start)) return [line];
    const fields = line.split(" ");
    fields[field] = change(fields[field]!);
    return [fields.join(" ")];
  };
}

/** Puts other lines in the place of those that begin so: `same` stands for the line itself. */
function replacing(start: string, ...by: readonly string[]): Alter {
  return (line) => line.startsWith(start) ? by.map((it) => it === "same" ? line : it) : [line];
}

/** Applies each of the changes to the first line that it changes, and then no more. */
function once(...changes: Alter[]): Alter {
  return (line, to) => {
    for (const change of changes) {
      const lines = change(line, to);
      if (lines.length === 1 && lines[0] === line) continue;
      changes.splice(changes.indexOf(change), 1);
      return lines;
    }
    return [line];
  };
}

const RECORD = "AT Goloman +0.000000000 evil +1+1 1 Goloman";
const another = () => TOKEN;
const later = (clock: string) => clock.replace(/^\d+/, (it) => String(Number(it) + 1));
const forged = (mac: string) => mac.replace(/^./, (it) => it === "0" ? "1" : "0");

/** An altered handshake, who notices, and what that one says. */
const handshakes: [what: string, alter: Alter, by: "leader" | "follower", reason: RegExp][] = [
  ["FOLLOW's herd", altering("FOLLOW", 1, () => "usc"), "leader", /for another herd, 'usc'/],
  ["FOLLOW's follower", altering("FOLLOW", 2, () => "Welsh"), "leader", /'Welsh' is not a neigh/],
  ["FOLLOW's leader", altering("FOLLOW", 3, () => "Welsh"), "leader", /another server, 'Welsh'/],
  ["FOLLOW's incarnation", altering("FOLLOW", 4, another), "follower", /LEAD does not verify/],
  ["FOLLOW's nonce", altering("FOLLOW", 5, another), "follower", /LEAD does not verify/],
  ["FOLLOW's version", altering("FOLLOW", 0, () => "FOLLOW/3"), "leader", /another protocol vers/],
  [
    "FOLLOW's to an older version",
    altering("FOLLOW", 0, () => "FOLLOW/1"),
    "follower",
    /LEAD is out of form/,
  ],
  ["LEAD's leader", altering("LEAD", 1, () => "Welsh"), "follower", /calls itself 'Welsh'/],
  ["LEAD's incarnation", altering("LEAD", 2, another), "follower", /LEAD does not verify/],
  ["LEAD's feed id", altering("LEAD", 3, another), "follower", /LEAD does not verify/],
  ["LEAD's retention", altering("LEAD", 4, () => "7"), "follower", /LEAD does not verify/],
  ["LEAD's clock", altering("LEAD", 5, later), "follower", /LEAD does not verify/],
  ["LEAD's nonce", altering("LEAD", 6, another), "follower", /LEAD does not verify/],
  ["LEAD's proof", altering("LEAD", 7, forged), "follower", /LEAD does not verify/],
  ["LEAD's proof to none", altering("LEAD", 7, () => "-"), "follower", /LEAD does not verify/],
  ["AUTH's feed id", altering("AUTH", 1, another), "leader", /AUTH does not verify/],
  ["AUTH's position", altering("AUTH", 2, () => "1"), "leader", /AUTH does not verify/],
  ["AUTH's retention", altering("AUTH", 3, () => "7"), "leader", /AUTH does not verify/],
  ["AUTH's clock", altering("AUTH", 4, later), "leader", /AUTH does not verify/],
  ["AUTH's proof", altering("AUTH", 5, forged), "leader", /AUTH does not verify/],
  ["AUTH's proof to none", altering("AUTH", 5, () => "-"), "leader", /AUTH does not verify/],
  ["AUTH to a record", replacing("AUTH", RECORD), "leader", /AUTH is out of form/],
  [
    "AUTH to LEAD",
    replacing("AUTH", `LEAD/2 Goloman ${TOKEN} ${TOKEN} - 1 ${TOKEN} -`),
    "leader",
    /AUTH is out of form/,
  ],
];

for (const [what, alter, by, reason] of handshakes) {
  Deno.test(`a link does not come about when somebody on the path alters ${what}`, async () => {
    const link = new TamperedLink();
    link.alter = alter;
    await link.follow(1_000);
    const { leader, follower } = link;
    const reasons = link.reasons(by);
    assertEquals(reasons.length, 1);
    assertMatch(reasons[0]!, reason);
    assertEquals(
      { leads: leader.links.neighbours.get("Hands")!.leads, size: follower.store.size },
      { leads: 0, size: 0 },
    );
    assertEquals(follower.links.neighbours.get("Goloman")!.held, undefined);
    await link.stop();
  });
}

/** What is done to the stream of a link, and what its follower says then. */
const streams: [what: string, alter: () => Alter, reason: RegExp][] = [
  ["drops a record", () => replacing("AT"), /POS does not verify/],
  ["slips in a record", () => replacing("AT", RECORD, "same"), /POS does not verify/],
  ["alters a record", () => altering("AT", 4, () => "+9+9"), /POS does not verify/],
  ["repeats a record", () => replacing("AT", "same", "same"), /POS does not verify/],
  ["drops a proof", () => once(replacing("POS")), /POS does not verify/],
  ["drops a whole batch", () => once(replacing("AT"), replacing("POS")), /POS does not verify/],
  ["claims a lower position", () => altering("POS", 1, () => "0"), /POS does not verify/],
  ["claims a live position", () => altering("POS", 2, () => "9"), /POS does not verify/],
  ["alters a state", () => altering("POS", 3, () => "-"), /POS does not verify/],
  ["makes fresh news late", () => altering("POS", 4, () => "0"), /POS does not verify/],
  ["makes news mended", () => altering("POS", 5, () => "1"), /POS does not verify/],
  ["alters a clock", () => altering("POS", 6, later), /POS does not verify/],
  ["removes a proof", () => altering("POS", 7, () => "-"), /POS does not verify/],
  ["claims more than was sent", () => altering("POS", 1, () => "9"), /a line is out of form/],
  ["sends no end of records", () => replacing("POS", ...Array(2_000).fill(RECORD)), /too long/],
  ["sends something else", () => replacing("AT", "HELLO"), /a line is out of form/],
];

for (const [what, alter, reason] of streams) {
  Deno.test(`a link ends and takes nothing when somebody on the path ${what}`, async () => {
    const link = new TamperedLink();
    let change: Alter = (line) => [line];
    link.alter = (line, to) => to === "follower" ? change(line, to) : [line];
    await link.follow(500);
    const { leader, follower } = link;
    const held = follower.links.neighbours.get("Goloman")!.held;
    assertEquals({ size: follower.store.size, position: held?.position }, { size: 1, position: 1 });
    change = alter();
    tell(leader.store, "plum +1+1 1");
    await link.world.run(2_500);
    const reasons = link.reasons("follower");
    assertEquals(reasons.length, 1);
    assertMatch(reasons[0]!, reason);
    assertEquals(follower.store.size, 1);
    assertEquals(follower.links.neighbours.get("Goloman")!.held, held);
    await link.stop();
  });
}

Deno.test("a link takes a batch that somebody on the path repeats only once, and ends", async () => {
  const link = new TamperedLink();
  let batch: string[] = [];
  link.alter = (line, to) => {
    if (to === "leader" || line.startsWith("LEAD")) return [line];
    batch.push(line);
    if (!line.startsWith("POS")) return [line];
    const whole = batch;
    batch = [];
    return [line, ...whole];
  };
  await link.follow(1_000);
  assertEquals(link.reasons("follower"), ["POS does not verify: the stream was altered"]);
  await link.stop();
});

Deno.test("a link takes nothing of a stream that is spliced in from an earlier one", async () => {
  const link = new TamperedLink({ dials: 2 });
  await link.follow(500);
  const earlier = link.toFollower.slice(1);
  link.alter = (line, to) =>
    to === "leader" || line.startsWith("LEAD") ? [line] : [earlier.shift() ?? line];
  link.follower.links.neighbours.get("Goloman")!.following!.end("a test wants another link");
  await link.world.run(3_000);
  assertEquals(link.reasons("follower"), [
    "a test wants another link",
    "POS does not verify: the stream was altered",
  ]);
  await link.stop();
});

/** What is done to an ACK, and what its leader says then. */
const acks: [what: string, alter: Alter, reason: RegExp][] = [
  ["claims a position", altering("ACK", 1, () => "0"), /ACK does not verify/],
  ["claims a live position", altering("ACK", 2, () => "9"), /ACK does not verify/],
  ["removes a proof", altering("ACK", 3, () => "-"), /ACK does not verify/],
  ["repeats one", replacing("ACK", "same", "same"), /ACK does not verify/],
  ["sends a record", replacing("ACK", RECORD), /ACK is out of form/],
];

for (const [what, alter, reason] of acks) {
  Deno.test(`a link ends when somebody on the path of its ACK ${what}`, async () => {
    const link = new TamperedLink();
    let change: Alter = (line) => [line];
    link.alter = (line, to) => to === "leader" ? change(line, to) : [line];
    await link.follow(1_500);
    const neighbour = link.leader.links.neighbours.get("Hands")!;
    assertEquals(neighbour.acknowledged, 1);
    change = alter;
    await link.world.run(1_500);
    assertMatch(link.reasons("leader")[0]!, reason);
    assertEquals({ size: link.leader.store.size, acknowledged: neighbour.acknowledged }, {
      size: 1,
      acknowledged: 1,
    });
    await link.stop();
  });
}

Deno.test("a link ends at an ACK of what was not sent, also in a herd without a secret", async () => {
  const secrets = { leader: secretsOf(), follower: secretsOf() };
  for (const field of [1, 2]) {
    const link = new TamperedLink({ secrets });
    link.alter = (line) => {
      const fields = line.split(" ");
      if (fields[0] === "ACK") fields.fill("7", field, 3);
      return [fields.join(" ")];
    };
    await link.follow(1_500);
    assertEquals(link.reasons("leader"), ["ACK names a position that was not sent"]);
    assertEquals(link.leader.links.neighbours.get("Hands")!.acknowledged, 0);
    await link.stop();
  }
});

Deno.test("a recorded handshake is worth nothing to who repeats it to the leader", async () => {
  const link = new TamperedLink();
  await link.follow(500);
  const { leader } = link;
  const following = leader.links.neighbours.get("Hands")!.leading;
  const stranger = link.dial();
  const answer = readLines(stranger);
  const [first, ...others] = link.toLeader;
  await writeAll(stranger, encode(`${first}\n`));
  // A connection that ends abruptly may take with it what was not read yet.
  await link.world.run(100);
  for (const line of others) await writeAll(stranger, encode(`${line}\n`));
  await link.world.run(1_000);
  assertEquals(link.reasons("leader"), [
    "AUTH does not verify: do both servers have the same secret?",
  ]);
  assertMatch((await answer)[0]!, /^LEAD\/2 /);
  assertEquals((await answer).length, 1);
  // The true follower's stream goes on.
  assertEquals(leader.links.neighbours.get("Hands")!.leading, following);
  tell(leader.store, "plum +1+1 1");
  await link.world.run(500);
  assertEquals(link.follower.store.size, 2);
  await link.stop();
});

/** All lines until the stream ends. */
async function readLines(connection: Connection): Promise<string[]> {
  const reader = new LineReader(connection);
  const lines: string[] = [];
  // A connection that ends abruptly has ended too.
  while (await waitForLine(reader).catch(() => false)) {
    lines.push(lineText(reader.bytes, reader.start, reader.end));
  }
  return lines;
}
