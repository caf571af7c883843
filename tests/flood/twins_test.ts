// Two processes under one name: their neighbour notices, keeps one of them, and both sides say so.

import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { encode } from "../../src/base/bytes.ts";
import type { Connection } from "../../src/base/connection.ts";
import { LINK_TIMINGS } from "../../src/flood/environment.ts";
import { Links } from "../../src/flood/links.ts";
import { Secrets } from "../../src/flood/mac.ts";
import { TWIN_MS, TwinWatch } from "../../src/flood/twins.ts";
import { LineReader, waitForLine } from "../../src/protocol/lines.ts";
import { parseBody, Update } from "../../src/protocol/update.ts";
import { CLIENT } from "../../src/store/source.ts";
import { Store } from "../../src/store/store.ts";
import { ManualClock } from "../support/fakes/manual_clock.ts";
import { recordingLog } from "../support/fakes/log.ts";
import { Wire } from "../simulation/world/wires.ts";
import { World } from "../simulation/world/world.ts";

Deno.test("TwinWatch tells a second process from a restart, and forgets it in time", async () => {
  const clock = new ManualClock();
  const watch = new TwinWatch(clock);
  // Restarts, each a new incarnation.
  for (const it of ["a", "b", "c", "d"]) assertEquals(watch.see(it, undefined), false);
  assertEquals(watch.areSeen, false);
  // One that comes back once may have been under way when the other one started.
  assertEquals(watch.see("c", "d"), false);
  assertEquals(watch.see("d", "c"), true);
  assertEquals(watch.areSeen, true);
  // The one that is linked is welcome, and what follows a restart of it, once it is gone.
  assertEquals(watch.see("d", "d"), false);
  assertEquals(watch.see("e", undefined), false);
  // The one that answers at the neighbour's address takes the place of the other one, not the reverse.
  assertEquals(watch.see("e", "d", "d"), true);
  assertEquals(watch.see("d", "e", "d"), false);
  await clock.pass(TWIN_MS);
  assertEquals(watch.areSeen, false);
  assertEquals(watch.see("f", "d"), false);
});

function take(store: Store, client: string): void {
  const update = new Update();
  const body = encode(`Hands +0.000000000 ${client} +1-1 10`);
  assert(parseBody(body, 0, body.length, update));
  store.apply(update, CLIENT);
}

/** A process of a herd of two; `dial` reaches the other one. */
function startProcess(world: World, [self, neighbour]: [string, string], dial: () => Connection) {
  const log = recordingLog();
  const store = new Store(world.token(), 1);
  const links = new Links({
    herd: "ucla",
    self,
    incarnation: world.token(),
    neighbours: [neighbour],
    store,
    secrets: new Secrets([]),
    clock: world.clock(0, () => true),
    log,
    timings: LINK_TIMINGS,
    randomToken: () => world.token(),
    random: world.random,
    dial: () => Promise.resolve().then(dial),
  });
  return { log, links, store };
}

Deno.test("two processes of one name are noticed in seconds, and do not take links from each other", async () => {
  const world = new World(1);
  const serving: Promise<unknown>[] = [];
  /** A connection to a process, which takes it in. */
  const dialTo = (links: () => Links) => () => {
    const [mine, theirs] = new Wire(world, 1).ends;
    const lines = new LineReader(theirs);
    serving.push(
      waitForLine(lines).then(async (it) => {
        if (it) await links().serve(theirs, lines, "peer");
      }).catch(() => {}),
    );
    return mine;
  };
  // The topology knows where one of them is.
  let atAddress = 0;
  const goloman = startProcess(world, ["Goloman", "Hands"], dialTo(() => hands[atAddress]!.links));
  const hands = [1, 2].map(() =>
    startProcess(world, ["Hands", "Goloman"], dialTo(() => goloman.links))
  );
  const [known, unknown] = hands as [typeof goloman, typeof goloman];
  for (const it of [goloman, ...hands]) it.links.start();
  await world.run(3_000);
  const twinsOf = ({ links }: typeof goloman, name: string) => links.neighbours.get(name)!.twins;
  assertEquals(twinsOf(goloman, "Hands").areSeen, true);
  assertEquals(hands.map((it) => twinsOf(it, "Goloman").isOwn), [false, true]);
  const errors = (it: typeof goloman) => it.log.entries.filter((entry) => entry.level === "error");
  assertEquals(errors(goloman).length, 1);
  assertEquals(errors(unknown).length, 1);
  // From then on one of them stays linked, and the other one asks now and then.
  const before = goloman.links.neighbours.get("Hands")!.leads;
  const lines = goloman.log.entries.length;
  await world.run(60_000);
  assertEquals(goloman.links.neighbours.get("Hands")!.leads, before);
  assertEquals(twinsOf(goloman, "Hands").areSeen, true);
  assertLess(goloman.log.entries.filter((it) => it.level !== "debug").length - lines, 10);
  assertGreater(serving.length, 30);
  // News that it is told stays with it, until it is the only one.
  take(known.store, "kiwi");
  take(unknown.store, "moa");
  await world.run(5_000);
  const has = (client: string) => goloman.store.find(encode(client), 0, client.length) !== 0;
  assertEquals([has("kiwi"), has("moa")], [true, false]);
  const stop = async (...processes: (typeof goloman)[]) => {
    const stopped = Promise.all(processes.map((it) => it.links.stop()));
    await world.run(1_000);
    await stopped;
  };
  await stop(known);
  atAddress = 1;
  await world.run(TWIN_MS);
  assertEquals(twinsOf(goloman, "Hands").areSeen, false);
  assertEquals(twinsOf(unknown, "Goloman").isOwn, false);
  assertEquals([has("kiwi"), has("moa")], [true, true]);
  await stop(goloman, unknown);
  await Promise.all(serving);
});
