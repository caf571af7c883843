// The two cursors of a follower: fresh news first, everything once, and a position that is true.

import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { encode } from "../../../src/base/bytes.ts";
import { LINK_TIMINGS } from "../../../src/flood/environment.ts";
import { Cursors } from "../../../src/flood/backlog/cursors.ts";
import { parseBody, Update } from "../../../src/protocol/update.ts";
import { serverOf } from "../../../src/store/source.ts";
import { Store } from "../../../src/store/store.ts";
import { World } from "../../simulation/world/world.ts";
import { tell } from "../../support/herds/records.ts";
import { TamperedLink } from "../../support/herds/tampered_link.ts";

const CLIENTS = 12;
const STEPS = 400;

/** A store that changes, and what a follower was given of it. */
class Model {
  readonly store = new Store("0".repeat(32), 1);
  /** The position at which each record was given last. */
  readonly given = new Map<number, number>();
  #time = 1;

  /** Changes a client's record: with fresh news, or with something out of a backlog. */
  change(client: number, isLate: boolean): void {
    const update = new Update();
    const bytes = encode(`Goloman +0.000000000 c${client} +1+1 ${++this.#time}`);
    assert(parseBody(bytes, 0, bytes.length, update));
    assertEquals(this.store.apply(update, serverOf(0, isLate)), "newer");
  }

  give(record: number): void {
    if (record === 0) return;
    const position = this.store.feed.positionOf(record);
    assert(this.given.get(record) !== position, `position ${position} is given twice`);
    this.given.set(record, position);
  }

  /** Checks that all up to this position was given, from `start` on. */
  check(start: number, position: number): void {
    const { feed } = this.store;
    using reader = feed.readFrom(start);
    for (let record = reader.next(); record !== 0; record = reader.next()) {
      if (feed.positionOf(record) > position) return;
      assertEquals(this.given.get(record), feed.positionOf(record));
    }
  }
}

Deno.test("Cursors give every change once, and name a position up to which all was given", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const world = new World(seed);
    const model = new Model();
    const { store } = model;
    const lateShare = world.pick([0, 0.1, 0.5, 1]);
    const change = () => model.change(world.below(CLIENTS), world.happens(lateShare));
    for (let i = world.below(30); i > 0; i--) change();
    const start = world.below(store.feed.end + 1);
    using cursors = new Cursors(store, start);
    const skips = () => ({ left: world.pick([1, 2, 100]) });
    for (let step = 0; step < STEPS; step++) {
      const chance = world.random();
      if (chance < 0.3) change();
      else if (chance < 0.6) model.give(cursors.nextFresh(skips()));
      else model.give(cursors.nextLate(skips()));
      model.check(start, cursors.position);
      assertGreaterOrEqual(cursors.livePosition, cursors.position);
    }
    while (!cursors.isLiveAtEnd || cursors.hasBacklog) {
      model.give(cursors.nextFresh({ left: 100 }));
      model.give(cursors.nextLate({ left: 100 }));
    }
    assertEquals(cursors.position, store.feed.end);
    model.check(start, store.feed.end);
  }
});

Deno.test("Cursors give fresh news first, however much of a backlog there is", () => {
  const model = new Model();
  for (let client = 0; client < CLIENTS; client++) model.change(client, false);
  using cursors = new Cursors(model.store, 0);
  model.change(CLIENTS, true);
  model.change(CLIENTS + 1, false);
  const fresh = cursors.nextFresh({ left: 100 });
  assertEquals(model.store.feed.positionOf(fresh), CLIENTS + 2);
  assertEquals({ position: cursors.position, live: cursors.livePosition }, {
    position: 0,
    live: CLIENTS + 2,
  });
  const late: number[] = [];
  for (let it = cursors.nextLate({ left: 100 }); it !== 0; it = cursors.nextLate({ left: 100 })) {
    late.push(model.store.feed.positionOf(it));
  }
  assertEquals(late, Array.from({ length: CLIENTS + 1 }, (_, i) => i + 1));
  assertEquals({ hasBacklog: cursors.hasBacklog, position: cursors.position }, {
    hasBacklog: false,
    position: CLIENTS + 2,
  });
});

