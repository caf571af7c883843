import { assert, assertEquals } from "@std/assert";
import fc from "../support/properties.ts";
import { encode } from "../../src/base/bytes.ts";
import { compareInstants, Instant } from "../../src/base/instant.ts";
import { compareUpdates, makeRemoval, parseBody, Update } from "../../src/protocol/update.ts";
import { Store } from "../../src/store/store.ts";
import { bodyOf, client } from "../support/reference/arbitraries.ts";
import { fromLatin1, latin1, referenceCompare } from "../support/reference/reference.ts";
import { tell } from "../support/herds/records.ts";
import { CLIENT, SERVER, serverOf } from "../../src/store/source.ts";

function newStore(): Store {
  return new Store("0".repeat(32), 1);
}

function updateOf(body: string): Update {
  const update = new Update();
  assertEquals(parseBody(fromLatin1(body), 0, body.length, update), true, body);
  return update;
}

function bodyIn(store: Store, record: number): string {
  const out = new Uint8Array(store.bodyLength(record));
  store.copyBody(record, out, 0);
  return latin1(out);
}

function contents(store: Store): string[] {
  using reader = store.feed.readFrom(0);
  const bodies: string[] = [];
  for (let record = reader.next(); record !== 0; record = reader.next()) {
    bodies.push(bodyIn(store, record));
  }
  return bodies;
}

const bodies = fc.array(
  fc.constantFrom("a", "b", "c\xa0").chain((id) => bodyOf(id)),
  { minLength: 1, maxLength: 30 },
);

Deno.test("compareUpdates() agrees with the plain reference", () => {
  fc.assert(
    fc.property(bodyOf("a"), bodyOf("a"), (a, b) => {
      assertEquals(Math.sign(compareUpdates(updateOf(a), updateOf(b))), referenceCompare(a, b));
    }),
    { numRuns: 3000 },
  );
});

Deno.test("compareUpdates() is a total order: zero only for equal bytes, transitive", () => {
  fc.assert(
    fc.property(bodyOf("a"), bodyOf("a"), bodyOf("a"), (a, b, c) => {
      const [x, y, z] = [updateOf(a), updateOf(b), updateOf(c)];
      assertEquals(compareUpdates(x, y) === 0, a === b);
      assertEquals(Math.sign(compareUpdates(x, y)), -Math.sign(compareUpdates(y, x)));
      if (compareUpdates(x, y) <= 0 && compareUpdates(y, z) <= 0) {
        assertEquals(compareUpdates(x, z) <= 0, true);
      }
    }),
    { numRuns: 3000 },
  );
});

Deno.test("Store.apply() ends in the same records whatever the order of updates", () => {
  fc.assert(
    fc.property(bodies, fc.infiniteStream(fc.nat()), (list, randoms) => {
      const shuffled = list.map((it) => ({ it, key: randoms.next().value! }))
        .sort((a, b) => a.key - b.key).map(({ it }) => it);
      const one = newStore(), other = newStore();
      for (const body of list) one.apply(updateOf(body), SERVER);
      for (const body of [...shuffled, ...shuffled]) other.apply(updateOf(body), SERVER);
      assertEquals(contents(one).sort(), contents(other).sort());
      const newest = new Map<string, string>();
      for (const body of list) {
        const id = body.split(" ")[2]!;
        const present = newest.get(id);
        if (present === undefined || referenceCompare(body, present) > 0) newest.set(id, body);
      }
      assertEquals(contents(one).sort(), [...newest.values()].sort());
    }),
    { numRuns: 500 },
  );
});

Deno.test("Store.apply() says what it did, and keeps a client's tie out", () => {
  const store = newStore();
  const apply = (body: string, from = SERVER) => store.apply(updateOf(body), from);
  assertEquals(apply("Goloman +1.000000000 a +1+1 10"), "newer");
  assertEquals(apply("Goloman +1.000000000 a +1+1 10"), "same");
  assertEquals(apply("Goloman +1.000000000 a +1+1 9"), "older");
  assertEquals(apply("Hands +1.000000000 a +1+1 10", CLIENT), "tied");
  assertEquals(apply("Hands +1.000000000 a +1+1 10"), "newer");
  assertEquals(store.feed.end, 2);
});

Deno.test("Store.apply() does not let a client dated far ahead freeze its own location", () => {
  const store = newStore();
  // Received at 10 with a time of 999999999999: effective is 15.
  store.apply(updateOf("Goloman -999999999989.000000000 a +1+1 999999999999"), CLIENT);
  assertEquals(store.apply(updateOf("Goloman +0.000000000 a +2+2 14"), CLIENT), "older");
  assertEquals(store.apply(updateOf("Goloman +0.000000000 a +2+2 16"), CLIENT), "newer");
});

