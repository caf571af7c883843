// Each limit of the HTTP port, crossed over real sockets; beside it a client that keeps to all of them.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { CLOSE, CONTINUATION, PING, PONG, TEXT } from "../../src/http/wire/web_socket/frames.ts";
import { MAX_FRAMES } from "../../src/http/wire/web_socket/connection.ts";
import type { Limits } from "../../src/server/limits.ts";
import { type HerdNode, startNode } from "../../src/server/node.ts";
import { exchange, readAll, readUntil, send } from "../support/herds/client.ts";
import { loneOptions } from "../support/herds/herd.ts";
import { startHttp, type TestHttp } from "../support/herds/http.ts";
import { ManualClock } from "../support/fakes/manual_clock.ts";
import { openRawSocket } from "../support/load/raw_web_socket.ts";
import { tokenFor, tokenKeys } from "../support/herds/tokens.ts";
import { connectTo, isClosed, writeWithoutReading } from "../support/load/rude_client.ts";
import { encode } from "../../src/base/bytes.ts";
import { testWith } from "../support/test.ts";
import { settled, until } from "../support/waiting.ts";
import { clientFrame } from "../support/web_socket_frames.ts";

/** An attacker: a stranger of a server without tokens, or one with a token for all clients. */
interface Attacker {
  readonly token: string | undefined;
  /** Lines of a request's head that carry it. */
  readonly head: string;
}

/** A test with each kind of attacker: a token changes no limit. */
function test(name: string, run: (attacker: Attacker) => Promise<void>): void {
  testWith("sockets")(name, () => run({ token: undefined, head: "" }));
  testWith("sockets")(`${name}, with a scoped token`, async () => {
    const token = await tokenFor("*", "read", "tell", "forget", "status");
    await run({ token, head: `Authorization: Bearer ${token}\r\n` });
  });
}

const GET = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

/** A server with an HTTP port, on a clock that stands still. */
class Target implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly node: HerdNode;
  readonly http: TestHttp;

  /** A server that knows the attacker's token: the first time it takes a moment of no clock to verify. */
  static async start(attacker: Attacker, limits: Partial<Limits>): Promise<Target> {
    const target = new Target(attacker, limits);
    if (attacker.token === undefined) return target;
    const request = `GET /v1/status HTTP/1.1\r\nHost: localhost\r\n${attacker.head}\r\n`;
    assertMatch(await exchange(target.port, request), /^HTTP\/1\.1 200 OK\r\n/);
    await until(() => target.http.port.status.connections === 0);
    return target;
  }

  private constructor({ token }: Attacker, limits: Partial<Limits>) {
    this.node = startNode(loneOptions({ clock: this.clock, limits: { drainMs: 50, ...limits } }));
    this.http = startHttp(this.node, token === undefined ? {} : { tokens: tokenKeys() });
  }

  get port(): number {
    return this.http.port.address.port;
  }

  /** Connections that were ended since the start. */
  get ended() {
    return this.http.port.status.ended;
  }

  /** Opens a connection that the server has taken in. */
  async connect(): Promise<Deno.TcpConn> {
    const before = this.http.port.status.connections;
    const connection = await connectTo(this.port);
    await until(() => this.http.port.status.connections > before);
    return connection;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closing = this.http.port.close();
    await this.clock.pass(1_000);
    await closing;
    const stopping = this.node.stop();
    await this.clock.pass(1_000);
    await stopping;
  }
}

async function ask(connection: Deno.Conn): Promise<void> {
  await send(connection, GET);
  assertMatch(await readUntil(connection, "}"), /^HTTP\/1\.1 200 OK\r\n/);
}

test("the HTTP port serves whoever asks, however many connections are silent", async (attacker) => {
  await using target = await Target.start(attacker, { maxHttpConnections: 3 });
  using stack = new DisposableStack();
  const silent: Deno.TcpConn[] = [];
  for (let i = 0; i < 20; i++) silent.push(stack.use(await connectTo(target.port)));
  assertMatch(await exchange(target.port, GET), /^HTTP\/1\.1 200 OK\r\n/);
  assertEquals(await isClosed(silent[0]!), true);
  assert(target.http.port.status.evicted >= 17);
  assertEquals([target.node.status.clients.admitted, target.node.status.clients.refused], [0, 0]);
});

test("the HTTP port refuses the connection too many while all places are in use", async (attacker) => {
  await using target = await Target.start(attacker, { maxHttpConnections: 2 });
  using first = await openRawSocket(target.port, "/v1/line", attacker);
  using second = await openRawSocket(target.port, "/v1/line", attacker);
  using third = await connectTo(target.port);
  assertEquals(await isClosed(third), true);
  assertEquals(target.http.port.status.refused, 1);
  // Who is here is served, and so is a client of lines.
  for (const it of [first, second]) {
    await it.write(clientFrame(TEXT, "x\n"));
    assertEquals(await readUntil(it, "? x\n"), "\x81\x04? x\n");
  }
  assertEquals(await exchange(target.node.address.port, "y\n"), "? y\n");
});

