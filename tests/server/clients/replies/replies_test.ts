import { assertEquals, assertRejects } from "@std/assert";
import { encode } from "../../../../src/base/bytes.ts";
import { Replies } from "../../../../src/server/clients/replies/replies.ts";
import { SlowConnection, turn } from "./slow_connection.ts";

const LIMITS = { maxUnreadBytes: 10, maxPlacesPerConnection: 2 };

function setUp() {
  const connection = new SlowConnection();
  const replies = new Replies(connection, {
    limits: LIMITS,
    unread: { take: (it) => connection.unread += it, give: (it) => connection.unread -= it },
    rounds: { wrote() {} },
  });
  const put = (text: string) => {
    assertEquals(replies.makeRoom(text.length), undefined, "no room");
    replies.buffer.bytes.set(encode(text), replies.buffer.length);
    replies.buffer.length += text.length;
  };
  return { connection, replies, put };
}

Deno.test("Replies leave in order through the buffer and the queue", async () => {
  const { connection, replies, put } = setUp();
  const places = Promise.withResolvers<Uint8Array>();
  put("a");
  replies.wait(places.promise);
  put("c");
  replies.send();
  await turn();
  await connection.take();
  put("d");
  replies.send();
  places.resolve(encode("b"));
  await turn();
  while (replies.isPending) await connection.take();
  assertEquals(connection.taken, "abcd");
  put("e");
  replies.send();
  await turn();
  await connection.take();
  assertEquals({ taken: connection.taken, unread: connection.unread }, {
    taken: "abcde",
    unread: 0,
  });
});

Deno.test("Replies.put() takes a reply that is too large for the buffer", async () => {
  const { connection, replies, put } = setUp();
  const large = "x".repeat(100_000);
  put("a");
  replies.put(encode(large));
  await turn();
  await connection.take();
  await connection.take();
  assertEquals(connection.writes, ["a", large]);
});

Deno.test("Replies are crowded over the limit of unread bytes, and until the client reads", async () => {
  const { connection, replies, put } = setUp();
  put("x".repeat(LIMITS.maxUnreadBytes));
  replies.send();
  assertEquals(replies.isCrowded, false, "at the limit");
  await turn();
  await connection.take();
  put("x".repeat(LIMITS.maxUnreadBytes + 1));
  replies.send();
  assertEquals(replies.isCrowded, true, "over the limit");
  let hasRoom = false;
  const room = replies.waitForRoom().then(() => hasRoom = true);
  await turn();
  assertEquals(hasRoom, false);
  await connection.take();
  await room;
});

Deno.test("Replies are crowded when as many as may wait for places", async () => {
  const { connection, replies } = setUp();
  const places = Array.from({ length: 2 }, () => Promise.withResolvers<Uint8Array>());
  replies.wait(places[0]!.promise);
  assertEquals(replies.isCrowded, false);
  replies.wait(places[1]!.promise);
  assertEquals(replies.isCrowded, true);
  assertEquals({ isWaiting: replies.isWaiting, isWriting: replies.isWriting }, {
    isWaiting: true,
    isWriting: false,
  });
  places[0]!.resolve(encode("a"));
  await turn();
  assertEquals({ isWaiting: replies.isWaiting, isWriting: replies.isWriting }, {
    isWaiting: false,
    isWriting: true,
  });
  await connection.take();
  assertEquals(replies.isCrowded, false);
  places[1]!.resolve(encode("b"));
  await turn();
  await connection.take();
});

Deno.test("Replies.makeRoom() sends a full buffer, and has room once it has left", async () => {
  const { connection, replies, put } = setUp();
  put("x".repeat(64 * 1024));
  const ready = replies.makeRoom(1);
  await turn();
  await connection.take();
  await ready;
  assertEquals(replies.makeRoom(1), undefined);
});

Deno.test("Replies.makeRoom() puts a full buffer behind a reply that is waited for", async () => {
  const { connection, replies, put } = setUp();
  const places = Promise.withResolvers<Uint8Array>();
  replies.wait(places.promise);
  put("x".repeat(64 * 1024));
  const ready = replies.makeRoom(1);
  assertEquals(ready instanceof Promise, true, "over the limit of unread bytes");
  places.resolve(encode("a"));
  await turn();
  await connection.take();
  await connection.take();
  await ready;
  assertEquals(connection.taken.length, 64 * 1024 + 1);
});

Deno.test("Replies.finish() waits until every reply has left", async () => {
  const { connection, replies, put } = setUp();
  put("a");
  replies.send();
  let isFinished = false;
  const finished = replies.finish().then(() => isFinished = true);
  await turn();
  assertEquals(isFinished, false);
  await connection.take();
  await finished;
});

Deno.test("Replies.fail() tells who waits, gives up places, and drops what waits", async () => {
  const { connection, replies } = setUp();
  const places = Promise.withResolvers<Uint8Array>();
  const { givenUp } = replies;
  replies.wait(places.promise);
  replies.put(encode("b"));
  const finished = replies.finish();
  replies.fail(new Error("aborted"));
  await assertRejects(() => finished, Error, "aborted");
  await assertRejects(() => replies.whenReady()!, Error, "aborted");
  assertEquals({ aborted: givenUp.aborted, unread: connection.unread }, {
    aborted: true,
    unread: 0,
  });
  places.resolve(encode("a"));
  await turn();
  assertEquals(connection.writes, []);
});

Deno.test("Replies give up places when the connection breaks", async () => {
  const { connection, replies, put } = setUp();
  const { givenUp } = replies;
  put("a");
  replies.send();
  await turn();
  await connection.fail(new Error("reset"));
  assertEquals({ aborted: givenUp.aborted, isClosed: connection.isClosed }, {
    aborted: true,
    isClosed: true,
  });
});
