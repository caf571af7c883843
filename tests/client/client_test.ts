// The client against a server as it is: each method, its errors, and another server in place of one.

import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { HerdClient, HerdError, type Page } from "../../src/client/mod.ts";
import { startNode } from "../../src/server/node.ts";
import { loneOptions, NO_PLACES, placesOf, startHerd } from "../support/herds/herd.ts";
import { startHttp } from "../support/herds/http.ts";
import { tell } from "../support/herds/records.ts";
import { freePort } from "../support/processes/ports.ts";
import { testWith } from "../support/test.ts";
import { until } from "../support/waiting.ts";

const test = testWith("sockets");

/** The error that a promise rejects with. */
function failure(promise: Promise<unknown>): Promise<HerdError> {
  return assertRejects(() => promise, HerdError);
}

test("what is told is there to be asked for, until it is forgotten", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const herd = new HerdClient(http.url);
  assertEquals(await herd.ask("kiwi"), undefined);
  const taken = await herd.tell({ id: "kiwi", lat: 34.06893, lon: -118.445127, time: "1.5" });
  assertEquals({ isStored: taken.isStored, because: taken.because }, {
    isStored: true,
    because: undefined,
  });
  const client = (await herd.ask("kiwi"))!;
  assertEquals(client.id, "kiwi");
  assertEquals({ lat: client.lat, lon: client.lon, time: client.time }, {
    lat: 34.06893,
    lon: -118.445127,
    time: "1.5",
  });
  assertEquals((await herd.tell({ id: "kiwi", lat: 0, lon: 0, time: "1.4" })).because, "older");
  assertEquals(await herd.forget("kiwi"), true);
  assertEquals(await herd.forget("kiwi"), false);
  assertEquals(await herd.ask("kiwi"), undefined);
});

test("times are taken as texts, numbers and dates, and ids as any text", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const herd = new HerdClient(`${http.url}/`);
  const timeOf = async (time: string | number | Date) => {
    await herd.tell({ id: "a/b", lat: 1, lon: 1, time });
    return (await herd.ask("a%2Fb"))!.time;
  };
  assertEquals(await timeOf(1520023934), "1520023934");
  assertEquals(await timeOf("1520023934.918963997"), "1520023934.918963997");
  assertEquals(await timeOf("2018-03-02T20:52:15Z"), "1520023935");
  assertEquals(await timeOf(new Date(1520023936_500)), "1520023936.500");
  for (const id of [".", "..", "ä ö".replace(" ", ""), "100%25", "a?b#c&d"]) {
    await herd.tell({ id, lat: 2, lon: 2, time: 1 });
    assertEquals({ id, lat: (await herd.ask(id))?.lat }, { id, lat: 2 });
    assertEquals(await herd.forget(id), true);
  }
});

test("who is near comes the nearest first, with the distance", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const herd = new HerdClient(http.url);
  tell(node.store, "far +1.05+1 1");
  tell(node.store, "close +1.01+1 1");
  tell(node.store, "away +2+2 1");
  const near = async (...given: Parameters<HerdClient["near"]>) =>
    (await herd.near(...given)).map((it) => it.id);
  assertEquals(await near({ lat: 1, lon: 1 }), ["close", "far"]);
  assertEquals(await near({ lat: 1, lon: 1, radius: 2 }), ["close"]);
  assertEquals(await near({ lat: 1, lon: 1, radius: 1e-7 }), []);
  assertEquals(await near({ lat: 1, lon: 1, radius: 20_000 }, { limit: 1 }), ["close"]);
  assertEquals(await near({ lat: 1, lon: 1, radius: 200 }, { prefix: "a" }), ["away"]);
  const metres = (await herd.near({ lat: 1, lon: 1 }))[0]?.metres ?? 0;
  assert(metres > 1_000 && metres < 1_200, `${metres}`);
});

test("places near a client come as WHATSAT gives them", async () => {
  const asked: number[] = [];
  const places = placesOf((_, radiusMetres) => {
    asked.push(radiusMetres);
    return NO_PLACES;
  });
  await using node = startNode(loneOptions({ places }));
  await using http = startHttp(node);
  const herd = new HerdClient(http.url);
  assertEquals(await herd.places("kiwi"), undefined);
  tell(node.store, "kiwi +1+1 1");
  tell(node.store, ". +1+1 1");
  for (const id of ["kiwi", "."]) {
    const { client, places } = (await herd.places(id, { radius: 2, limit: 3 }))!;
    assertEquals({ id: client.id, status: places.status }, { id, status: "ZERO_RESULTS" });
  }
  assertEquals(asked, [2_000, 2_000]);
});