test("clients of HTTP that have vanished at any point keep nobody of their address out for long", async (attacker) => {
  await using target = await Target.start(attacker, {
    maxHttpConnectionsPerLoopback: 20,
    httpBodyMs: 10_000,
    webSocketPingMs: 30_000,
  });
  using stack = new DisposableStack();
  const vanished: Deno.TcpConn[] = [];
  const body = `PUT /v1/clients/k/location HTTP/1.1\r\nHost: localhost\r\n${attacker.head}` +
    "Content-Type: application/json\r\nContent-Length: 17\r\n\r\n{";
  for (let i = 0; i < 5; i++) {
    for (const text of ["", GET, GET.slice(0, 30), body]) {
      const connection = stack.use(await target.connect());
      vanished.push(connection);
      await send(connection, text);
    }
  }
  // Those who have begun a body are served, all others make room at once.
  await until(async () => {
    const text = await exchange(target.port, GET).catch(() => "");
    return text.startsWith("HTTP/1.1 200 ");
  });
  // The others are told that they were too slow, and have a second to close.
  for (let i = 0; i < 13; i++) await target.clock.pass(1_000);
  const sockets: Deno.TcpConn[] = [];
  for (let i = 0; i < 20; i++) {
    sockets.push(stack.use(await openRawSocket(target.port, "/v1/line", attacker)));
  }
  for (const it of vanished) await readAll(it).catch(() => "");
  assertEquals(await exchange(target.port, GET).catch(() => ""), "");
  // They answer no ping.
  for (let i = 0; i < 62; i++) await target.clock.pass(1_000);
  for (const it of sockets) await readAll(it).catch(() => "");
  assertMatch(await exchange(target.port, GET), /^HTTP\/1\.1 200 OK\r\n/);
});

test("the HTTP port ends a connection without a whole head in time, and says so to who began", async (attacker) => {
  await using target = await Target.start(attacker, { httpHeadMs: 10_000 });
  using silent = await target.connect();
  using slow = await target.connect();
  using quick = await target.connect();
  for (let i = 0; i < 9; i++) {
    await send(slow, GET[i]!);
    await target.clock.pass(1_000);
    await ask(quick);
  }
  assertEquals(target.ended.slow, 0);
  await target.clock.pass(1_500);
  assertEquals(await isClosed(silent), true);
  assertMatch(await readAll(slow), /^HTTP\/1\.1 408 Request Timeout\r\n/);
  assertEquals(target.ended, { slow: 2, idle: 0, unread: 0 });
  await ask(quick);
});

test("the HTTP port ends a connection whose body does not come in time, also one that drips", async (attacker) => {
  await using target = await Target.start(attacker, { httpBodyMs: 10_000 });
  const head = `PUT /v1/clients/k/location HTTP/1.1\r\nHost: localhost\r\n${attacker.head}` +
    "Content-Type: application/json\r\n";
  using counted = await target.connect();
  using chunked = await target.connect();
  using quick = await target.connect();
  await send(counted, `${head}Content-Length: 100\r\n\r\n`);
  await send(chunked, `${head}Transfer-Encoding: chunked\r\n\r\n`);
  for (let i = 0; i < 9; i++) {
    await send(counted, "x");
    await send(chunked, "1\r\nx\r\n");
    await ask(quick);
    await target.clock.pass(1_000);
  }
  assertEquals(target.ended.slow, 0);
  await target.clock.pass(1_500);
  for (const it of [counted, chunked]) assertMatch(await readAll(it), /^HTTP\/1\.1 408 /);
  assertEquals(target.ended, { slow: 2, idle: 0, unread: 0 });
});

test("the HTTP port ends a connection on which nothing more is asked", async (attacker) => {
  await using target = await Target.start(attacker, { httpIdleMs: 60_000, httpHeadMs: 1_000 });
  using idle = await target.connect();
  using busy = await target.connect();
  await ask(idle);
  for (let i = 0; i < 7; i++) {
    await ask(busy);
    await target.clock.pass(10_000);
  }
  assertEquals(await readAll(idle), "");
  assertEquals(target.ended, { slow: 0, idle: 1, unread: 0 });
  await ask(busy);
});

