// Clients that ask and do not read, lines without end, and too many clients to remember.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { encode } from "../../src/base/bytes.ts";
import { MAX_LINE_BYTES } from "../../src/protocol/lines.ts";
import type { NearbyResponse } from "../../src/places/provider.ts";
import { startNode } from "../../src/server/node.ts";
import { exchange, readUntil, send } from "../support/herds/client.ts";
import { settled, until, within } from "../support/waiting.ts";
import { loneOptions, NO_PLACES, placesOf, startHerd } from "../support/herds/herd.ts";
import { ManualClock } from "../support/fakes/manual_clock.ts";
import { testWith } from "../support/test.ts";
import { connectTo, writeWithoutReading } from "../support/load/rude_client.ts";

const test = testWith("sockets");

/** Somewhat over 9 KiB of places: six fit into the buffer of replies, and the seventh does not. */
const PLENTY: NearbyResponse = {
  ...NO_PLACES,
  results: Array.from({ length: 20 }, () => ({ name: "x".repeat(430) })),
  status: "OK",
};

/** Thousands of WHATSAT. */
const QUESTIONS = encode("WHATSAT k 10 20\n".repeat(4_096));

/** By kind of reply: what may wait besides the limit, in bytes. */
const KINDS = {
  // What was in hand when the limit was crossed: a buffer, and the reply that did not fit into it.
  "that need no waiting": 64 * 1024 + 10_000,
  // All those that were waited for already.
  "that are waited for": 64 * 10_000,
};

for (const [kind, besides] of Object.entries(KINDS)) {
  test(`a server stops reading from a client that does not read places ${kind}, and drops it`, async () => {
    const clock = new ManualClock();
    await using node = startNode(loneOptions({
      clock,
      limits: {
        drainMs: 50,
        unreadMs: 30_000,
        maxUnreadBytes: 100_000,
        maxPlacesPerConnection: 64,
      },
      places: placesOf(() => kind === "that are waited for" ? Promise.resolve(PLENTY) : PLENTY),
    }));
    const { port } = node.address;
    await exchange(port, "IAMAT k +1+1 1\n");
    using rude = await connectTo(port);
    const writing = writeWithoutReading(rude, QUESTIONS);
    await settled(() => node.status.clients.requests.whatsat);
    const { unreadBytes } = node.status.clients;
    assert(unreadBytes > 0 && unreadBytes < 100_000 + besides, `${unreadBytes} bytes`);
    const { sent } = writing;
    assertEquals(await exchange(port, "hello\n"), "? hello\n");
    await clock.pass(29_000);
    assertEquals({ sent: writing.sent, unread: node.status.clients.ended.unread }, {
      sent,
      unread: 0,
    });
    await clock.pass(1_500);
    await until(() => node.status.clients.connections === 0);
    await within(writing.ended, "the connection to end");
    assertEquals({
      unread: node.status.clients.ended.unread,
      unreadBytes: node.status.clients.unreadBytes,
    }, { unread: 1, unreadBytes: 0 });
  });
}

test("a server goes on with a client that reads late, and owes it nothing", async () => {
  await using node = startNode(loneOptions({
    limits: { maxUnreadBytes: 50_000 },
    places: placesOf(() => PLENTY),
  }));
  const { port } = node.address;
  using client = await connectTo(port);
  await send(client, "IAMAT k +1+1 1\n");
  await readUntil(client, "\n");
  const count = 2_000;
  const sent = client.write(encode("WHATSAT k 10 20\n".repeat(count)));
  await settled(() => node.status.clients.requests.whatsat);
  assert(node.status.clients.requests.whatsat < count);
  let ends = 0;
  const buffer = new Uint8Array(65_536);
  let before = 0;
  while (ends < count) {
    const n = (await within(client.read(buffer), `reply ${ends} of ${count}`))!;
    for (let i = 0; i < n; before = buffer[i++]!) if (before === 10 && buffer[i] === 10) ends++;
  }
  await sent;
  assertEquals({
    whatsat: node.status.clients.requests.whatsat,
    unreadBytes: node.status.clients.unreadBytes,
  }, { whatsat: count, unreadBytes: 0 });
});

