// Strangers at a link: each ends the connection with one log line that says why, and changes nothing.

import { assertEquals, assertMatch } from "@std/assert";
import { encode } from "../../src/base/bytes.ts";
import { Instant } from "../../src/base/instant.ts";
import { LineReader } from "../../src/protocol/lines.ts";
import { parseBody, Update } from "../../src/protocol/update.ts";
import { waitForLine } from "../../src/protocol/lines.ts";
import { type Connection, writeAll } from "../../src/base/connection.ts";
import { LINK_TIMINGS } from "../../src/flood/environment.ts";
import { Links } from "../../src/flood/links.ts";
import { Secrets } from "../../src/flood/mac.ts";
import {
  type Follow,
  formatAuth,
  formatFollow,
  formatLead,
  lineText,
  parseFollow,
} from "../../src/flood/messages.ts";
import { Store } from "../../src/store/store.ts";
import { recordingLog } from "../support/fakes/log.ts";
import { Wire } from "../simulation/world/wires.ts";
import { World } from "../simulation/world/world.ts";
import { SERVER } from "../../src/store/source.ts";
import { posAt } from "../support/herds/link_lines.ts";

const secret = (text: string) => new Secrets([encode(text.repeat(32))]);
const TOKEN = "0123456789abcdef0123456789abcdef";

function apply(store: Store, body: string): void {
  const update = new Update();
  const bytes = encode(body);
  assertEquals(parseBody(bytes, 0, bytes.length, update), true);
  store.apply(update, SERVER);
}

/**
 * Goloman with the neighbour Hands, in a world of its own. The first dial gives `dialled`; others
 * fail with what `refusal` says.
 */
function newServer(dialled?: Connection, world = new World(1), refusal = () => "Refused") {
  const log = recordingLog();
  const store = new Store(world.token(), 1);
  apply(store, "Goloman +0.000000000 kiwi +1+1 1");
  const links = new Links({
    herd: "ucla",
    self: "Goloman",
    incarnation: world.token(),
    neighbours: ["Hands"],
    store,
    secrets: secret("s"),
    clock: world.clock(0, () => true),
    log,
    timings: LINK_TIMINGS,
    randomToken: () => world.token(),
    random: world.random,
    dial() {
      if (dialled === undefined) return Promise.reject(new Error(refusal()));
      const connection = dialled;
      dialled = undefined;
      return Promise.resolve(connection);
    },
  });
  return { world, log, store, links };
}

/** One raw end of a link, for a peer that does not keep to the rules. */
class Raw {
  readonly #connection: Connection;
  readonly #lines: LineReader;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#lines = new LineReader(connection);
  }

  send(line: string): Promise<void> {
    return writeAll(this.#connection, encode(`${line}\n`));
  }

  /** The next line, or undefined when the stream ended, cleanly or not: a wire may do either. */
  async read(): Promise<string | undefined> {
    const lines = this.#lines;
    if (!(await waitForLine(lines).catch(() => false))) return undefined;
    return lineText(lines.bytes, lines.start, lines.end);
  }
}

const good: Follow = {
  version: 2,
  herd: "ucla",
  follower: "Hands",
  leader: "Goloman",
  incarnation: TOKEN,
  nonce: TOKEN,
};

async function serve(links: Links, connection: Connection): Promise<void> {
  const lines = new LineReader(connection);
  await waitForLine(lines);
  await links.serve(connection, lines, "peer");
}

const strangers: [name: string, follow: string, reason: RegExp][] = [
  ["another herd", formatFollow({ ...good, herd: "usc" }), /another herd, 'usc'/],
  ["another leader", formatFollow({ ...good, leader: "Welsh" }), /another server, 'Welsh'/],
  ["our own name", formatFollow({ ...good, follower: "Goloman" }), /own name/],
  ["no neighbour", formatFollow({ ...good, follower: "Welsh" }), /'Welsh' is not a neighbour/],
  ["another version", "FOLLOW/3 ucla Hands Goloman x y", /another protocol version/],
  ["a nonce out of form", formatFollow({ ...good, nonce: "x" }), /FOLLOW is out of form/],
];

for (const [name, line, reason] of strangers) {
  Deno.test(`Links.serve() refuses a follower with ${name}`, async () => {
    const { world, log, links } = newServer();
    const [mine, theirs] = new Wire(world, 5).ends;
    const raw = new Raw(mine);
    const served = serve(links, theirs);
    const sent = raw.send(line);
    const answer = raw.read();
    await world.run(1_000);
    await Promise.all([sent, served]);
    assertEquals(await answer, undefined);
    assertEquals(log.entries.map((it) => it.event), ["link.refused"]);
    assertMatch(String(log.entries[0]!.fields.reason), reason);
    assertEquals(links.neighbours.get("Hands")!.leads, 0);
  });
}

const impostors: [name: string, auth: (transcript: string, auth: string) => string][] = [
  ["another secret", (transcript, auth) => secret("x").sign("follower", transcript + auth)],
  ["no secret", () => "-"],
  ["our own proof reflected", (transcript, auth) => secret("s").sign("leader", transcript + auth)],
  ["a proof of another handshake", (_, auth) => secret("s").sign("follower", auth)],
];

