// What 1,000 updates cost in the store alone, and 1,000 records in a reader of its feed.
// `deno task bench:micro`.

import { parseBody, Update } from "../../../src/protocol/update.ts";
import { Store } from "../../../src/store/store.ts";
import { bodies, LINES } from "./lines.ts";
import { CLIENT, SERVER } from "../../../src/store/source.ts";

const FEED_ID = "0".repeat(32);
const CROWD = 200_000;

/** Updates parsed beforehand, each round newer than the one before. */
function* rounds(count: number): Generator<Update[]> {
  for (let round = 0; round < count; round++) {
    yield bodies(round).map((body) => {
      const update = new Update();
      parseBody(body, 0, body.length, update);
      return update;
    });
  }
}

const ROUNDS = [...rounds(50)];

Deno.bench({
  name: `Store.apply(), ${LINES} new clients`,
  group: "store",
  fn() {
    const store = new Store(FEED_ID, 1);
    for (const update of ROUNDS[0]!) store.apply(update, CLIENT);
  },
});

Deno.bench({
  name: `Store.apply(), ${LINES} newer updates`,
  group: "store",
  fn(b) {
    // Every round is newer than the last; when they run out, a new store begins.
    const store = new Store(FEED_ID, 1);
    for (const update of ROUNDS[0]!) store.apply(update, CLIENT);
    b.start();
    for (const update of ROUNDS[1]!) store.apply(update, CLIENT);
    b.end();
  },
});

const crowded = new Store(FEED_ID, 1);
const crowdUpdates = crowd();
let crowdRound = 0;

Deno.bench({
  name: `Store.apply(), ${LINES} newer updates among ${CROWD} clients`,
  group: "store",
  fn(b) {
    const updates = crowdUpdates[crowdRound++ % crowdUpdates.length]!;
    b.start();
    for (const update of updates) crowded.apply(update, SERVER);
    b.end();
  },
});

Deno.bench({
  name: `FeedReader.next() and copyBody(), ${LINES} records`,
  group: "feed",
  fn(b) {
    const store = new Store(FEED_ID, 1);
    for (const update of ROUNDS[0]!) store.apply(update, CLIENT);
    const out = new Uint8Array(4096);
    using reader = store.feed.readFrom(0);
    b.start();
    for (let record = reader.next(); record !== 0; record = reader.next()) {
      store.copyBody(record, out, 0);
    }
    b.end();
  },
});

/** Fills `crowded`, and gives rounds of updates of clients far apart from each other. */
function crowd(): Update[][] {
  const text = new TextEncoder();
  const one = (client: number, seconds: number) => {
    const update = new Update();
    const body = text.encode(
      `Goloman +0.263873386 c${
        String(client).padStart(12, "0")
      } +34.068930-118.445127 ${seconds}.5`,
    );
    parseBody(body, 0, body.length, update);
    return update;
  };
  for (let client = 0; client < CROWD; client++) crowded.apply(one(client, 1_000_000), SERVER);
  return Array.from({ length: 200 }, (_, round) =>
    Array.from(
      { length: LINES },
      (_, index) => one((index * 7919 + round * 104_729) % CROWD, 1_000_001 + round),
    ));
}
