import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { parseBody, Update } from "../../src/protocol/update.ts";
import { Store } from "../../src/store/store.ts";
import { fromLatin1, latin1 } from "../support/reference/reference.ts";

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
          assertEquals(store.apply(update, 0, true), "newer");
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
    store.apply(update, 0, true);
  }
  assertEquals(woken, 1);
});
