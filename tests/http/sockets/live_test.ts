// What a dashboard is told, decoded with the decoder that a browser uses.

import { bearerFor, tokenKeys } from "../../support/herds/tokens.ts";
import { EVERYTHING } from "../../../src/server/tokens/grant.ts";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "../../support/properties.ts";
import {
  decodePositions,
  LIVE_PROTOCOL,
  type LiveMessage,
  OTHER_SERVER,
} from "../../../src/http/sockets/live_protocol.ts";
import type { Client } from "../../../src/http/api/schemas.ts";
import type { HerdSnapshot } from "../../../src/http/api/status_schemas.ts";
import { LivePositions } from "../../../src/http/sockets/live_positions.ts";
import { encode } from "../../../src/base/bytes.ts";
import { MAX_WATCHERS } from "../../../src/http/sockets/live.ts";
import { startNode } from "../../../src/server/node.ts";
import { parseTopology } from "../../../src/topology/topology.ts";
import { Pace } from "../../../src/server/turns/pace.ts";
import { SystemClock } from "../../../src/server/system.ts";
import { Store } from "../../../src/store/store.ts";
import { until } from "../../support/waiting.ts";
import { freePort } from "../../support/processes/ports.ts";
import { loneOptions } from "../../support/herds/herd.ts";
import { closed, startHttp, type TestHttp } from "../../support/herds/http.ts";
import { SteppingPace } from "../../support/fakes/stepping_pace.ts";
import { testWith } from "../../support/test.ts";
import { tell } from "../../support/herds/records.ts";

const test = testWith("sockets");
const pace = new Pace(new SystemClock());

/** What a watcher knows, by slot. */
class Known {
  readonly clients = new Map<number, [latitude: number, longitude: number, server: number]>();
  isLevel = false;

  take(frame: ArrayBuffer): void {
    const positions = decodePositions(frame)!;
    for (let i = 0; i < positions.count; i++) {
      const slot = positions.slots[i]!;
      const latitude = positions.latitudes[i]!;
      if (Number.isNaN(latitude)) this.clients.delete(slot);
      else this.clients.set(slot, [latitude, positions.longitudes[i]!, positions.servers[i]!]);
    }
    this.isLevel ||= positions.isLevel;
  }
}

/** Takes all frames that there are now. */
async function takeAll(positions: LivePositions, map: Known): Promise<number> {
  let frames = 0;
  for (let frame = await positions.next(); frame !== undefined; frame = await positions.next()) {
    map.take(frame);
    frames++;
  }
  return frames;
}

Deno.test("LivePositions gives every client once, and then what has changed", async () => {
  const store = new Store("feed", 1);
  for (let i = 0; i < 10_000; i++) tell(store, `c${i} +1.5-2.25 1`);
  using positions = new LivePositions(store, {
    pace,
    servers: ["Hands", "Goloman"],
    grant: EVERYTHING,
  });
  const map = new Known();
  assertEquals(await takeAll(positions, map), 3);
  assertEquals({
    clientsSize: map.clients.size,
    mapIsLevel: map.isLevel,
    positionsIsLevel: positions.isLevel,
  }, { clientsSize: 10_000, mapIsLevel: true, positionsIsLevel: true });
  assertEquals(map.clients.get(1), [1.5, -2.25, 1]);
  assertEquals(await positions.next(), undefined);
  tell(store, "c0 +3-4 2");
  tell(store, "c0 +5-6 3");
  tell(store, "c1 - 2");
  assertEquals(positions.isLevel, false);
  const { count, slots } = decodePositions((await positions.next())!)!;
  assertEquals({ count, slots0: slots[0], slots1: slots[1] }, { count: 2, slots0: 1, slots1: 2 });
  using late = new LivePositions(store, { pace, servers: [], grant: EVERYTHING });
  const other = new Known();
  await takeAll(late, other);
  assertEquals(other.clients.size, 9_999);
  assertEquals(other.clients.get(1), [5, -6, OTHER_SERVER]);
});

Deno.test("LivePositions says of an empty store that it is level", async () => {
  using positions = new LivePositions(new Store("feed", 1), {
    pace,
    servers: [],
    grant: EVERYTHING,
  });
  assertEquals(decodePositions((await positions.next())!)?.isLevel, true);
  assertEquals(await positions.next(), undefined);
});

Deno.test("LivePositions says which clients have expired, and what took their slots", async () => {
  const store = new Store("feed", 1);
  using positions = new LivePositions(store, { pace, servers: [], grant: EVERYTHING });
  const map = new Known();
  tell(store, "old +1+1 10");
  tell(store, "new +2+2 20");
  await takeAll(positions, map);
  assertEquals(map.clients.size, 2);
  store.horizon = 15;
  store.sweep(100);
  await takeAll(positions, map);
  assertEquals([...map.clients.values()].map((it) => it[0]), [2]);
  tell(store, "next +3+3 30");
  await takeAll(positions, map);
  assertEquals([...map.clients.values()].map((it) => it[0]).sort(), [2, 3]);
});

