// The change feed as server-sent events: what comes, where it goes on, and that it waits.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { encode } from "../../../src/base/bytes.ts";
import { MAX_STREAMS } from "../../../src/http/api/changes.ts";
import { startNode } from "../../../src/server/node.ts";
import { until, within } from "../../support/waiting.ts";
import { loneOptions, startHerd } from "../../support/herds/herd.ts";
import { Events, type ServerEvent } from "../../support/herds/events.ts";
import { startHttp } from "../../support/herds/http.ts";
import { testWith } from "../../support/test.ts";
import { tell } from "../../support/herds/records.ts";

const test = testWith("sockets");

const ids = (events: readonly ServerEvent[]) => events.map((it) => `${it.event} ${it.data.id}`);

test("GET changes gives every client once, then each change as it comes", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  tell(node.store, "a +1+1 1");
  tell(node.store, "b/c +1+1 1");
  tell(node.store, "a +2+2 2");
  await using events = await Events.open(http);
  assertEquals(ids(await events.untilLevel()), ["location b%2Fc", "location a"]);
  tell(node.store, "a +3-3 3");
  assertEquals((await events.next())?.data.lat, 3);
  tell(node.store, "a - 4");
  const removal = (await events.next())!;
  assertEquals({ event: removal.event, id: removal.data.id, time: removal.data.time }, {
    event: "removal",
    id: "a",
    time: "4",
  });
  assertEquals(removal.id, `${node.store.feed.id}:5`);
  await node.stop();
  await within(Promise.all([http.port.close(), events.next()]), "the port and the stream to end");
  assertEquals(await events.next(), undefined);
});

test("GET changes goes on behind the event that the client names", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  for (let i = 1; i <= 5; i++) tell(node.store, `c${i} +1+1 1`);
  const { id } = node.store.feed;
  const from = async (since?: string, lastEventId?: string) => {
    await using events = await Events.open(http, since, lastEventId);
    return (await events.untilLevel()).map((it) => it.data.id);
  };
  assertEquals(await from(`${id}:3`), ["c4", "c5"]);
  assertEquals(await from(undefined, `${id}:4`), ["c5"]);
  assertEquals(await from(`${id}:0`, `${id}:4`), ["c5"]);
  assertEquals(await from(`${id}:5`), []);
  // Positions of other feeds, and ones that this feed has not reached, say nothing: after `reset` comes all.
  const all = [undefined, "c1", "c2", "c3", "c4", "c5"];
  assertEquals(await from(`${"0".repeat(32)}:3`), all);
  assertEquals(await from(`${id}:6`), all);
  for (const since of ["", "3", `${id}:`, `${id}:-1`, `${id}:1.5`, "x:1"]) {
    const response = await http.fetch(`/v1/changes?since=${since}`);
    assertEquals({ since, status: response.status }, { since, status: 400 });
    assertMatch((await response.json()).detail, /^'since': not the id of an event/);
  }
});

test("GET changes waits for a client that does not read, and then skips what is superseded", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  await using events = await Events.open(http);
  await events.untilLevel();
  // Far more than sockets and streams hold between the two.
  const updates = 200_000;
  for (let i = 1; i <= updates; i++) {
    tell(node.store, `${"x".repeat(100)}${i % 1_000} +1+1 ${i}`);
    if (i % 1_000 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  let count = 0;
  for (let last = ""; last !== `${node.store.feed.id}:${updates}`; count++) {
    last = (await events.next())!.id;
  }
  assert(count >= 1_000 && count < updates, `${count} events`);
});

test("GET changes gives its place up when the client is gone, and turns away one too many", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const open = () => http.fetch("/v1/changes");
  const streams = await Promise.all(Array.from({ length: MAX_STREAMS }, open));
  const refused = await open();
  assertEquals({ status: refused.status, title: (await refused.json()).title }, {
    status: 503,
    title: "Service Unavailable",
  });
  await Promise.all(streams.map((it) => it.body!.cancel()));
  // A stream learns that its client is gone when it has something to say.
  await until(async () => {
    tell(node.store, `a +1+1 ${node.store.feed.end + 1}`);
    const response = await open();
    await response.body?.cancel();
    return response.status === 200;
  });
});

