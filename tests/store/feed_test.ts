import { assert, assertEquals } from "@std/assert";
import fc from "../support/properties.ts";
import { parseBody, Update } from "../../src/protocol/update.ts";
import { Feed } from "../../src/store/feed.ts";
import { Rows } from "../../src/store/rows.ts";
import { Store } from "../../src/store/store.ts";
import { fromLatin1, latin1 } from "../support/reference/reference.ts";
import { SERVER } from "../../src/store/source.ts";

/** A step of a random history: a client changes, or a reader reads some, starts, or goes away. */
type Step =
  | { do: "change"; client: number }
  | { do: "open"; position: number }
  | { do: "read"; reader: number; count: number }
  | { do: "close"; reader: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("change" as const), client: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("open" as const), position: fc.nat(40) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("read" as const),
      reader: fc.nat(5),
      count: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("close" as const), reader: fc.nat(5) }) },
);

Deno.test("Feed gives each reader everything after its cursor, in order, once", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const store = new Store("0".repeat(32), 7);
      /** The plain model: the latest position of each client. */
      const latest = new Map<string, number>();
      const readers: { reader: ReturnType<typeof store.feed.readFrom>; cursor: number }[] = [];
      const update = new Update();
      let time = 0;
      for (const it of steps) {
        if (it.do === "change") {
          const body = fromLatin1(`Goloman +0.000000000 c${it.client} +1+1 ${++time}`);
          parseBody(body, 0, body.length, update);
          assertEquals(store.apply(update, SERVER), "newer");
          latest.set(`c${it.client}`, time);
        } else if (it.do === "open") {
          const reader = store.feed.readFrom(it.position);
          const cursor = Math.min(it.position, time);
          assertEquals(reader.position, cursor);
          readers.push({ reader, cursor });
        } else if (readers.length > 0) {
          const index = it.reader % readers.length;
          const mine = readers[index]!;
          if (it.do === "close") {
            mine.reader[Symbol.dispose]();
            readers.splice(index, 1);
            continue;
          }
          for (let i = 0; i < it.count; i++) {
            const next = [...latest].filter(([, at]) => at > mine.cursor)
              .sort((a, b) => a[1] - b[1])[0];
            const record = mine.reader.next();
            if (next === undefined) {
              assertEquals(record, 0);
              mine.cursor = time;
            } else {
              const out = new Uint8Array(store.bodyLength(record));
              store.copyBody(record, out, 0);
              assertEquals(latin1(out).split(" ")[2], next[0]);
              assertEquals(store.feed.positionOf(record), next[1]);
              mine.cursor = next[1];
            }
            assertEquals(mine.reader.position, mine.cursor);
          }
        }
      }
    }),
    { numRuns: 1000 },
  );
});

Deno.test("Feed.onChange() wakes once, at the next change", () => {
  const store = new Store("0".repeat(32), 7);
  let woken = 0;
  store.feed.onChange(() => woken++);
  const update = new Update();
  for (const time of [1, 2]) {
    const body = fromLatin1(`Goloman +0.000000000 a +1+1 ${time}`);
    parseBody(body, 0, body.length, update);
    store.apply(update, SERVER);
  }
  assertEquals(woken, 1);
});

/** Rows that count how often a link of the list is followed. */
class CountedRows extends Rows {
  reads = 0;

  override word(row: number, field: number): number {
    this.reads++;
    return super.word(row, field);
  }
}

/** Numbers that look random and are the same each time. */
function* numbersBelow(limit: number): Generator<number, never> {
  for (let state = 1;;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield Math.floor(state / 2 ** 32 * limit);
  }
}

/** A feed of many records, of which half moved again, some twice, and some went. */
function longFeed(rows: Rows, records: number): { feed: Feed; positions: number[] } {
  const feed = new Feed({ id: "a" }, rows);
  const all = Array.from({ length: records }, () => rows.take());
  for (const record of all) feed.append(record);
  const numbers = numbersBelow(records);
  for (let i = 0; i < records; i++) {
    const record = all[numbers.next().value]!;
    if (feed.positionOf(record) === 0) continue;
    if (i % 10 > 0) feed.moveToEnd(record);
    else {
      feed.remove(record);
      rows.give(record);
    }
  }
  const positions = all.map((it) => feed.positionOf(it)).filter((it) => it > 0);
  return { feed, positions: positions.sort((a, b) => a - b) };
}

Deno.test("Feed.readFrom() begins anywhere in a long feed, whatever moved and went", () => {
  const { feed, positions } = longFeed(new Rows(), 20_000);
  const numbers = numbersBelow(feed.end + 1);
  // Readers stay, as places in the list that are no records.
  for (let i = 0; i < 2_000; i++) {
    const from = numbers.next().value;
    const reader = feed.readFrom(from);
    const record = reader.next();
    assertEquals(record && feed.positionOf(record), positions.find((it) => it > from) ?? 0);
  }
});

Deno.test("Feed.readFrom() walks through a small part of a long feed", () => {
  const rows = new CountedRows();
  const { feed } = longFeed(rows, 200_000);
  for (let i = 0; i <= 20; i++) {
    rows.reads = 0;
    using _reader = feed.readFrom(Math.floor(feed.end * i / 20));
    assert(rows.reads < 40_000, `${rows.reads} links from ${i * 5} %`);
  }
});

Deno.test("Feed.readFrom() goes by milestones of records that were restored", () => {
  const rows = new CountedRows();
  const feed = new Feed({ id: "a", start: 300_000 }, rows);
  for (let i = 1; i <= 100_000; i++) feed.restore(rows.take(), 3 * i);
  rows.reads = 0;
  using reader = feed.readFrom(150_000);
  assert(rows.reads < 10_000, `${rows.reads} links`);
  assertEquals(feed.positionOf(reader.next()), 150_003);
});

Deno.test("Feed keeps its order when a reader is let go twice, and one that was let go gives nothing", () => {
  const store = new Store("0".repeat(32), 7);
  const update = new Update();
  const change = (client: string, time: number) => {
    const bytes = fromLatin1(`A +0.000000000 ${client} +1+1 ${time}`);
    assert(parseBody(bytes, 0, bytes.length, update));
    store.apply(update, SERVER);
  };
  change("a", 1);
  const gone = store.feed.readFrom(0);
  for (let i = 0; i < 2; i++) gone[Symbol.dispose]();
  assertEquals(gone.next(), 0);
  // Its row is somebody else's now.
  using other = store.feed.readFrom(0);
  gone[Symbol.dispose]();
  change("b", 2);
  const positions = [other.next(), other.next(), other.next()]
    .map((it) => it === 0 ? 0 : store.feed.positionOf(it));
  assertEquals(positions, [1, 2, 0]);
});
