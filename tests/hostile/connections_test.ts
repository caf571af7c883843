// Too many connections, and connections that take too long, over real sockets.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { encode } from "../../src/base/bytes.ts";
import type { Limits } from "../../src/server/limits.ts";
import { type HerdNode, type NodeOptions, startNode } from "../../src/server/node.ts";
import { exchange, readAll, readUntil, send } from "../support/herds/client.ts";
import { until } from "../support/waiting.ts";
import { loneOptions, startHerd } from "../support/herds/herd.ts";
import { recordingLog } from "../support/fakes/log.ts";
import { ManualClock } from "../support/fakes/manual_clock.ts";
import { testWith } from "../support/test.ts";
import { connectTo, isClosed, sendAndReset } from "../support/load/rude_client.ts";

const test = testWith("sockets");

function startWith(limits: Partial<Limits>, more: Partial<NodeOptions> = {}): HerdNode {
  return startNode(loneOptions({ limits: { drainMs: 50, ...limits }, ...more }));
}

/** A connection that the server has taken for a client's. */
async function connectClient(node: HerdNode): Promise<Deno.TcpConn> {
  const connection = await connectTo(node.address.port);
  await ask(connection);
  return connection;
}

async function ask(connection: Deno.TcpConn): Promise<void> {
  await send(connection, "hello\n");
  assertEquals(await readUntil(connection, "\n"), "? hello\n");
}

test("a server closes the connection too many, and leaves the others alone", async () => {
  const log = recordingLog();
  await using node = startWith({ maxConnections: 2 }, { log });
  using first = await connectClient(node);
  using second = await connectClient(node);
  using silent = await connectTo(node.address.port);
  using hasty = await connectTo(node.address.port);
  await send(hasty, "hello\n");
  assertEquals(await readAll(hasty), "", "it gets no answer");
  assertEquals(await isClosed(silent), true);
  await ask(first);
  await ask(second);
  assertEquals({ admitted: node.status.clients.admitted, refused: node.status.clients.refused }, {
    admitted: 2,
    refused: 2,
  });
  first.close();
  await until(() => node.status.clients.admitted === 1);
  using third = await connectClient(node);
  await ask(third);
  await log.next("connections.refused");
  await log.next("connection.closed", (it) => it.reason === "too many connections");
});

test("a server whose limits are lowered takes no more, and ends the newest", async () => {
  await using node = startWith({ maxConnections: 3 });
  using first = await connectClient(node);
  using second = await connectClient(node);
  node.limitConnections({ ...node.doors.limits, maxConnections: 1 });
  assertEquals(await exchange(node.address.port, "hello\n").catch(() => ""), "");
  await ask(first);
  assertEquals(await isClosed(second), true);
  node.limitConnections({ ...node.doors.limits, maxConnections: 3 });
  using _third = await connectClient(node);
});

test("a server closes the connection too many of one address", async () => {
  await using node = startWith({ maxConnectionsPerLoopback: 1 });
  using first = await connectClient(node);
  assertEquals(await exchange(node.address.port, "hello\n").catch(() => ""), "");
  await ask(first);
  assertEquals(node.status.clients.refused, 1);
});

test("clients that crowd in from a neighbour's own address do not keep the neighbour out", async () => {
  await using herd = await startHerd({
    links: [["A", "B"]],
    options: {
      limits: { maxConnections: 1, maxTrials: 8 },
    },
  });
  const a = herd.node("A");
  const isFollowed = () => a.status.neighbours.get("B")!.isFollowed;
  await until(isFollowed);
  await herd.stop("B");
  await until(() => !isFollowed());
  using _client = await connectClient(a);
  const crowd = new AbortController();
  const pushing = Array.from({ length: 20 }, async () => {
    while (!crowd.signal.aborted) {
      using stranger = await connectTo(a.address.port);
      await isClosed(stranger);
    }
  });
  await until(() => a.status.clients.refused > 20);
  await herd.start("B");
  await until(isFollowed);
  crowd.abort();
  await Promise.all(pushing);
});

test("strangers who send FOLLOW and then nothing do not keep a neighbour out", async () => {
  await using herd = await startHerd({
    links: [["A", "B"]],
    options: { timings: { maxHandshakes: 4 } },
  });
  await herd.stop("B");
  const a = herd.node("A");
  await using strangers = new AsyncDisposableStack();
  const follow = `FOLLOW/1 test B A ${"0".repeat(32)} ${"1".repeat(32)}\n`;
  for (let i = 0; i < 10; i++) {
    const stranger = strangers.use(await connectTo(a.address.port));
    await send(stranger, follow);
    assertMatch(await readUntil(stranger, "\n"), /^LEAD\/1 A /);
  }
  assertEquals(a.status.clients.admitted, 0);
  await herd.start("B");
  await until(() => a.status.neighbours.get("B")!.isFollowed);
});

test("a server ends a connection that says no line in time, be it silent or slow", async () => {
  const clock = new ManualClock();
  await using node = startWith({ firstLineMs: 60_000 }, { clock });
  using quick = await connectClient(node);
  using silent = await connectTo(node.address.port);
  using slow = await connectTo(node.address.port);
  await until(() => node.status.clients.connections === 3);
  for (const byte of "IAMAT k") {
    await send(slow, byte);
    await clock.pass(9_000);
  }
  assertEquals(await isClosed(silent), true);
  assertMatch(await readAll(slow), /^\? IA?M?A?T? ?k?\n$/);
  assertEquals(node.status.clients.ended, { slow: 2, idle: 0, unread: 0 });
  await ask(quick);
});