Deno.test("Store keeps many clients of all lengths apart", () => {
  const model = new Map<string, string>();
  const store = newStore();
  fc.assert(
    fc.property(client, fc.nat(1e6), (id, seconds) => {
      const body = `Goloman +0.000000000 ${id} +1+1 ${seconds}`;
      const present = model.get(id);
      const isNewer = present === undefined || referenceCompare(body, present) > 0;
      assertEquals(store.apply(updateOf(body), SERVER) === "newer", isNewer);
      if (isNewer) model.set(id, body);
      const bytes = fromLatin1(id);
      assertEquals(bodyIn(store, store.find(bytes, 0, bytes.length)), model.get(id));
    }),
    { numRuns: 5000 },
  );
  assertEquals(store.size, model.size);
  assertEquals(contents(store).sort(), [...model.values()].sort());
});

Deno.test("Store remembers which neighbours have a version until they restart", () => {
  const store = newStore();
  const body = "Goloman +0.000000000 a +1+1 10";
  store.apply(updateOf(body), serverOf(1));
  store.apply(updateOf(body), serverOf(2));
  const id = fromLatin1("a");
  const record = store.find(id, 0, 1);
  assertEquals([1, 2, 4].map((bit) => store.isKnownTo(record, bit)), [true, true, false]);
  store.forgetKnownTo(2);
  assertEquals([1, 2].map((bit) => store.isKnownTo(record, bit)), [true, false]);
  store.apply(updateOf("Goloman +0.000000000 a +1+1 11"), serverOf(4));
  assertEquals([1, 4].map((bit) => store.isKnownTo(record, bit)), [false, true]);
});

Deno.test("Store.apply() takes no new client from a client when it is full, and all else", () => {
  const store = newStore();
  store.maxClients = 2;
  const tell = (body: string) => store.apply(updateOf(body), CLIENT);
  assertEquals(tell("Hands +0.000000000 a +1+1 10"), "newer");
  assertEquals(tell("Hands +0.000000000 b +1+1 10"), "newer");
  assertEquals(tell("Hands +0.000000000 c +1+1 10"), "full");
  assertEquals(tell("Hands +0.000000000 a +2+2 11"), "newer");
  assertEquals({ size: store.size, refused: store.refused }, { size: 2, refused: 1 });
  assertEquals(store.apply(updateOf("Hands +0.000000000 c +1+1 10"), serverOf(1)), "newer");
  assertEquals(store.size, 3);
});

Deno.test("Store.apply() lets clients grow no further than 256 bytes when texts are too much", () => {
  const store = newStore();
  const tell = (client: string, at: string) =>
    store.apply(updateOf(`Hands +0.000000000 ${client} +1+1 ${at}`), CLIENT);
  const long = `11.${"0".repeat(300)}`;
  assertEquals({ tellA: tell("a", "10"), tellB: tell("b", long) }, {
    tellA: "newer",
    tellB: "newer",
  });
  store.maxTextBytes = store.textBytes;
  assertEquals(tell("c", "10"), "full");
  assertEquals(tell("a", long), "full");
  assertEquals(tell("a", `11.${"0".repeat(100)}`), "newer");
  assertEquals(tell("b", long.replace("11", "12")), "newer");
  assertEquals(store.apply(updateOf(`Hands +0.000000000 a +1+1 ${long}1`), serverOf(1)), "newer");
});

Deno.test("Store.apply() takes a removal over any location of its time, and news over a removal", () => {
  const store = newStore();
  const id = fromLatin1("a");
  const apply = (body: string, from = SERVER) => store.apply(updateOf(body), from);
  assertEquals(apply("Wilkes +0.000000000 a +9+9 10"), "newer");
  assertEquals(apply("Goloman +0.000000000 a - 10.000000000"), "newer");
  assertEquals(store.locate(id, 0, 1), 0);
  assertEquals({ size: store.size, records: store.records }, { size: 0, records: 1 });
  assertEquals(apply("Wilkes +0.000000000 a +9+9 10"), "removed");
  assertEquals(apply("Wilkes +0.000000000 a +9+9 10.0000000001", CLIENT), "removed");
  assertEquals(apply("Goloman +0.000000000 a +9+9 10.000000001", CLIENT), "newer");
  assertEquals({ size: store.size, records: store.records }, { size: 1, records: 1 });
  assertEquals(bodyIn(store, store.locate(id, 0, 1)), "Goloman +0.000000000 a +9+9 10.000000001");
});

