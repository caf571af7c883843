import { assertEquals } from "@std/assert";
import { encode } from "../../../../src/base/bytes.ts";
import { SlowConnection, turn } from "./slow_connection.ts";

function writer() {
  const it = { times: 0, written: () => void it.times++ };
  return it;
}

Deno.test("Outlet.write() goes on until all was taken, and then tells its writer", async () => {
  const connection = new SlowConnection();
  const { outlet } = connection;
  const one = writer();
  outlet.write(encode("abcdef"), one);
  await connection.take(2);
  assertEquals({ times: one.times, isWriting: outlet.isWriting }, { times: 0, isWriting: true });
  await connection.take(1);
  await connection.take();
  assertEquals({ times: one.times, isWriting: outlet.isWriting }, { times: 1, isWriting: false });
  assertEquals(connection.writes, ["abcdef", "cdef", "def"]);
  assertEquals({ progress: outlet.progress, wrote: connection.wrote }, { progress: 3, wrote: 3 });
});

Deno.test("Outlet counts what waits for the client, in the server's budget too", () => {
  const connection = new SlowConnection();
  const { outlet } = connection;
  outlet.hold(5);
  outlet.hold(7);
  outlet.settle(5);
  assertEquals({ own: outlet.unreadBytes, all: connection.unread }, { own: 7, all: 7 });
  outlet.fail(new Error("gone"));
  assertEquals({ own: outlet.unreadBytes, all: connection.unread }, { own: 0, all: 0 });
  outlet.hold(3);
  outlet.settle(7);
  assertEquals({ own: outlet.unreadBytes, all: connection.unread }, { own: 0, all: 0 });
});

Deno.test("Outlet fails once, for the first reason, and wakes who waits", async () => {
  const connection = new SlowConnection();
  const { outlet } = connection;
  let woken = 0;
  outlet.news.woken(() => woken++);
  const reason = new Error("first");
  outlet.fail(reason);
  outlet.fail(new Error("second"));
  await turn();
  assertEquals(outlet.failure, reason);
  assertEquals({ failures: connection.failures, woken }, { failures: 1, woken: 1 });
  assertEquals(connection.isClosed, false);
});

Deno.test("Outlet closes a connection that cannot be written to, and tells its writer", async () => {
  const connection = new SlowConnection();
  const { outlet } = connection;
  const one = writer();
  const reset = new Error("reset");
  outlet.write(encode("abc"), one);
  await connection.take(1);
  await connection.fail(reset);
  assertEquals({ times: one.times, isWriting: outlet.isWriting }, { times: 1, isWriting: false });
  assertEquals({ failure: outlet.failure, isClosed: connection.isClosed }, {
    failure: reset,
    isClosed: true,
  });
});

Deno.test("Outlet writes no rest of what it began once it has failed", async () => {
  const connection = new SlowConnection();
  const { outlet } = connection;
  const one = writer();
  outlet.write(encode("abc"), one);
  outlet.fail(new Error("aborted"));
  assertEquals(one.times, 0, "the write is still under way");
  await connection.take(1);
  assertEquals(one.times, 1);
  assertEquals(connection.writes, ["abc"]);
});