for (const [name, prove] of impostors) {
  Deno.test(`Links.serve() refuses a follower with ${name}`, async () => {
    const { world, log, links } = newServer();
    const [mine, theirs] = new Wire(world, 5).ends;
    const raw = new Raw(mine);
    const served = serve(links, theirs);
    const talk = (async () => {
      const follow = formatFollow(good);
      await raw.send(follow);
      const lead = await raw.read();
      const auth = formatAuth({ held: undefined, clock: new Instant() });
      await raw.send(auth + prove(`${follow}\n${lead}\n`, auth));
      return await raw.read();
    })();
    await world.run(1_000);
    assertEquals(await talk, undefined);
    await served;
    assertEquals(log.entries.map((it) => it.event), ["link.refused"]);
    assertMatch(String(log.entries[0]!.fields.reason), /AUTH does not verify/);
    assertEquals(links.neighbours.get("Hands")!.leads, 0);
  });
}

Deno.test("Links.serve() gives up a handshake that does not go on", async () => {
  const { world, log, links } = newServer();
  const [mine, theirs] = new Wire(world, 5).ends;
  const served = serve(links, theirs);
  const sent = new Raw(mine).send(formatFollow(good));
  await world.run(LINK_TIMINGS.handshakeMs + 100);
  await Promise.all([sent, served]);
  assertEquals(log.entries.map((it) => it.fields.reason), ["handshake took too long"]);
});

Deno.test("a server's own handshake, reflected to it, is refused", async () => {
  const world = new World(1);
  const [mine, dialled] = new Wire(world, 5).ends;
  const [reflected, theirs] = new Wire(world, 5).ends;
  const { log, links, store } = newServer(mine, world);
  links.start();
  const served = serve(links, theirs);
  const mirror = (async () => {
    const [follower, leader] = [new Raw(dialled), new Raw(reflected)];
    // As it is, it names another leader; so whoever reflects it changes the names over.
    const request = parseFollow((await follower.read())!)!;
    assertEquals({ follower: request.follower, leader: request.leader }, {
      follower: "Goloman",
      leader: "Hands",
    });
    await leader.send(formatFollow({ ...request, follower: "Hands", leader: "Goloman" }));
    const answer = (await leader.read())!;
    await follower.send(answer.replace(" Goloman ", " Hands "));
    await leader.send(answer);
    await Promise.all([follower.read(), leader.read()]);
  })();
  await world.run(1_000);
  await Promise.all([mirror, served]);
  const reasons = (event: string) =>
    log.entries.filter((it) => it.event === event).map((it) => String(it.fields.reason));
  assertMatch(reasons("link.unreachable")[0]!, /^LEAD does not verify/);
  assertEquals(reasons("link.refused"), ["AUTH is out of form"]);
  assertEquals(store.size, 1);
  const stopped = links.stop();
  await world.run(1_000);
  await stopped;
});

