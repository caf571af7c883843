// Links that end again and again, and peers that send nothing but what is for control: neither may
// keep a server busy.

import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { encode } from "../../src/base/bytes.ts";
import { type Connection, writeAll } from "../../src/base/connection.ts";
import { Instant } from "../../src/base/instant.ts";
import {
  CONTROL_LINE_BYTES,
  HEAVY_BATCH_BYTES,
  LINK_TIMINGS,
} from "../../src/flood/environment.ts";
import { Links } from "../../src/flood/links.ts";
import { Secrets } from "../../src/flood/mac.ts";
import { type Follow, formatAuth, formatFollow, formatLead } from "../../src/flood/messages.ts";
import { LineReader, waitForLine } from "../../src/protocol/lines.ts";
import { Store } from "../../src/store/store.ts";
import { recordingLog } from "../support/fakes/log.ts";
import { Wire } from "../simulation/world/wires.ts";
import { World } from "../simulation/world/world.ts";
import { posAt } from "../support/herds/link_lines.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";
const PATIENCE_MS = 20_000;

/** Goloman, whose one neighbour is Hands; `dial` answers its dials. */
function startGoloman(world: World, dial: () => Promise<Connection>) {
  const log = recordingLog();
  let pauses = 0;
  const links = new Links({
    herd: "ucla",
    self: "Goloman",
    incarnation: world.token(),
    neighbours: ["Hands"],
    store: new Store(world.token(), 1),
    secrets: new Secrets([]),
    clock: world.clock(0, () => true),
    log,
    timings: LINK_TIMINGS,
    randomToken: () => world.token(),
    random: world.random,
    pause: () => (pauses++, Promise.resolve()),
    dial,
  });
  const stop = async () => {
    const stopped = links.stop();
    await world.run(10);
    await stopped;
  };
  return {
    log,
    links,
    stop,
    get pauses() {
      return pauses;
    },
  };
}

/** Says what a leader without a secret says first, and then `lines`. */
async function lead(connection: Connection, lines: string): Promise<void> {
  const clock = new Instant();
  const head = formatLead({
    leader: "Hands",
    incarnation: TOKEN,
    feedId: TOKEN,
    clock,
    nonce: TOKEN,
  });
  const pos = posAt(0, clock);
  const reader = new LineReader(connection);
  await waitForLine(reader);
  await writeAll(connection, encode(`${head}-\n`));
  await waitForLine(reader);
  await writeAll(connection, encode(`${pos}-\n${lines}`));
}

/** Asks to follow Goloman, as Hands, and ends at once. */
async function comeAndGo(world: World, links: Links): Promise<void> {
  const [mine, theirs] = new Wire(world, 1).ends;
  const lines = new LineReader(theirs);
  const served = waitForLine(lines).then(() => links.serve(theirs, lines, "peer"));
  const follow: Follow = {
    version: 2,
    herd: "ucla",
    follower: "Hands",
    leader: "Goloman",
    incarnation: TOKEN,
    nonce: TOKEN,
  };
  await writeAll(mine, encode(`${formatFollow(follow)}\n`));
  const answers = new LineReader(mine);
  await waitForLine(answers);
  const auth = formatAuth({ held: undefined, clock: new Instant() });
  await writeAll(mine, encode(`${auth}-\n`));
  await waitForLine(answers);
  mine.close();
  await served;
}

Deno.test("Links.start() waits longer and longer for a neighbour that sends what is out of form", async () => {
  const world = new World(1);
  let dials = 0;
  const goloman = startGoloman(world, () => {
    dials++;
    const [mine, theirs] = new Wire(world, 1).ends;
    lead(theirs, "AT Hands bad\nPOS 1 1 + 1 0 1.000000000 -\n").catch(() => {});
    return Promise.resolve(mine);
  });
  goloman.links.start();
  // The neighbour comes back each time, too, as it does if the same happens to it.
  for (let ms = 0; ms < PATIENCE_MS; ms += 100) {
    comeAndGo(world, goloman.links).catch(() => {});
    await world.run(100);
  }
  assertGreater(dials, 5);
  assertLess(dials, 60);
  const lost = goloman.log.entries.filter((it) => it.event === "link.lost");
  assertEquals(lost.filter((it) => it.level === "warn").length, 5);
  await goloman.stop();
});

Deno.test("Links.start() goes on at once after a link that brought something", async () => {
  const world = new World(1);
  let position = 0;
  const goloman = startGoloman(world, () => {
    const [mine, theirs] = new Wire(world, 1).ends;
    const pos = posAt(++position);
    const at = `AT Hands +0.000000000 kiwi +1+1 ${position} Hands`;
    lead(theirs, `${at}\n${pos}-\n`).catch(() => {});
    // Not before what it sent has arrived.
    world.after(50, () => theirs.close());
    return Promise.resolve(mine);
  });
  goloman.links.start();
  await world.run(PATIENCE_MS);
  const waits = goloman.log.entries.filter((it) => it.event === "link.lost")
    .map((it) => Number(it.fields.nextTryMs));
  assertGreater(waits.length, 100);
  assert(waits.every((it) => it <= LINK_TIMINGS.firstBackoffMs), `${Math.max(...waits)} ms`);
  await goloman.stop();
});

/** More of them than are let through without a pause. */
const STORM = 10 * HEAVY_BATCH_BYTES / CONTROL_LINE_BYTES;

Deno.test("follow() lets others have their turn in a storm of POS", async () => {
  const world = new World(1);
  const pos = posAt(0);
  const goloman = startGoloman(world, () => {
    const [mine, theirs] = new Wire(world, 1).ends;
    lead(theirs, `${pos}-\n`.repeat(STORM)).catch(() => {});
    return Promise.resolve(mine);
  });
  goloman.links.start();
  await world.run(1_000);
  assertGreater(goloman.pauses, 9);
  await goloman.stop();
});

Deno.test("Links.serve() lets others have their turn in a storm of ACK", async () => {
  const world = new World(1);
  const goloman = startGoloman(world, () => Promise.reject(new Error("Refused")));
  const [mine, theirs] = new Wire(world, 1).ends;
  const lines = new LineReader(theirs);
  const served = waitForLine(lines).then(() => goloman.links.serve(theirs, lines, "peer"));
  const follow: Follow = {
    version: 2,
    herd: "ucla",
    follower: "Hands",
    leader: "Goloman",
    incarnation: TOKEN,
    nonce: TOKEN,
  };
  const talk = async () => {
    await writeAll(mine, encode(`${formatFollow(follow)}\n`));
    const answers = new LineReader(mine);
    await waitForLine(answers);
    const auth = formatAuth({ held: undefined, clock: new Instant() });
    await writeAll(mine, encode(`${auth}-\n${"ACK 0 0 -\n".repeat(STORM)}`));
  };
  talk().catch(() => {});
  await world.run(1_000);
  assertGreater(goloman.pauses, 9);
  mine.close();
  await world.run(1_000);
  await served;
  await goloman.stop();
});