Deno.test("LivePositions makes a frame in small pieces", async () => {
  const store = new Store("feed", 1);
  for (let i = 0; i < 3_000; i++) tell(store, `c${i} +1+1 1`);
  const pace = new SteppingPace();
  using positions = new LivePositions(store, { pace, servers: [], grant: EVERYTHING });
  assertEquals(decodePositions((await positions.next())!)?.count, 3_000);
  assert(pace.pieces >= 3_000 / 64, `${pace.pieces} pieces`);
});

Deno.test("LivePositions leave a watcher with what the store has, whatever happens in between", async () => {
  const step = fc.oneof(
    fc.constant("look"),
    fc.record({ client: fc.integer({ min: 0, max: 9 }), gone: fc.boolean() }),
  );
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
    const store = new Store("feed", 1);
    using positions = new LivePositions(store, { pace, servers: [], grant: EVERYTHING });
    const map = new Known();
    const known = new Map<number, number>();
    for (const [time, it] of steps.entries()) {
      if (typeof it === "string") await takeAll(positions, map);
      else if (it.gone) {
        tell(store, `c${it.client} - ${time}`);
        known.delete(it.client);
      } else {
        tell(store, `c${it.client} +1+${time} ${time}`);
        known.set(it.client, time);
      }
    }
    await takeAll(positions, map);
    const longitudes = [...map.clients.values()].map((it) => it[1]).sort((a, b) => a - b);
    assertEquals(longitudes, [...known.values()].sort((a, b) => a - b));
  }));
});

Deno.test("decodePositions() passes over what it does not know", () => {
  assertEquals(decodePositions(new ArrayBuffer(0)), undefined);
  assertEquals(decodePositions(new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0]).buffer), undefined);
  assertEquals(decodePositions(new Uint8Array([1, 0, 0, 0, 1, 0, 0, 0]).buffer), undefined);
});

/** A watcher on a WebSocket. */
class Watcher implements AsyncDisposable {
  readonly map = new Known();
  readonly messages: LiveMessage<HerdSnapshot, Client>[] = [];
  socket!: WebSocket;

  static async open(http: TestHttp, headers: Record<string, string> = {}): Promise<Watcher> {
    const watcher = new Watcher();
    watcher.socket = await http.open("/v1/live", {
      protocols: [LIVE_PROTOCOL],
      headers,
      onMessage: (data) => watcher.#take(data),
    });
    return watcher;
  }

  #take(data: string | ArrayBuffer): void {
    if (typeof data === "string") this.messages.push(JSON.parse(data));
    else this.map.take(data);
  }

  async ask(question: object): Promise<readonly (Client & { readonly slot: number })[]> {
    const asked = this.messages.length;
    this.socket.send(JSON.stringify(question));
    const answer = await until(() =>
      this.messages.slice(asked).find((it) => it.type === "clients")
    );
    return answer.type === "clients" ? answer.clients : [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    const end = closed(this.socket);
    this.socket.close();
    await end;
  }
}

test("/v1/live says hello, where all clients are, and who they are when asked", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  tell(node.store, "kiwi +34.068930-118.445127 1");
  await using watcher = await Watcher.open(http);
  await until(() => watcher.map.isLevel && watcher.messages.length >= 3);
  const [hello, history, herd] = watcher.messages;
  assertEquals(hello, {
    type: "hello",
    herd: "test",
    self: "Goloman",
    version: "0.0.0",
    servers: ["Goloman"],
    scopes: ["read", "tell", "forget", "status"],
  });
  assertEquals(history, { type: "history", samples: [] });
  assert(herd?.type === "herd");
  assertEquals(herd.herd.servers[0]?.status?.clients, 1);
  const [[slot, [latitude, longitude, server]]] = [...watcher.map.clients] as [
    [number, [number, number, number]],
  ];
  assertAlmostEquals(latitude, 34.06893, 1e-5);
  assertAlmostEquals(longitude, -118.445127, 1e-5);
  assertEquals(server, 0);

  const [kiwi] = await watcher.ask({ slots: [slot, slot + 1, 99_999] });
  assertEquals({ slot: kiwi?.slot, id: kiwi?.id, time: kiwi?.time }, {
    slot,
    id: "kiwi",
    time: "1",
  });
  assertEquals((await watcher.ask({ find: "ki%77i" }))[0]?.slot, slot);
  assertEquals((await watcher.ask({ prefix: "KI" }))[0]?.slot, slot);
  assertEquals(await watcher.ask({ prefix: "kiwi/" }), []);
  assertEquals(await watcher.ask({ find: "nobody" }), []);
  assertEquals(await watcher.ask({ find: "%" }), []);

  tell(node.store, "kiwi - 2");
  await until(() => watcher.map.clients.size === 0);
  assertEquals(await watcher.ask({ slots: [slot] }), []);
});