test("a list comes in pages, with each client that the filters let through", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const herd = new HerdClient(http.url);
  for (let i = 0; i < 25; i++) tell(node.store, `c${i % 2}/${i} +${i}+1 ${i + 1}`);
  const pages: Page[] = [];
  for await (const page of herd.list({}, { limit: 10 })) pages.push(page);
  assertEquals(pages.map((it) => it.clients.length), [10, 10, 5]);
  assertEquals(new Set(pages.flatMap((it) => it.clients.map((it) => it.id))).size, 25);
  assertEquals(pages.map((it) => it.server), [http.url, http.url, http.url]);
  const idsOf = async (...given: Parameters<HerdClient["list"]>) => {
    const ids: string[] = [];
    for await (const { clients } of herd.list(...given)) ids.push(...clients.map((it) => it.id));
    return ids;
  };
  assertEquals(await idsOf({ bbox: [0, 10, 2, 12] }), ["c0%2F10", "c1%2F11", "c0%2F12"]);
  assertEquals(await idsOf({ near: { lat: 3, lon: 1, radius: 120 } }), [
    "c0%2F2",
    "c1%2F3",
    "c0%2F4",
  ]);
  assertEquals((await idsOf({ prefix: "c1/" })).length, 12);
  assertEquals(await idsOf({ changedSince: 24 }), ["c1%2F23", "c0%2F24"]);
  assertEquals(await idsOf({ changedSince: new Date(25_000) }), ["c0%2F24"]);
  tell(node.store, "new +1+1 100");
  assertEquals(await idsOf({}, { after: pages.at(-1)!.next }), ["new"]);
});

test("many locations are told in batches, and faults have their numbers", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const herd = new HerdClient(http.url);
  const count = 10_000;
  async function* locations() {
    for (let i = 0; i < count; i++) {
      if (i % 1_000 === 0) await Promise.resolve();
      yield { id: `client/${i}`, lat: i === 7_000 ? 91 : 1, lon: 1, time: 1520023934 + i };
    }
  }
  const sum = await herd.tellAll(locations());
  assertEquals({ ...sum, faults: sum.faults.map((it) => it.number) }, {
    received: count,
    stored: count - 1,
    faulty: 1,
    faults: [7_001],
  });
  assertMatch(sum.faults[0]!.error, /lat/);
  assertEquals((await herd.ask("client/9999"))!.time, `${1520023934 + 9_999}`);
  assertEquals(await herd.tellAll([]), { received: 0, stored: 0, faulty: 0, faults: [] });
  assertEquals((await herd.tellAll([{ id: "one", lat: 1, lon: 1 }])).stored, 1);
});

test("what a server refuses is an error with its reason, and no other server is asked", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const other = `http://127.0.0.1:${freePort()}`;
  const herd = new HerdClient([http.url, other]);
  const error = await failure(herd.tell({ id: "kiwi", lat: 91, lon: 0 }));
  assertEquals({ fault: error.fault, status: error.status, server: error.server }, {
    fault: "refused",
    status: 400,
    server: http.url,
  });
  assertMatch(error.detail, /'lat': not a number from -90 to 90/);
  assertMatch(error.message, new RegExp(`^${http.url}: .*\\(400\\)$`));
  assertEquals(error.failures, []);
  assertEquals(herd.server, http.url);
  const box = { bbox: [0, 2, 0, 1] } as const;
  assertEquals((await failure(herd.list(box).next())).status, 400);
  assertEquals((await failure(herd.watch(box).next())).status, 400);
});

test("a token is sent, and may be a function", async () => {
  await using node = startNode(loneOptions());
  const token = "a-token-of-the-herd";
  await using http = startHttp(node, { token });
  const statusWith = async (token?: string) =>
    (await failure(new HerdClient(http.url, { token }).near({ lat: 1, lon: 1 }))).status;
  assertEquals([await statusWith(), await statusWith("another-token-than-that")], [401, 401]);
  let asked = 0;
  const later = () => {
    asked++;
    return Promise.resolve(token);
  };
  for (const it of [token, later]) {
    const herd = new HerdClient(http.url, { token: it });
    assertEquals(await herd.near({ lat: 1, lon: 1 }), []);
    const watch = herd.watch();
    assertEquals((await watch.next()).value?.type, "level");
    await watch.return();
  }
  assert(asked >= 2);
});

test("another server is asked when one is gone, and the one that answered is asked first then", async () => {
  await using herd = await startHerd({ links: [["Ann", "Bob"]], http: true });
  const [ann, bob] = ["Ann", "Bob"].map((it) => herd.http(it).url) as [string, string];
  const client = new HerdClient([ann, bob]);
  await client.tell({ id: "kiwi", lat: 1, lon: 1 });
  await until(async () => await new HerdClient(bob).ask("kiwi") !== undefined);
  await herd.stop("Ann");
  assertEquals((await client.ask("kiwi"))?.lat, 1);
  assertEquals(client.server, bob);
  await herd.start("Ann");
  await client.tell({ id: "kiwi", lat: 2, lon: 1 });
  assertEquals(client.server, bob);
});

test("a herd of which no server answers is an error with all failures", async () => {
  const servers = [freePort(), freePort()].map((it) => `http://127.0.0.1:${it}`);
  const error = await failure(new HerdClient(servers).ask("kiwi"));
  assertEquals({ fault: error.fault, status: error.status }, {
    fault: "unreachable",
    status: undefined,
  });
  assertEquals(error.failures.map((it) => it.server), [...servers, ...servers, ...servers]);
  assertMatch(error.message, /the last of 6 tries/);
});

Deno.test("addresses that are none are refused", () => {
  for (const servers of [[], "", "127.0.0.1:13000", "ftp://a", "http://u:p@a", "http://a/?b"]) {
    assertThrows(() => new HerdClient(servers), TypeError);
  }
  assertEquals(new HerdClient("https://a.example/herd/").server, "https://a.example/herd");
});
