// A herd that loses servers while clients roam: what is kept of watches equals a plain reference.

import { assert, assertEquals } from "@std/assert";
import fc from "../support/properties.ts";
import { type Client, type Filters, HerdClient, type WatchEvent } from "../../src/client/mod.ts";
import { startHerd, type TestHerd } from "../support/herds/herd.ts";
import { testWith } from "../support/test.ts";
import { until, within } from "../support/waiting.ts";
import { Mirror } from "./fakes/mirror.ts";
import { untilReady } from "./fakes/ready.ts";

const test = testWith("sockets", "disk");

const NAMES = ["Ann", "Bob", "Cyd"] as const;
const IDS = ["a", "b", "c/d", "e", "f"] as const;

/** Where a client may be: in the box or not, and at its edge. */
const SPOTS = [1, 2, 9.99, 10, 10.01, 50] as const;
const BOX = [-1, 0, 1, 10] as const;

interface Place {
  readonly lat: number;
  readonly time: string;
}

/** A herd, its watches, and where its clients are for certain. */
class Trial implements AsyncDisposable {
  readonly world: Mirror = new Mirror();
  readonly area: Mirror = new Mirror();
  readonly places: Map<string, Place> = new Map();
  readonly #herd: TestHerd;
  readonly #running: Set<string> = new Set(NAMES);
  readonly #end = new AbortController();
  readonly #watches: Promise<void>[];
  readonly #client: HerdClient;
  #failure: unknown;

  constructor(herd: TestHerd) {
    this.#herd = herd;
    const { signal } = this.#end;
    const addresses = NAMES.map((it) => herd.http(it).url);
    this.#client = new HerdClient(addresses, { signal });
    // Each watch begins at another server.
    const watch = (mirror: Mirror, filters: Filters, first: number) => {
      const own = [...addresses.slice(first), ...addresses.slice(0, first)];
      return this.#read(mirror, new HerdClient(own, { signal }).watch(filters));
    };
    this.#watches = [watch(this.world, {}, 1), watch(this.area, { bbox: BOX }, 2)];
  }

  /** Tells a herd where a client is now, or that it is forgotten. */
  async move(id: string, lat: number | undefined): Promise<void> {
    if (lat === undefined) {
      this.places.delete(id);
      await this.#client.forget(id);
      return;
    }
    // Servers date it, as they date removals: what is dated ahead of them would outlive a removal.
    const { isStored, because, time } = await this.#client.tell({ id, lat, lon: 0 });
    assert(isStored, `${id} at ${lat} was not stored: ${because}`);
    this.places.set(id, { lat, time });
  }

  /** Stops or starts a server; one stays. */
  async turn(name: string): Promise<void> {
    if (!this.#running.has(name)) {
      await this.#herd.start(name);
      this.#running.add(name);
    } else if (this.#running.size > 1) {
      this.#running.delete(name);
      await this.#herd.stop(name);
    }
  }