/** Asks for more than the kernels hold. */
const GREEDY = encode("GET /world-50m.json HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(200));

test("the HTTP port reads no more of a client that does not read, and ends it", async (attacker) => {
  await using target = await Target.start(attacker, { httpAnswerMs: 30_000, httpHeadMs: 60_000 });
  using rude = await target.connect();
  using other = await target.connect();
  const writing = writeWithoutReading(rude, GREEDY);
  await settled(() => writing.sent);
  await target.clock.pass(29_000);
  await ask(other);
  assertEquals(target.ended.unread, 0);
  await target.clock.pass(1_500);
  await writing.ended;
  assertEquals(target.ended, { slow: 0, idle: 0, unread: 1 });
  await ask(other);
});

test("the HTTP port drops the slowest readers when too much is unread", async (attacker) => {
  await using target = await Target.start(attacker, { maxHttpUnreadBytes: 100_000 });
  const openapi = encode("GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(2_000));
  using stack = new DisposableStack();
  const ended: Promise<void>[] = [];
  for (let i = 0; i < 16; i++) {
    ended.push(writeWithoutReading(stack.use(await connectTo(target.port)), openapi).ended);
  }
  await until(() => target.ended.unread > 0, 20_000);
  assert(target.http.port.status.unreadBytes <= 100_000);
  using other = await connectTo(target.port);
  await ask(other);
  stack.dispose();
  await Promise.all(ended);
  await until(() => target.http.port.status.unreadBytes === 0);
});

test("a WebSocket that is silent is pinged, and ended if it stays silent", async (attacker) => {
  await using target = await Target.start(attacker, { webSocketPingMs: 30_000 });
  using alive = await openRawSocket(target.port, "/v1/line", attacker);
  using vanished = await openRawSocket(target.port, "/v1/line", attacker);
  for (const it of [alive, vanished]) {
    await it.write(clientFrame(TEXT, "x\n"));
    await readUntil(it, "? x\n");
  }
  let pings = 0;
  const answering = (async () => {
    const frame = new Uint8Array(2);
    while (await alive.read(frame) === 2 && frame[0] === (0x80 | PING)) {
      pings++;
      await alive.write(clientFrame(PONG, ""));
    }
  })();
  await until(async () => {
    await target.clock.pass(1_000);
    return target.ended.idle > 0 && pings > 3;
  }, 20_000);
  assertEquals(target.http.port.status.connections, 1);
  assertEquals(target.ended, { slow: 0, idle: 1, unread: 0 });
  // The one that is gone was pinged once.
  assertEquals(await readAll(vanished), "\x89\x00");
  await alive.closeWrite();
  await answering;
});

/** Reads frames of a server until its close; gives the code. */
async function closeCode(connection: Deno.Conn): Promise<number> {
  const text = await readAll(connection);
  const at = text.lastIndexOf(String.fromCharCode(0x80 | CLOSE));
  return text.charCodeAt(at + 2) * 256 + text.charCodeAt(at + 3);
}

test("a message that never ends ends its WebSocket, be it of bytes or of frames without any", async (attacker) => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  for (const piece of ["x".repeat(1_000), ""]) {
    using socket = await openRawSocket(http.port.address.port, "/v1/live", attacker);
    const code = closeCode(socket);
    await socket.write(clientFrame(TEXT, piece, { isFinal: false }));
    const next = clientFrame(CONTINUATION, piece, { isFinal: false });
    for (let i = 0; i <= MAX_FRAMES; i++) await socket.write(next).catch(() => {});
    assertEquals(await code, 1009, `frames of ${piece.length} bytes`);
  }
});

test("a message without end is lines without end where lines are spoken", async (attacker) => {
  await using target = await Target.start(attacker, {});
  using socket = await openRawSocket(target.port, "/v1/line", attacker);
  await socket.write(clientFrame(TEXT, "a\nb", { isFinal: false }));
  await socket.write(clientFrame(CONTINUATION, "c\n", { isFinal: false }));
  assertEquals(await readUntil(socket, "? bc\n"), "\x81\x04? a\n\x81\x05? bc\n");
});

test("a flood of pings is answered once for all that came together", async (attacker) => {
  await using target = await Target.start(attacker, {});
  using socket = await openRawSocket(target.port, "/v1/line", attacker);
  const pings = Array.from({ length: 1_000 }, (_, i) => clientFrame(PING, `${i}`));
  await socket.write(new Uint8Array(await new Blob(pings).arrayBuffer()));
  await socket.write(clientFrame(TEXT, "x\n"));
  const text = await readUntil(socket, "? x\n");
  const pongs = text.split(String.fromCharCode(0x80 | PONG)).length - 1;
  assert(pongs >= 1 && pongs < 20, `${pongs} pongs`);
});

test("the HTTP port forgets thousands of connections that come and go", async (attacker) => {
  await using target = await Target.start(attacker, {});
  const { status } = target.http.port;
  for (let i = 0; i < 20; i++) {
    await Promise.all(Array.from({ length: 50 }, async (_, k) => {
      using connection = await connectTo(target.port);
      if (k % 2 === 0) await connection.write(encode(GET.slice(0, k)));
    }));
  }
  await until(() => status.connections === 0);
  assertEquals(status.unreadBytes, 0);
  assertMatch(await exchange(target.port, GET), /^HTTP\/1\.1 200 OK\r\n/);
});