Deno.test("Cursors part at the first record that comes late, and meet behind the last", () => {
  const model = new Model();
  using cursors = new Cursors(model.store, 0);
  model.change(1, false);
  assert(cursors.nextFresh({ left: 100 }) !== 0);
  assertEquals(cursors.hasBacklog, false);
  model.change(2, true);
  assertEquals(cursors.nextFresh({ left: 100 }), 0);
  assertEquals({ hasBacklog: cursors.hasBacklog, position: cursors.position }, {
    hasBacklog: true,
    position: 1,
  });
  assert(cursors.nextLate({ left: 100 }) !== 0);
  assertEquals(cursors.nextLate({ left: 100 }), 0);
  assertEquals({ hasBacklog: cursors.hasBacklog, position: cursors.position }, {
    hasBacklog: false,
    position: 2,
  });
});

/** Lines of a stream to a follower, batch by batch. */
function batchesOf(lines: readonly string[]): string[][] {
  const batches: string[][] = [[]];
  for (const line of lines) {
    batches.at(-1)!.push(line);
    if (line.startsWith("POS")) batches.push([]);
  }
  return batches;
}

const BACKLOG = 30_000;

Deno.test("a link passes on what is told now while its follower reads a backlog", async () => {
  const link = new TamperedLink();
  for (let i = 0; i < BACKLOG; i++) tell(link.leader.store, `c${i} +1+1 1`);
  await link.follow(40);
  const { store } = link.follower;
  const caughtUp = () => link.follower.links.neighbours.get("Goloman")!.hasCaughtUp;
  tell(link.leader.store, "news +1+1 1");
  const id = encode("news");
  for (let ms = 0; store.find(id, 0, id.length) === 0; ms++) {
    assert(ms < 200, "the news is late");
    await link.world.run(1);
  }
  assert(store.records < BACKLOG / 2, `${store.records} records came before`);
  const { links } = link.follower;
  // It tells its own followers so.
  assertEquals({ isBehind: links.isBehind, hasCaughtUp: caughtUp() }, {
    isBehind: true,
    hasCaughtUp: false,
  });
  await link.world.run(10_000);
  assertEquals({ isBehind: links.isBehind, hasCaughtUp: caughtUp() }, {
    isBehind: false,
    hasCaughtUp: true,
  });
  assertEquals(store.records, BACKLOG + 2);
  assertEquals(link.follower.links.neighbours.get("Goloman")!.backlogToRead, 0);
  await link.stop();
});

Deno.test("a link leaves at least a quarter of each batch to a backlog, however much is told", async () => {
  const link = new TamperedLink();
  for (let i = 0; i < BACKLOG; i++) tell(link.leader.store, `c${i} +1+1 1`);
  await link.follow(20);
  for (let second = 2; second < 100; second++) {
    for (let i = 0; i < 1_000; i++) tell(link.leader.store, `n${i} +1+1 ${second}`);
    await link.world.run(1);
  }
  await link.world.run(10_000);
  let shared = 0;
  for (const batch of batchesOf(link.toFollower)) {
    const pos = batch.at(-1)?.split(" ");
    if (pos?.[0] !== "POS" || pos[1] === pos[2]) continue;
    const bytes = batch.map((it) => it.length + 1);
    const freshBytes = bytes.slice(0, Number(pos[4])).reduce((sum, it) => sum + it, 0);
    if (freshBytes > 0) shared++;
    assert(freshBytes < 0.75 * LINK_TIMINGS.batchBytes, `${freshBytes} bytes of fresh news`);
  }
  assert(shared >= 3, `${shared} batches had both`);
  await link.stop();
});