  /** Starts all servers that do not run: one that was stopped may alone know what it was told last. */
  async startAll(): Promise<void> {
    for (const name of NAMES) if (!this.#running.has(name)) await this.turn(name);
  }

  /** Waits until both watches have told all. */
  async settle(): Promise<void> {
    const encoded = [...this.places].map(([id, it]) => [encodeURIComponent(id), it] as const);
    const all = new Map(encoded);
    const inBox = new Map(encoded.filter(([, { lat }]) => lat <= BOX[3]));
    await until(() => {
      if (this.#failure !== undefined) throw this.#failure;
      return isLike(this.world.clients, all) && isLike(this.area.clients, inBox);
    }).catch((error) => {
      // Says what differs.
      assertEquals(lats(this.world.clients), lats(all), "the world");
      assertEquals(lats(this.area.clients), lats(inBox), "the area");
      throw error;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await within(Promise.all(this.#watches), "the end of the watches");
  }

  async #read(mirror: Mirror, events: AsyncIterable<WatchEvent>): Promise<void> {
    try {
      for await (const event of events) mirror.take(event);
    } catch (error) {
      if (error !== this.#end.signal.reason) this.#failure = error;
    }
  }
}

function isLike(clients: ReadonlyMap<string, Client>, places: ReadonlyMap<string, Place>): boolean {
  return clients.size === places.size && [...places].every(([id, it]) => {
    const client = clients.get(id);
    return client?.lat === it.lat && client.time === it.time;
  });
}

function lats(places: ReadonlyMap<string, { readonly lat: number }>): [string, number][] {
  return [...places].map(([id, { lat }]): [string, number] => [id, lat]).sort();
}

/** A herd whose servers are all linked. */
async function startTrial(): Promise<{ herd: TestHerd; trial: Trial } & AsyncDisposable> {
  const links = [["Ann", "Bob"], ["Bob", "Cyd"], ["Ann", "Cyd"]] as const;
  const herd = await startHerd({ links, http: true, isDurable: true });
  await untilReady(herd);
  const trial = new Trial(herd);
  return {
    herd,
    trial,
    async [Symbol.asyncDispose]() {
      await trial[Symbol.asyncDispose]();
      await herd[Symbol.asyncDispose]();
    },
  };
}

test("while no server is lost each crossing of a border is told, in order and once", async () => {
  await using started = await startTrial();
  const { trial } = started;
  const wanted: string[] = [];
  const place = new Map<string, number>();
  const walk = fc.sample(fc.tuple(fc.constantFrom(...IDS), fc.constantFrom(...SPOTS)), 60);
  for (const [id, lat] of walk) {
    const wasIn = (place.get(id) ?? Infinity) <= BOX[3];
    const isIn = lat <= BOX[3];
    place.set(id, lat);
    if (wasIn !== isIn) wanted.push(`${isIn ? "enter" : "leave"} ${encodeURIComponent(id)}`);
    await trial.move(id, lat);
    // What is superseded before it is told is left out: so each step is waited for.
    await trial.settle();
  }
  const told = trial.area.events.flatMap((it) =>
    it.type === "enter" || it.type === "leave" ? [`${it.type} ${it.id}`] : []
  );
  assertEquals(told, wanted);
});

test({
  name: "while servers are lost and come back, what is kept of watches is what the herd has",
  // A connection that comes while its port closes has been seen open at the end, in one of some 30 runs.
  sanitizeResources: false,
}, async () => {
  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        id: fc.constantFrom(...IDS),
        lat: fc.option(fc.constantFrom(...SPOTS), { nil: undefined, freq: 6 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ name: fc.constantFrom(...NAMES) }) },
  );
  const phases = fc.array(fc.array(step, { minLength: 2, maxLength: 12 }), {
    minLength: 3,
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(phases, async (phases) => {
      await using started = await startTrial();
      const { trial } = started;
      // The servers that are watched first are lost in any case.
      await trial.move("a", 1);
      await trial.settle();
      await trial.turn("Bob");
      await trial.turn("Cyd");
      await trial.move("a", 2);
      await trial.settle();
      for (const phase of phases) {
        for (const it of phase) {
          if ("name" in it) await trial.turn(it.name);
          else await trial.move(it.id, it.lat);
        }
        await trial.startAll();
        await trial.settle();
      }
      for (const { events } of [trial.world, trial.area]) {
        assert(new Set(events.map((it) => it.server)).size > 1, "no other server was watched");
      }
      assert([...trial.world.events, ...trial.area.events].every((it) => it.type !== "reset"));
    }),
    // Shrinking would wait for each failure anew.
    { numRuns: 8, endOnFailure: true },
  );
});

test("a list of which the server is lost has every client all the same", async () => {
  await using started = await startTrial();
  const { herd, trial } = started;
  const ids = Array.from({ length: 10 }, (_, index) => `client${index}`);
  for (const id of ids) await trial.move(id, 1);
  await trial.settle();
  const client = new HerdClient(NAMES.map((it) => herd.http(it).url));
  const servers = new Set<string>();
  const listed = new Set<string>();
  for await (const { clients, server } of client.list({}, { limit: 3 })) {
    if (servers.size === 0) await trial.turn("Ann");
    servers.add(server);
    for (const { id } of clients) listed.add(id);
  }
  assertEquals([...servers], [herd.http("Ann").url, herd.http("Bob").url]);
  assertEquals([...listed].sort(), ids);
});
