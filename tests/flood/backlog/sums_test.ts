import { assert, assertEquals } from "@std/assert";
import {
  addAll,
  bucketsFor,
  MAX_BUCKETS,
  MIN_BUCKETS,
  partsOf,
  ReceivedSums,
  Sums,
} from "../../../src/flood/backlog/sums.ts";
import { formatSums, parseSums } from "../../../src/flood/messages.ts";
import type { SipKey } from "../../../src/flood/backlog/sip_hash.ts";
import { Store } from "../../../src/store/store.ts";
import { tell } from "../../support/herds/records.ts";

const KEY: SipKey = [12345, 67890];

function storeOf(bodies: Iterable<string>): Store {
  const store = new Store("f".repeat(32), Math.floor(Math.random() * 2 ** 32));
  for (const body of bodies) tell(store, body);
  return store;
}

async function sumsOf(store: Store, key = KEY, horizon = 0): Promise<Sums> {
  const sums = new Sums(key, 64);
  await addAll(sums, { store, horizon });
  return sums;
}

const clients = Array.from({ length: 5_000 }, (_, i) => `c${i} +1+1 ${i + 1}`);

Deno.test("sums of equal records are equal, whatever the order and the seed of the store", async () => {
  const [one, other] = [storeOf(clients), storeOf(clients.toReversed())];
  assertEquals((await sumsOf(one)).lanes, (await sumsOf(other)).lanes);
  assert(new Set((await sumsOf(one)).lanes).size > 100);
});

Deno.test("sums differ in the bucket of what differs, and in no other", async () => {
  const one = storeOf(clients);
  for (const body of ["c77 +1+1 99999", "more +1+1 1"]) {
    const other = storeOf([...clients, body]);
    const [a, b] = [await sumsOf(one), await sumsOf(other)];
    const differing = Array.from({ length: 64 }, (_, i) => i).filter((it) => !a.isEqual(b, it));
    const id = new TextEncoder().encode(body.split(" ")[0]);
    assertEquals(differing, [b.bucketOf(other, other.find(id, 0, id.length))]);
  }
});

Deno.test("sums hang on the key, and leave out what is before the horizon", async () => {
  const store = storeOf(clients);
  const other = await sumsOf(store, [KEY[0], KEY[1] + 1]);
  assert((await sumsOf(store)).lanes.some((it, i) => it !== other.lanes[i]));
  const late = storeOf(clients.slice(99));
  assertEquals((await sumsOf(store, KEY, 100)).lanes, (await sumsOf(late, KEY, 0)).lanes);
});

Deno.test("sums come over the wire in parts as they were", async () => {
  const sums = new Sums(KEY, 1024);
  await addAll(sums, { store: storeOf(clients), horizon: 0 });
  let received: ReceivedSums | undefined;
  for (const part of partsOf(sums, 7)) {
    const parsed = parseSums(`${formatSums(part)}-`)!;
    received ??= ReceivedSums.begin(KEY, parsed);
    assertEquals({ isWhole: received!.isWhole, taken: received!.take(parsed) }, {
      isWhole: false,
      taken: true,
    });
  }
  assertEquals({ isWhole: received!.isWhole, horizon: received!.horizon }, {
    isWhole: true,
    horizon: 7,
  });
  assertEquals(received!.sums.lanes, sums.lanes);
});

Deno.test("ReceivedSums takes parts in order, and nothing else", () => {
  const part = { buckets: 512, first: 0, horizon: 0, sums: new Uint8Array(2_048) };
  for (const buckets of [0, 8, 15, 24, 2 * MAX_BUCKETS, 1.5]) {
    assertEquals(ReceivedSums.begin(KEY, { ...part, buckets }), undefined, `${buckets}`);
  }
  const begin = () => ReceivedSums.begin(KEY, part)!;
  assertEquals(begin().take({ ...part, first: 1 }), false);
  assertEquals(begin().take({ ...part, buckets: 1_024 }), false);
  assertEquals(begin().take({ ...part, horizon: 1 }), false);
  for (const length of [0, 1, 2_047]) {
    assertEquals(begin().take({ ...part, sums: new Uint8Array(length) }), false, `${length}`);
  }
  const received = begin();
  assertEquals(received.take(part), true);
  assertEquals(received.take(part), false);
  assertEquals(received.take({ ...part, first: 256 }), true);
  assertEquals(received.isWhole, true);
  assertEquals(received.take({ ...part, first: 512 }), false);
});

Deno.test("bucketsFor() gives a power of two within its bounds", () => {
  assertEquals([0, 1, 256, 257, 16 * MAX_BUCKETS, 1e9].map(bucketsFor), [
    MIN_BUCKETS,
    MIN_BUCKETS,
    16,
    32,
    MAX_BUCKETS,
    MAX_BUCKETS,
  ]);
});
