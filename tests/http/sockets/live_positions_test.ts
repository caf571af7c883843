import { assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { LivePositions } from "../../../src/http/sockets/live_positions.ts";
import { decodePositions } from "../../../src/http/sockets/live_protocol.ts";
import { Store } from "../../../src/store/store.ts";
import { storeChange, tell } from "../../support/herds/records.ts";

/** What a watcher has by its frames, by slot. */
class Watcher implements Disposable {
  readonly slots = new Map<number, string>();
  readonly #positions: LivePositions;

  constructor(store: Store) {
    this.#positions = new LivePositions(store, []);
  }

  [Symbol.dispose](): void {
    this.#positions[Symbol.dispose]();
  }

  /** Takes all frames that there are. */
  watch(): this {
    for (let frame = this.#positions.next(); frame !== undefined; frame = this.#positions.next()) {
      const { slots, latitudes, longitudes } = decodePositions(frame)!;
      slots.forEach((slot, i) => {
        if (Number.isNaN(latitudes[i])) this.slots.delete(slot);
        else this.slots.set(slot, `${latitudes[i]} ${longitudes[i]}`);
      });
    }
    return this;
  }
}

Deno.test("LivePositions tells of a dropped client before its slot is another's", () => {
  const store = new Store("feed", 1);
  tell(store, "old +34.06-118.44 1");
  using watcher = new Watcher(store).watch();
  assertEquals(watcher.slots.size, 1);
  store.horizon = 5;
  store.sweep(10);
  store.horizon = 0;
  assertEquals(watcher.watch().slots.size, 0);
  tell(store, "new +10+10 1");
  assertEquals([...watcher.watch().slots.values()], ["10 10"]);
});

Deno.test("LivePositions ends at what a fresh watcher is told, whatever was dropped and came back", () => {
  fc.assert(fc.property(fc.array(storeChange, { maxLength: 60 }), (changes) => {
    const store = new Store("feed", 1);
    using watcher = new Watcher(store);
    for (const change of changes) {
      change(store);
      using fresh = new Watcher(store);
      assertEquals(
        new Map([...watcher.watch().slots].sort()),
        new Map([...fresh.watch().slots].sort()),
      );
    }
  }));
});