test("/v1/live tells of links and servers that go and come", async () => {
  const servers = {
    Ann: { host: "127.0.0.1", port: freePort(), http: 1 },
    Bob: { host: "127.0.0.1", port: freePort() },
  };
  const topology = parseTopology(
    JSON.stringify({ herd: "test", servers, links: [["Ann", "Bob"]] }),
  );
  const start = (name: "Ann" | "Bob", other: "Ann" | "Bob") =>
    startNode(loneOptions({
      name,
      address: { hostname: "127.0.0.1", port: servers[name].port },
      neighbours: new Map([[other, { hostname: "127.0.0.1", port: servers[other].port }]]),
    }));
  await using ann = start("Ann", "Bob");
  const bob = start("Bob", "Ann");
  await using http = startHttp(ann, { topology });
  await until(() => ann.status.neighbours.get("Bob")!.isFollowed);
  await using watcher = await Watcher.open(http);
  const events = () =>
    watcher.messages.flatMap((it) =>
      it.type === "event" ? [`${it.event} ${it.server} ${it.follower ?? ""}`] : []
    );
  await until(() => watcher.messages.length >= 2);
  await bob.stop();
  await until(() => events().length >= 3);
  assertEquals(events(), ["server.down Bob ", "link.down Ann Bob", "link.down Bob Ann"]);
  await using _again = start("Bob", "Ann");
  await until(() => events().length >= 6);
  assertEquals(events().slice(3).sort(), [
    "link.up Ann Bob",
    "link.up Bob Ann",
    "server.up Bob ",
  ]);
});

test("/v1/live closes on what is no question, and gives its place in the feed up", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const table: [question: string | Uint8Array<ArrayBuffer>, code: number][] = [
    ...[
      "",
      "{",
      "{}",
      '{"slots":[0]}',
      '{"slots":[1.5]}',
      `{"slots":[${"1,".repeat(1_000)}1]}`,
      '{"find":1}',
      new Uint8Array(4),
    ].map((it): [string | Uint8Array<ArrayBuffer>, number] => [it, 1008]),
    [`{"find":"${"x".repeat(20_000)}"}`, 1009],
  ];
  for (const [question, code] of table) {
    await using watcher = await Watcher.open(http);
    const end = closed(watcher.socket);
    watcher.socket.send(question);
    assertEquals((await end).code, code, String(question).slice(0, 40));
  }
  const metrics = async () => await (await http.fetch("/metrics")).text();
  await until(async () => (await metrics()).includes('herd_http_streams{kind="live"} 0'));
});

test("a race for the last places of watchers passes no limit, and a place is free when one is gone", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const opened = await Promise.allSettled(
    Array.from({ length: MAX_WATCHERS + 10 }, () => http.open("/v1/live")),
  );
  const sockets = opened.flatMap((it) => it.status === "fulfilled" ? [it.value] : []);
  assertEquals(sockets.length, MAX_WATCHERS);
  const [first, ...others] = sockets;
  first!.close();
  const late = await until(() => http.open("/v1/live").catch(() => undefined));
  const ends = [late, ...others].map(closed);
  for (const socket of [late, ...others]) socket.close();
  await Promise.all(ends);
});

test("a watcher that reads nothing is ended, and its place is free again", async () => {
  await using node = startNode(loneOptions({ limits: { httpAnswerMs: 200 } }));
  await using http = startHttp(node);
  const watchers = async () => {
    const metrics = await (await http.fetch("/metrics")).text();
    return Number(/^herd_http_streams{kind="live"} (\d+)$/m.exec(metrics)![1]);
  };
  const { port } = http.port.address;
  using connection = await Deno.connect({ port });
  await connection.write(encode(
    "GET /v1/live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
  ));
  await until(async () => await watchers() === 1);
  // Far more than sockets hold between the two, in one frame after the other.
  let moves = 0;
  await until(async () => {
    for (let i = 0; i < 20_000; i++) tell(node.store, `c${i} +1+1 ${moves + 1}`);
    moves++;
    return await watchers() === 0;
  }, 30_000);
});

test("/v1/live shows a token its clients alone, and the herd only with 'status'", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node, { tokens: tokenKeys() });
  for (const [i, id] of ["plum", "kiwi1", "kiwi2"].entries()) tell(node.store, `${id} +1+${i} 1`);
  await using watcher = await Watcher.open(http, await bearerFor("kiwi*", "read"));
  await until(() => watcher.map.isLevel);
  assertEquals(watcher.map.clients.size, 2);
  const ids = async (question: object) => (await watcher.ask(question)).map((it) => it.id);
  assertEquals(await ids({ find: "kiwi1" }), ["kiwi1"]);
  assertEquals(await ids({ find: "plum" }), []);
  assertEquals(await ids({ prefix: "p" }), []);
  assertEquals(await ids({ slots: [1, 2, 3, 4] }), ["kiwi1", "kiwi2"]);
  assertEquals(watcher.messages.filter((it) => it.type !== "hello" && it.type !== "clients"), []);

  await using looker = await Watcher.open(http, await bearerFor("*", "status"));
  await until(() => looker.messages.some((it) => it.type === "herd"));
  assertEquals(looker.map.clients.size, 0);
  const end = closed(looker.socket);
  looker.socket.send(JSON.stringify({ find: "plum" }));
  assertEquals((await end).code, 1008);
});
