import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { encode } from "../../../../src/base/bytes.ts";
import { ReplyBuffer } from "../../../../src/server/clients/replies/reply_buffer.ts";
import { SlowConnection, turn } from "./slow_connection.ts";

/** The greatest that is gathered for one write, in bytes. */
const MAX_BUFFER_BYTES = 64 * 1024;

function put(buffer: ReplyBuffer, text: string): void {
  assert(buffer.reserve(text.length), `no room for ${text.length} bytes`);
  buffer.bytes.set(encode(text), buffer.length);
  buffer.length += text.length;
}

Deno.test("ReplyBuffer sends what was gathered in one write, at the end of the turn", async () => {
  const connection = new SlowConnection();
  const buffer = new ReplyBuffer(connection.outlet);
  put(buffer, "one ");
  put(buffer, "two");
  buffer.send(undefined);
  assertEquals({ isLent: buffer.isLent, writes: connection.writes }, { isLent: true, writes: [] });
  assertEquals(connection.unread, 7);
  await turn();
  assertEquals(connection.writes, ["one two"]);
  await connection.take(3);
  assertEquals(buffer.isLent, true);
  await connection.take();
  assertEquals({ isLent: buffer.isLent, length: buffer.length, unread: connection.unread }, {
    isLent: false,
    length: 0,
    unread: 0,
  });
  assertEquals(connection.taken, "one two");
});

Deno.test("ReplyBuffer has no bytes of its own while it is empty", async () => {
  const connection = new SlowConnection();
  const buffer = new ReplyBuffer(connection.outlet);
  assertEquals(buffer.bytes.length, 0);
  put(buffer, "x");
  assertNotEquals(buffer.bytes.length, 0);
  buffer.send(undefined);
  await turn();
  await connection.take();
  assertEquals(buffer.bytes.length, 0);
});

Deno.test("ReplyBuffer.reserve() keeps what is in it when it grows, and ends at 64 KiB", () => {
  const buffer = new ReplyBuffer(new SlowConnection().outlet);
  put(buffer, "first");
  put(buffer, "x".repeat(MAX_BUFFER_BYTES - "first".length));
  assertEquals(new TextDecoder().decode(buffer.bytes.subarray(0, 6)), "firstx");
  assertEquals(buffer.reserve(1), false);
  assertEquals(new ReplyBuffer(new SlowConnection().outlet).reserve(MAX_BUFFER_BYTES + 1), false);
});

Deno.test("ReplyBuffer.takeOut() gives a copy, and the buffer goes on empty", () => {
  const buffer = new ReplyBuffer(new SlowConnection().outlet);
  put(buffer, "abc");
  const taken = buffer.takeOut();
  put(buffer, "xyz");
  assertEquals(new TextDecoder().decode(taken), "abc");
  assertEquals(buffer.length, 3);
});

Deno.test("ReplyBuffer waits until what it confirms is safe", async () => {
  const connection = new SlowConnection();
  const buffer = new ReplyBuffer(connection.outlet);
  const safe = Promise.withResolvers<void>();
  put(buffer, "abc");
  buffer.send(safe.promise);
  await turn();
  assertEquals({ writes: connection.writes, unread: connection.unread }, { writes: [], unread: 3 });
  safe.resolve();
  await turn();
  assertEquals(connection.writes, ["abc"]);
});

Deno.test("ReplyBuffer is lost, and the connection closed, if it never becomes safe", async () => {
  const connection = new SlowConnection();
  const buffer = new ReplyBuffer(connection.outlet);
  const reason = new Error("the disk takes nothing");
  put(buffer, "abc");
  buffer.send(Promise.reject(reason));
  await turn();
  assertEquals({ failure: connection.outlet.failure, isClosed: connection.isClosed }, {
    failure: reason,
    isClosed: true,
  });
  assertEquals({ writes: connection.writes, isLent: buffer.isLent, unread: connection.unread }, {
    writes: [],
    isLent: false,
    unread: 0,
  });
});

Deno.test("ReplyBuffer writes nothing when the connection failed in the turn of sending", async () => {
  const connection = new SlowConnection();
  const buffer = new ReplyBuffer(connection.outlet);
  put(buffer, "abc");
  buffer.send(undefined);
  connection.outlet.fail(new Error("aborted"));
  await turn();
  assertEquals({ writes: connection.writes, isLent: buffer.isLent }, { writes: [], isLent: false });
});

Deno.test("ReplyBuffer.release() leaves the bytes with a write that is under way", async () => {
  const connection = new SlowConnection();
  const buffer = new ReplyBuffer(connection.outlet);
  put(buffer, "abc");
  buffer.send(undefined);
  await turn();
  connection.outlet.fail(new Error("aborted"));
  buffer.release();
  assertEquals(new TextDecoder().decode(buffer.bytes.subarray(0, 3)), "abc");
  await connection.take();
  assertEquals(buffer.bytes.length, 0);
});