test("GET changes lets a client in where another has vanished and nothing happens", async () => {
  await using node = startNode(loneOptions({ limits: { httpAnswerMs: 200 } }));
  await using http = startHttp(node);
  // They are never read: what is sent to them waits in kernels, as it does for a peer without a link.
  using vanished = new DisposableStack();
  for (let i = 0; i < MAX_STREAMS; i++) {
    const connection = vanished.use(await Deno.connect({ port: http.port.address.port }));
    await connection.write(encode("GET /v1/changes HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  }
  const events = await until(async () => {
    const response = await http.fetch("/v1/changes?bbox=0,0,1,1");
    if (response.status === 200) return response;
    await response.body?.cancel();
  });
  await events.body?.cancel();
});

test("a race for the last places of streams passes no limit", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const asked = Array.from({ length: MAX_STREAMS + 20 }, () => http.fetch("/v1/changes"));
  const responses = await Promise.all(asked);
  assertEquals(responses.filter((it) => it.status === 200).length, MAX_STREAMS);
  await Promise.all(responses.map((it) => it.body!.cancel()));
});

test("GET changes has what other servers were told", async () => {
  await using herd = await startHerd({ links: [["Ann", "Bob"]] });
  await using http = startHttp(herd.node("Bob"));
  await using events = await Events.open(http);
  await events.untilLevel();
  tell(herd.node("Ann").store, "kiwi +1+1 1");
  assertEquals((await events.next())?.data.id, "kiwi");
});

test("HEAD of a stream takes no place of one, and tells what GET would", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  for (let i = 0; i < 2 * MAX_STREAMS; i++) {
    const { status, headers, body } = await http.fetch("/v1/changes", { method: "HEAD" });
    assertEquals({ i, status, body }, { i, status: 200, body: null });
    assertEquals(headers.get("Content-Type"), "text/event-stream");
    assertEquals(headers.get("X-Accel-Buffering"), "no");
  }
  await using events = await Events.open(http);
  await events.untilLevel();
  const refused = await http.fetch("/v1/changes?since=x", { method: "HEAD" });
  assertEquals(refused.status, 400);
});

test("GET changes ends for a client that reads nothing, and its place is free again", async () => {
  await using node = startNode(loneOptions({ limits: { httpAnswerMs: 200 } }));
  await using http = startHttp(node);
  const streams = async () => {
    const metrics = await (await http.fetch("/metrics")).text();
    return Number(/^herd_http_streams{kind="changes"} (\d+)$/m.exec(metrics)![1]);
  };
  // Far more than sockets hold between the two.
  for (let i = 0; i < 100_000; i++) {
    tell(node.store, `${"x".repeat(100)}${i} +1+1 1`);
    if (i % 1_000 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  using connection = await Deno.connect({ port: http.port.address.port });
  await connection.write(encode("GET /v1/changes HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  await until(async () => await streams() === 1);
  await until(async () => await streams() === 0);
});

test("GET changes gives anew what a horizon that went back had left out", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  // What the horizon leaves out is not dropped meanwhile.
  node.store.sweep = () => 0;
  tell(node.store, "old +1+1 10");
  tell(node.store, "new +1+1 20");
  node.store.horizon = 15;
  await using events = await Events.open(http);
  assertEquals(ids(await events.untilLevel()), ["location new"]);
  node.store.horizon = 0;
  tell(node.store, "next +1+1 30");
  const given = [await events.next(), await events.next(), await events.next()];
  assertEquals(given.map((it) => it?.data.id), ["old", "new", "next"]);
});

test("GET changes of an area tells who enters, moves, leaves and is forgotten", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const { store } = node;
  tell(store, "in +1+1 10");
  tell(store, "out +50+1 10");
  await using events = await Events.open(http, "bbox=0,0,2,2");
  assertEquals(ids(await events.untilLevel()), ["enter in"]);
  const next = async () => ids([(await events.next())!])[0];
  tell(store, "out +60+1 11");
  tell(store, "out +1.5+1 12");
  assertEquals(await next(), "enter out");
  tell(store, "in +1.2+1 13");
  assertEquals(await next(), "move in");
  tell(store, "out +50+1 14");
  assertEquals(await next(), "leave out");
  tell(store, "in - 15");
  assertEquals(await next(), "forget in");
  tell(store, "old +1+1 16");
  assertEquals(await next(), "enter old");
  store.horizon = 20;
  store.sweep(100);
  assertEquals(await next(), "forget old");
});

test("GET changes of an area begins again after a cut, and from now on where that is asked", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const { store } = node;
  tell(store, "in +1+1 10");
  let last: string;
  {
    await using events = await Events.open(http, "near=1,1&radius=50");
    last = (await events.next())!.id;
  }
  tell(store, "in +50+1 11");
  tell(store, "new +1+1 11");
  await using events = await Events.open(http, "near=1,1&radius=50", last);
  assertEquals(ids(await events.untilLevel()), ["reset undefined", "enter new"]);
  await using now = await Events.open(http, "bbox=0,0,2,2&since=now");
  assertEquals(ids(await now.untilLevel()), []);
  tell(store, "new +1.1+1 12");
  assertEquals(ids([(await now.next())!]), ["move new"]);
});

test("GET changes takes filters without an area, and begins now where that is asked", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const { store } = node;
  tell(store, "a1 +1+1 10");
  tell(store, "b1 +1+1 10");
  await using some = await Events.open(http, "prefix=a");
  assertEquals(ids(await some.untilLevel()), ["location a1"]);
  await using now = await Events.open(http, "since=now");
  assertEquals(ids(await now.untilLevel()), []);
  tell(store, "b1 +2+2 11");
  tell(store, "a2 - 11");
  assertEquals(ids([(await some.next())!, (await now.next())!]), ["removal a2", "location b1"]);
});
