// Clients that walk in and out of an area, as its watcher is told of it, beside a plain reference: in order
// and complete, over cuts of the stream and starts of the server.

import { assert, assertEquals } from "@std/assert";
import { Chance } from "../../../fuzz/chance.ts";
import { Events, type ServerEvent } from "../../../support/herds/events.ts";
import { startHerd, type TestHerd } from "../../../support/herds/herd.ts";
import { tell } from "../../../support/herds/records.ts";
import { testWith } from "../../../support/test.ts";

const CLIENTS = 24;

/** Over the antimeridian, and up to a pole, which has every longitude. */
const AREA = "bbox=170,60,-170,90";
const isInside = ([lat, lon]: Place) => lat === 90 || lat >= 60 && (lon >= 170 || lon <= -170);

type Place = readonly [lat: number, lon: number];

/** Places at the edges of the area and around them. */
const LATITUDES = [59.999999, 60, 60.000001, 75, 90];
const LONGITUDES = [169.999999, 170, 175, 180, -180, -175, -170, -169.999999, 0];

const signed = (it: number) => (it < 0 ? "-" : "+") + Math.abs(it).toFixed(6);

/** Who is where, by the rules alone. */
class Reference {
  readonly places = new Map<string, Place>();
  second = 0;

  /** Moves a client, or forgets it; the event that its watcher is to have, if any. */
  step(herd: TestHerd, client: string, place: Place | undefined): string | undefined {
    const before = this.places.get(client);
    const wasIn = before !== undefined && isInside(before);
    const { store } = herd.node("Ann");
    this.second++;
    if (place === undefined) {
      tell(store, `${client} - ${this.second}`);
      this.places.delete(client);
      return wasIn ? "forget" : undefined;
    }
    tell(store, `${client} ${signed(place[0])}${signed(place[1])} ${this.second}`);
    this.places.set(client, place);
    if (isInside(place)) return wasIn ? "move" : "enter";
    return wasIn ? "leave" : undefined;
  }

  /** Those inside, with where they are. */
  inside(): Record<string, Place> {
    return Object.fromEntries([...this.places].filter(([, it]) => isInside(it)).toSorted());
  }
}

/** What a watcher knows by what it was told, and faults what it could not have been told. */
class Watcher {
  readonly #inside = new Map<string, Place>();
  lastId: string | undefined;

  take({ id, event, data }: ServerEvent): void {
    this.lastId = id;
    if (event === "reset") return this.#inside.clear();
    if (event === "level") return;
    const client = data.id!;
    const isKnown = this.#inside.has(client);
    assertEquals([event, client, isKnown], [event, client, event !== "enter"]);
    if (event === "leave" || event === "forget") this.#inside.delete(client);
    else this.#inside.set(client, [data.lat!, data.lon!]);
  }

  inside(): Record<string, Place> {
    return Object.fromEntries([...this.#inside].toSorted());
  }
}

/** Reads until the watcher was told of a client that has just come in. */
async function readUntil(events: Events, watcher: Watcher, client: string): Promise<string[]> {
  const told: string[] = [];
  for (;;) {
    const event = await events.next();
    assert(event !== undefined, "the stream ended");
    watcher.take(event);
    if (event.data.id === client) return told;
    if (event.data.id !== undefined) told.push(event.data.id);
  }
}

testWith("sockets", "disk")(
  "a watcher is told of all that walk in and out, in order, over cuts and starts",
  async () => {
    await using herd = await startHerd({ lone: ["Ann"], http: true, isDurable: true });
    const chance = new Chance(20_231);
    const reference = new Reference();
    const watcher = new Watcher();
    const client = () => `c${chance.below(CLIENTS)}`;
    const place = (): Place | undefined =>
      chance.oneIn(8) ? undefined : [chance.pick(LATITUDES), chance.pick(LONGITUDES)];
    const walk = (steps: number) => {
      const moved: string[] = [];
      for (let i = 0; i < steps; i++) {
        const id = client();
        reference.step(herd, id, place());
        moved.push(id);
      }
      return moved;
    };
    let marks = 0;
    let events = await Events.open(herd.http("Ann"), AREA);
    /** Waits for everything so far, and holds it against the reference. */
    const settle = async () => {
      const mark = `mark${++marks}`;
      reference.step(herd, mark, [75, 180]);
      const told = await readUntil(events, watcher, mark);
      reference.step(herd, mark, undefined);
      watcher.take((await events.next())!);
      assertEquals(watcher.inside(), reference.inside());
      return told;
    };
    try {
      for (let round = 0; round < 120; round++) {
        if (round % 4 === 0) {
          // One at a time, every event is known beforehand.
          await settle();
          for (let i = 0; i < 20; i++) {
            const id = client();
            const expected = reference.step(herd, id, place());
            if (expected === undefined) continue;
            const event = (await events.next())!;
            watcher.take(event);
            assertEquals([event.event, event.data.id], [expected, id]);
          }
        } else if (round % 4 === 1) {
          // Many at once: each client once, in the order of its last step.
          await settle();
          const moved = walk(chance.below(100));
          const last = [...new Set(moved.toReversed())].toReversed();
          const told = await settle();
          assertEquals(told, last.filter((it) => told.includes(it)));
        } else if (round % 4 === 2) {
          // A cut, at any event, with steps meanwhile.
          walk(chance.below(30));
          for (let i = chance.below(3); i > 0; i--) {
            reference.step(herd, `cut${i}`, [75, 180]);
            await readUntil(events, watcher, `cut${i}`);
            reference.step(herd, `cut${i}`, undefined);
          }
          await events[Symbol.asyncDispose]();
          walk(chance.below(30));
          events = await Events.open(herd.http("Ann"), AREA, watcher.lastId);
          const first = (await events.next())!;
          assertEquals(first.event, "reset");
          watcher.take(first);
          await settle();
        } else if (round % 40 === 3) {
          // A start of the server, which has its records on disk.
          walk(chance.below(30));
          await events[Symbol.asyncDispose]();
          await herd.restart("Ann");
          events = await Events.open(herd.http("Ann"), AREA, watcher.lastId);
          await settle();
        }
      }
    } finally {
      await events[Symbol.asyncDispose]();
    }
  },
);