Deno.test("makeRemoval() is newer than what is known, whatever the clocks say", () => {
  fc.assert(
    fc.property(bodyOf("a"), fc.nat(20), fc.nat(999_999_999), (body, seconds, nanos) => {
      const now = new Instant();
      now.set(seconds, nanos);
      const known = updateOf(body);
      const { effective: stored } = known;
      const update = makeRemoval({ origin: encode("Hands"), client: encode("a"), now, stored });
      assertEquals(compareUpdates(update, updateOf(body)) > 0, true);
      // What it says of itself is what its bytes say to others.
      const read = updateOf(latin1(update.bytes.subarray(update.start, update.end)));
      assertEquals(compareUpdates(update, read), 0);
      assertEquals(read.isRemoval, true);
      assertEquals(compareInstants(read.effective, update.effective), 0);
      assertEquals(compareInstants(update.effective, now) >= 0, true);
    }),
  );
});

Deno.test("parseBody() takes a removal in one form only", () => {
  const cases: [body: string, isOne: boolean][] = [
    ["Goloman +0.000000000 a - 10.000000000", true],
    ["Goloman +0.000000001 a - 10.000000000", false],
    ["Goloman -1.000000000 a - 10.000000000", false],
    ["Goloman +0.000000000 a -- 10.000000000", false],
    ["Goloman +0.000000000 a + 10.000000000", false],
    ["Goloman +0.000000000 a  - 10.000000000", false],
  ];
  for (const [body, isOne] of cases) {
    assertEquals(parseBody(fromLatin1(body), 0, body.length, new Update()), isOne, body);
  }
});

Deno.test("Store refuses, hides and sweeps what is before its horizon", () => {
  const store = newStore();
  const ids = Array.from({ length: 100 }, (_, i) => fromLatin1(`c${i}`));
  const find = (i: number) => store.locate(ids[i]!, 0, ids[i]!.length);
  for (let i = 0; i < 100; i++) {
    store.apply(updateOf(`Goloman +0.000000000 c${i} +1+1 ${i}`), SERVER);
  }
  store.horizon = 40;
  assertEquals(find(39), 0);
  assert(find(40) !== 0);
  assertEquals(store.apply(updateOf("Goloman +0.000000000 c5 +1+1 39.9"), SERVER), "expired");
  assertEquals(store.apply(updateOf("Goloman +0.000000000 new +1+1 39.9"), SERVER), "expired");
  assertEquals(store.size, 100);
  // Each sweep does a bounded piece of work, and some of them come round.
  assertEquals(store.sweep(10), 10);
  assertEquals(store.sweep(90), 30);
  assertEquals({ size: store.size, length: contents(store).length, sweep: store.sweep(100) }, {
    size: 60,
    length: 60,
    sweep: 0,
  });
  // What was dropped may come back with newer news, in the numbers that became free.
  assertEquals(store.apply(updateOf("Goloman +0.000000000 c5 +1+1 50"), SERVER), "newer");
  assertEquals(bodyIn(store, find(5)), "Goloman +0.000000000 c5 +1+1 50");
  assertEquals(find(99) !== 0, true);
});

Deno.test("Store.sweep() drops removals like locations, and leaves readers alone", () => {
  const store = newStore();
  store.apply(updateOf("Goloman +0.000000000 a - 10.000000000"), SERVER);
  store.apply(updateOf("Goloman +0.000000000 b +1+1 20"), SERVER);
  using reader = store.feed.readFrom(0);
  store.horizon = 15;
  assertEquals(store.sweep(100), 1);
  assertEquals({ size: store.size, records: store.records }, { size: 1, records: 1 });
  assertEquals(bodyIn(store, reader.next()), "Goloman +0.000000000 b +1+1 20");
  assertEquals({ next: reader.next(), position: reader.position }, { next: 0, position: 2 });
});

Deno.test("Store.announce() puts a record at the feed's end again, for those who lost it", () => {
  const store = new Store("feed", 1);
  tell(store, "kiwi +1+1 10");
  tell(store, "grape +1+1 10");
  const kiwi = store.find(encode("kiwi"), 0, 4);
  store.announce(kiwi, 0, 1 | 2);
  assertEquals([1, 2, 4].map((bit) => store.isKnownTo(kiwi, bit)), [true, true, false]);
  store.announce(kiwi, 2, 4);
  assertEquals([1, 2, 4].map((bit) => store.isKnownTo(kiwi, bit)), [true, false, true]);
  assertEquals(store.feed.positionOf(kiwi), 4);
  assertEquals(store.feed.end, 4);
  using reader = store.feed.readFrom(1);
  assertEquals([reader.next(), reader.next()], [store.find(encode("grape"), 0, 5), kiwi]);
  assertEquals(store.records, 2);
});