test("a server drops the slowest readers when all together leave too much unread", async () => {
  await using node = startNode(loneOptions({
    limits: { drainMs: 50, maxUnreadBytesPerServer: 200_000 },
    places: placesOf(() => PLENTY),
  }));
  const { port } = node.address;
  await exchange(port, "IAMAT k +1+1 1\n");
  using stack = new DisposableStack();
  const rude = [];
  for (let i = 0; i < 10; i++) {
    rude.push(writeWithoutReading(stack.use(await connectTo(port)), QUESTIONS));
  }
  await until(() => node.status.clients.ended.unread >= 6);
  assert(node.status.clients.unreadBytes <= 200_000);
  assertEquals(await exchange(port, "hello\n"), "? hello\n");
  stack.dispose();
  await within(Promise.all(rude.map((it) => it.ended)), "all connections to end");
});

test("a server waits for so many places of one connection, and then reads on", async () => {
  let waiting = 0;
  let most = 0;
  await using node = startNode(loneOptions({
    limits: { maxPlacesPerConnection: 5 },
    places: placesOf(async () => {
      most = Math.max(most, ++waiting);
      await new Promise((resolve) => setTimeout(resolve, 1));
      waiting--;
      return NO_PLACES;
    }),
  }));
  const reply = await exchange(
    node.address.port,
    `IAMAT k +1+1 1\n${"WHATSAT k 1 1\n".repeat(100)}bye\n`,
  );
  assertEquals(reply.match(/ZERO_RESULTS/g)?.length, 100);
  assertMatch(reply, /\? bye\n$/);
  assertEquals(most, 5);
});

test("a server that waits for too many places says so at once, in order", async () => {
  const { promise, resolve } = Promise.withResolvers<NearbyResponse>();
  await using node = startNode(loneOptions({
    limits: { maxPlacesPerServer: 3 },
    places: placesOf(() => promise),
  }));
  const { port } = node.address;
  const waiting = exchange(port, `IAMAT k +1+1 1\n${"WHATSAT k 1 1\n".repeat(3)}`);
  await until(() => node.status.clients.requests.whatsat === 3);
  const refused = await exchange(port, "WHATSAT k 1 1\nhello\n");
  assertMatch(refused, /^AT [^]*"status" : "OVER_QUERY_LIMIT"\n}\n\n\? hello\n$/);
  resolve(NO_PLACES);
  assertEquals((await waiting).match(/ZERO_RESULTS/g)?.length, 3);
  assertMatch(await exchange(port, "WHATSAT k 1 1\n"), /ZERO_RESULTS/);
});

test("a server answers a line of 64 MB with its first 4,096 bytes, and keeps no more of it", async () => {
  await using node = startNode(loneOptions());
  using client = await connectTo(node.address.port);
  const megabyte = new Uint8Array(1024 * 1024).fill(0x78);
  for (let i = 0; i < 64; i++) {
    for (let at = 0; at < megabyte.length;) {
      at += await within(client.write(megabyte.subarray(at)), `the server to read megabyte ${i}`);
    }
  }
  await send(client, "\nhello\n");
  const reply = await readUntil(client, "? hello\n");
  assertEquals(reply, `? ${"x".repeat(MAX_LINE_BYTES)}\n? hello\n`);
});

test("a full store refuses new clients of clients, goes on with old ones, and takes the flood", async () => {
  await using herd = await startHerd({
    links: [["A", "B"]],
    options: { limits: { maxClients: 2 } },
  });
  const [a, b] = [herd.node("A"), herd.node("B")];
  const tell = (client: string, time: number) =>
    exchange(a.address.port, `IAMAT ${client} +1+1 ${time}\n`);
  for (const client of ["one", "two"]) assertMatch(await tell(client, 1), /^AT A /);
  assertEquals(await tell("three", 1), "? IAMAT three +1+1 1\n");
  assertEquals(await exchange(a.address.port, "WHATSAT three 1 1\n"), "? WHATSAT three 1 1\n");
  assertMatch(await tell("two", 2), /^AT A /);
  assertEquals({
    size: a.store.size,
    refused: a.store.refused,
    invalid: a.status.clients.requests.invalid,
  }, { size: 2, refused: 1, invalid: 2 });
  await until(() => b.store.size === 2);
  // What a server takes from a neighbour it takes whatever its own limit is: servers agree.
  await herd.stop("B");
  a.store.maxClients = 3;
  assertMatch(await tell("three", 1), /^AT A /);
  await herd.start("B");
  await until(() => herd.node("B").store.size === 3);
});
