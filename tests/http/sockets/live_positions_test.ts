import { EVERYTHING } from "../../../src/server/tokens/grant.ts";
import { assertEquals } from "@std/assert";
import fc from "../../support/properties.ts";
import { LivePositions } from "../../../src/http/sockets/live_positions.ts";
import { decodePositions } from "../../../src/http/sockets/live_protocol.ts";
import { Pace } from "../../../src/server/turns/pace.ts";
import { SystemClock } from "../../../src/server/system.ts";
import { Store } from "../../../src/store/store.ts";
import { SteppingPace } from "../../support/fakes/stepping_pace.ts";
import { storeChange, tell } from "../../support/herds/records.ts";

/** What a watcher has by its frames, by slot. */
class Watcher implements Disposable {
  readonly slots = new Map<number, string>();
  readonly #positions: LivePositions;

  constructor(store: Store, pace = new Pace(new SystemClock())) {
    this.#positions = new LivePositions(store, { pace, servers: [], grant: EVERYTHING });
  }

  [Symbol.dispose](): void {
    this.#positions[Symbol.dispose]();
  }

  /** Takes all frames that there are. */
  async watch(): Promise<this> {
    for (;;) {
      const frame = await this.#positions.next();
      if (frame === undefined) return this;
      const { slots, latitudes, longitudes } = decodePositions(frame)!;
      slots.forEach((slot, i) => {
        if (Number.isNaN(latitudes[i])) this.slots.delete(slot);
        else this.slots.set(slot, `${latitudes[i]} ${longitudes[i]}`);
      });
    }
  }
}

Deno.test("LivePositions tells of a dropped client before its slot is another's", async () => {
  const store = new Store("feed", 1);
  tell(store, "old +34.06-118.44 1");
  using watcher = await new Watcher(store).watch();
  assertEquals(watcher.slots.size, 1);
  store.horizon = 5;
  store.sweep(10);
  store.horizon = 0;
  assertEquals((await watcher.watch()).slots.size, 0);
  tell(store, "new +10+10 1");
  assertEquals([...(await watcher.watch()).slots.values()], ["10 10"]);
});

Deno.test("LivePositions ends at what a fresh watcher is told, whatever was dropped and came back", async () => {
  await fc.assert(fc.asyncProperty(fc.array(storeChange, { maxLength: 60 }), async (changes) => {
    const store = new Store("feed", 1);
    using watcher = new Watcher(store);
    for (const change of changes) {
      change(store);
      using fresh = new Watcher(store);
      assertEquals(
        new Map([...(await watcher.watch()).slots].sort()),
        new Map([...(await fresh.watch()).slots].sort()),
      );
    }
  }));
});

Deno.test("LivePositions ends at what the store has, whatever happens while a frame is made", async () => {
  await fc.assert(fc.asyncProperty(fc.array(storeChange, { maxLength: 60 }), async (changes) => {
    const store = new Store("feed", 1);
    const left = changes.values();
    const pace = new SteppingPace(() => left.next().value?.(store));
    using watcher = new Watcher(store, pace);
    // More clients than are read in one piece, so that pauses are in the middle of a frame.
    for (let i = 0; i < 200; i++) tell(store, `many${i} +1+1 ${store.horizon + i}`);
    for (let round = 0; round <= changes.length; round++) await watcher.watch();
    using fresh = new Watcher(store);
    assertEquals(
      new Map([...watcher.slots].sort()),
      new Map([...(await fresh.watch()).slots].sort()),
    );
  }));
});
