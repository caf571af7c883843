import { assertEquals } from "@std/assert";
import { encode } from "../../../../src/base/bytes.ts";
import { ReplyQueue } from "../../../../src/server/clients/replies/reply_queue.ts";
import { SlowConnection, turn } from "./slow_connection.ts";

function later(): { promise: Promise<Uint8Array>; resolve(text: string): void } {
  const { promise, resolve } = Promise.withResolvers<Uint8Array>();
  return { promise, resolve: (text) => resolve(encode(text)) };
}

Deno.test("ReplyQueue writes in the order of requests, whatever is known first", async () => {
  const connection = new SlowConnection();
  const queue = new ReplyQueue(connection.outlet, {});
  const [first, third] = [later(), later()];
  queue.wait(first.promise);
  queue.put(encode("second "));
  queue.wait(third.promise);
  assertEquals({ waiting: queue.waiting, isBusy: queue.isBusy }, { waiting: 2, isBusy: true });
  third.resolve("third");
  await turn();
  assertEquals(connection.writes, []);
  first.resolve("first ");
  await turn();
  for (let i = 0; i < 3; i++) await connection.take();
  assertEquals(connection.writes, ["first ", "second ", "third"]);
  assertEquals({ waiting: queue.waiting, isBusy: queue.isBusy }, { waiting: 0, isBusy: false });
});

Deno.test("ReplyQueue counts a reply as unread from when it is known until it was taken", async () => {
  const connection = new SlowConnection();
  const queue = new ReplyQueue(connection.outlet, {});
  const first = later();
  queue.wait(first.promise);
  queue.put(encode("12"));
  assertEquals(connection.unread, 2);
  first.resolve("345");
  await turn();
  assertEquals(connection.unread, 5);
  await connection.take(1);
  assertEquals(connection.unread, 5);
  await connection.take();
  assertEquals({ unread: connection.unread, waiting: queue.waiting }, { unread: 2, waiting: 0 });
});

Deno.test("ReplyQueue begins anew after it was empty", async () => {
  const connection = new SlowConnection();
  const queue = new ReplyQueue(connection.outlet, {});
  for (const text of ["one", "two"]) {
    queue.put(encode(text));
    await turn();
    assertEquals(queue.isBusy, true);
    await connection.take();
    assertEquals(queue.isBusy, false);
  }
  assertEquals(connection.taken, "onetwo");
});

Deno.test("ReplyQueue holds each reply back until what it confirms is safe", async () => {
  const connection = new SlowConnection();
  const safe = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let asked = 0;
  const queue = new ReplyQueue(connection.outlet, { whenSafe: () => safe[asked++]!.promise });
  queue.put(encode("one"));
  queue.put(encode("two"));
  await turn();
  assertEquals(connection.writes, []);
  safe[0]!.resolve();
  await turn();
  await connection.take();
  assertEquals(connection.writes, ["one"]);
  safe[1]!.resolve();
  await turn();
  assertEquals(connection.writes, ["one", "two"]);
});

Deno.test("ReplyQueue closes the connection when a reply never becomes safe", async () => {
  const connection = new SlowConnection();
  const reason = new Error("the disk takes nothing");
  const queue = new ReplyQueue(connection.outlet, { whenSafe: () => Promise.reject(reason) });
  queue.put(encode("one"));
  await turn();
  assertEquals({ failure: connection.outlet.failure, isClosed: connection.isClosed }, {
    failure: reason,
    isClosed: true,
  });
  assertEquals({ writes: connection.writes, unread: connection.unread }, { writes: [], unread: 0 });
});

Deno.test("ReplyQueue writes nothing more once the connection has failed", async () => {
  const connection = new SlowConnection();
  const queue = new ReplyQueue(connection.outlet, {});
  const first = later();
  queue.wait(first.promise);
  queue.put(encode("second"));
  connection.outlet.fail(new Error("aborted"));
  queue.clear();
  first.resolve("first");
  await turn();
  assertEquals({ writes: connection.writes, unread: connection.unread }, { writes: [], unread: 0 });
});