test("a server ends a connection that has been idle for too long, also one that drips bytes", async () => {
  const clock = new ManualClock();
  await using node = startWith({ idleMs: 60_000 }, { clock });
  using busy = await connectClient(node);
  using idle = await connectClient(node);
  using dripping = await connectClient(node);
  for (let i = 0; i < 7; i++) {
    await clock.pass(10_000);
    await ask(busy);
    await send(dripping, "x").catch(() => {});
  }
  assertEquals(await isClosed(idle), true);
  assertMatch(await readAll(dripping), /^\? x+\n$/);
  assertEquals(node.status.clients.ended, { slow: 0, idle: 2, unread: 0 });
  await ask(busy);
});

test("a client that has vanished makes room for another one after some minutes", async () => {
  const clock = new ManualClock();
  await using node = startWith({ maxConnections: 2, yieldMs: 300_000 }, { clock });
  using vanished = await connectClient(node);
  using busy = await connectClient(node);
  assertEquals(await exchange(node.address.port, "hello\n").catch(() => ""), "");
  for (let i = 0; i < 6; i++) {
    await clock.pass(51_000);
    await ask(busy);
  }
  using other = await connectClient(node);
  assertEquals(await isClosed(vanished), true);
  assertEquals(node.status.clients.evicted, 1);
  await ask(busy);
  await ask(other);
});

test("twenty clients that have vanished keep nobody of their address out for long", async () => {
  const clock = new ManualClock();
  await using node = startWith({ maxConnectionsPerLoopback: 21, yieldMs: 300_000 }, { clock });
  using stack = new DisposableStack();
  const vanished: Deno.TcpConn[] = [];
  for (let i = 0; i < 20; i++) vanished.push(stack.use(await connectClient(node)));
  using busy = await connectClient(node);
  assertEquals(await exchange(node.address.port, "hello\n").catch(() => ""), "");
  for (let i = 0; i < 6; i++) {
    await clock.pass(51_000);
    await ask(busy);
  }
  const others: Deno.TcpConn[] = [];
  for (let i = 0; i < 20; i++) others.push(stack.use(await connectClient(node)));
  for (const it of vanished) assertEquals(await isClosed(it), true);
  for (const it of [busy, ...others]) await ask(it);
  assertEquals(node.status.clients.evicted, 20);
  assertEquals(await exchange(node.address.port, "hello\n").catch(() => ""), "");
});

/** What a client asks in these tests: it is broken off after each of its bytes. */
const REQUESTS = "IAMAT kiwi +34.068930-118.445127 1520023934.918963997\nWHATSAT kiwi 10 5\n? \n";

test("probes that ask nothing leave no line in the log, and clients one each", async () => {
  const log = recordingLog();
  await using node = startWith({}, { log });
  for (let i = 0; i < 20; i++) assertEquals(await exchange(node.address.port, ""), "");
  assertEquals(await exchange(node.address.port, "hello\n"), "? hello\n");
  const told = (level: string) =>
    log.entries.filter((it) => it.level === level && it.event.startsWith("connection."))
      .map((it) => it.event);
  await until(() => told("debug").length === 41);
  assertEquals(told("info"), ["connection.closed"]);
});

test("a server outlives connections that are reset at every point of a request", async () => {
  await using node = startWith({});
  const { port } = node.address;
  for (let length = 0; length <= REQUESTS.length; length++) {
    await sendAndReset(port, REQUESTS.slice(0, length));
  }
  await until(() => node.status.clients.connections === 0);
  assertEquals({
    admitted: node.status.clients.admitted,
    unreadBytes: node.status.clients.unreadBytes,
  }, { admitted: 0, unreadBytes: 0 });
  assertEquals(await exchange(port, "hello\n"), "? hello\n");
});

test("a server answers what was asked whole when a client half-closes at any point of a request", async () => {
  await using node = startWith({});
  const { port } = node.address;
  const whole = (await exchange(port, REQUESTS)).split("\n")[0]!;
  const skewless = (text: string) => text.replaceAll(/[+]\d+\.\d{9} /g, "+s ");
  for (let length = 0; length <= REQUESTS.length; length++) {
    const reply = await exchange(port, REQUESTS.slice(0, length));
    const lines = REQUESTS.slice(0, length).split("\n").filter((it, i, all) =>
      it !== "" || i < all.length - 1
    );
    const heads = reply.split("\n").filter((it) => /^(AT|\?) /.test(it));
    assertEquals(heads.length, lines.length, reply);
    if (lines[0] === REQUESTS.split("\n")[0]) {
      assertEquals(skewless(heads[0]!), skewless(whole));
    }
  }
});

test("a server forgets thousands of connections that come and go", async () => {
  await using node = startWith({});
  const { port } = node.address;
  for (let i = 0; i < 40; i++) {
    await Promise.all(Array.from({ length: 50 }, async (_, k) => {
      using connection = await connectTo(port);
      if (k % 2 === 0) await connection.write(encode("IAMAT k"));
    }));
  }
  await until(() =>
    node.status.clients.accepted === 2_000 && node.status.clients.connections === 0
  );
  assertEquals(node.status.clients.admitted, 0);
  assertEquals(await exchange(port, "hello\n"), "? hello\n");
});

test("a server with hundreds of idle connections answers as before", async () => {
  await using node = startWith({});
  using idle = new DisposableStack();
  for (let i = 0; i < 500; i++) idle.use(await connectTo(node.address.port));
  using client = await connectClient(node);
  for (let i = 0; i < 100; i++) await ask(client);
  assert(node.status.clients.connections >= 500);
});