Deno.test("Links.accept() serves the server that the certificate names, and no other", async () => {
  for (
    const [certified, reason] of [["Hands", undefined], ["Welsh", /its certificate is of 'We/]]
  ) {
    const { world, log, links } = newServer();
    const [mine, theirs] = new Wire(world, 5).ends;
    const raw = new Raw(mine);
    const accepted = links.accept(theirs, "peer:1", certified as string);
    const sent = raw.send(formatFollow(good));
    const answer = raw.read();
    await world.run(1_000);
    await sent;
    if (reason === undefined) assertMatch((await answer)!, /^LEAD\/2 Goloman /);
    else {
      assertEquals(await answer, undefined);
      assertMatch(String(log.entries[0]!.fields.reason), reason as RegExp);
    }
    mine.close();
    await world.run(1_000);
    await accepted;
    assertEquals(log.entries.map((it) => it.event), ["link.refused"]);
  }
});

Deno.test("Links.serve() has room for a neighbour among strangers, and is rid of them in time", async () => {
  const { world, log, links } = newServer();
  const many = 3 * LINK_TIMINGS.maxHandshakes;
  const served: Promise<void>[] = [];
  for (let number = 0; number < many; number++) {
    const [mine, theirs] = new Wire(world, 5).ends;
    served.push(serve(links, theirs));
    await new Raw(mine).send(formatFollow(good));
  }
  await world.run(100);
  const reasons = () => log.entries.map((it) => it.fields.reason);
  assertEquals(reasons(), Array(many - 64).fill("too many handshakes under way"));

  const [mine, theirs] = new Wire(world, 5).ends;
  served.push(serve(links, theirs));
  const raw = new Raw(mine);
  const talk = (async () => {
    const follow = formatFollow(good);
    await raw.send(follow);
    const lead = await raw.read();
    const auth = formatAuth({ held: undefined, clock: new Instant() });
    await raw.send(auth + secret("s").sign("follower", `${follow}\n${lead}\n${auth}`));
    return await raw.read();
  })();
  await world.run(100);
  assertMatch((await talk)!, /^POS 0 /);

  await world.run(LINK_TIMINGS.handshakeMs);
  assertEquals(reasons().filter((it) => it === "handshake took too long").length, 63);
  mine.close();
  await world.run(1_000);
  await Promise.all(served);
});

/** What a leader that has the secret sends, and somebody on the path may change. */
async function lead(raw: Raw, onPath: (batch: string[]) => string[]): Promise<void> {
  const request = parseFollow((await raw.read())!)!;
  const follow = formatFollow(request);
  const clock = new Instant();
  clock.set(1_800_000_000, 0);
  const head = formatLead({
    leader: "Hands",
    incarnation: TOKEN,
    feedId: TOKEN,
    clock,
    nonce: TOKEN,
  });
  const mac = secret("s").sign("leader", `${follow}\n${head}`);
  await raw.send(head + mac);
  const auth = (await raw.read())!;
  const stream = secret("s").streams(0, `${follow}\n${head}${mac}\n${auth}\n`).leader;
  const first = posAt(0, clock);
  await raw.send(first + stream.next(new Uint8Array(0), first));
  const batch = ["AT Hands +0.000000000 a +1+1 1 Hands", "AT Hands +0.000000000 b +1+1 1 Hands"];
  const pos = posAt(2, clock);
  const posMac = stream.next(encode(batch.map((it) => `${it}\n`).join("")), pos);
  for (const line of onPath([...batch, pos + posMac])) await raw.send(line);
}

const meddlers: [name: string, change: (batch: string[]) => string[]][] = [
  ["slips in a record", ([a, b, pos]) => [a!, b!, a!.replace(" a ", " evil "), pos!]],
  ["drops a record", ([a, , pos]) => [a!, pos!]],
  ["alters a record", ([a, b, pos]) => [a!.replace("+1+1", "+2+2"), b!, pos!]],
  ["swaps two records", ([a, b, pos]) => [b!, a!, pos!]],
  ["alters the position", ([a, b, pos]) => [a!, b!, pos!.replace("POS 2", "POS 1")]],
  ["removes the proof", ([a, b, pos]) => [a!, b!, pos!.replace(/\S+$/, "-")]],
  ["names another sender", ([a, b, pos]) => [a!.replace(/Hands$/, "Welsh"), b!, pos!]],
];

async function followThrough(change: (batch: string[]) => string[]) {
  const world = new World(1);
  const [mine, theirs] = new Wire(world, 5).ends;
  const inner = newServer(mine, world);
  const following = new Raw(theirs);
  inner.links.start();
  const leading = lead(following, change).catch(() => {});
  await world.run(500);
  await leading;
  const stopped = inner.links.stop();
  await world.run(500);
  await stopped;
  return inner;
}

Deno.test("Links.start() tells why a neighbour is out of reach once for each reason", async () => {
  let refusal = "Refused";
  const { world, log, links } = newServer(undefined, new World(1), () => refusal);
  links.start();
  await world.run(0);
  await world.run(20_000);
  refusal = "No route";
  await world.run(20_000);
  const { entries } = log;
  assertEquals(entries.every((it) => it.event === "link.unreachable"), true);
  for (const reason of ["Refused", "No route"]) {
    const levels = entries.filter((it) => it.fields.reason === reason).map((it) => it.level);
    assertEquals(levels.length > 5, true);
    assertEquals(levels, ["info", ...Array(levels.length - 1).fill("debug")]);
  }
  const stopped = links.stop();
  await world.run(1);
  await stopped;
});

Deno.test("Links.start() tells anew that a neighbour is out of reach after a link to it", async () => {
  const world = new World(1);
  const [mine, theirs] = new Wire(world, 5).ends;
  const { log, links } = newServer(mine, world);
  links.start();
  const leading = lead(new Raw(theirs), (batch) => batch);
  await world.run(500);
  await leading;
  theirs.close();
  await world.run(20_000);
  const levels = log.entries.filter((it) => it.event !== "link.in")
    .map(({ event, level }) => `${level} ${event}`);
  assertEquals(levels.slice(0, 4), [
    "info link.following",
    "warn link.lost",
    "info link.unreachable",
    "debug link.unreachable",
  ]);
  const stopped = links.stop();
  await world.run(1);
  await stopped;
});

Deno.test("follow() applies a batch whose POS verifies, and holds its position", async () => {
  const { store, links } = await followThrough((batch) => batch);
  assertEquals(store.size, 3);
  assertEquals(links.neighbours.get("Hands")!.held, { feedId: TOKEN, position: 2 });
});

for (const [name, change] of meddlers) {
  Deno.test(`follow() takes nothing of a batch when somebody on the path ${name}`, async () => {
    const { store, links, log } = await followThrough(change);
    assertEquals(store.size, 1);
    assertEquals(links.neighbours.get("Hands")!.held, { feedId: TOKEN, position: 0 });
    const [lost] = log.entries.filter((it) => it.event === "link.lost");
    assertMatch(String(lost?.fields.reason), /POS does not verify/);
  });
}
