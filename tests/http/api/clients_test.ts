// The REST API of clients against a real server and the line protocol beside it.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { startNode } from "../../../src/server/node.ts";
import { exchange } from "../../support/herds/client.ts";
import { loneOptions, NO_PLACES, placesOf } from "../../support/herds/herd.ts";
import { startHttp, type TestHttp } from "../../support/herds/http.ts";
import { testWith } from "../../support/test.ts";

const test = testWith("sockets");

function put(http: TestHttp, id: string, body: unknown): Promise<Response> {
  return http.fetch(`/v1/clients/${id}/location`, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

test("PUT location is an IAMAT, whatever bytes the id has", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const time = "1520023934.918963997123";
  const response = await put(http, "a%2F%FF", { lat: 34.06893, lon: -118.445127, time });
  assertEquals(response.status, 200);
  const taken = await response.json();
  const { skew } = taken;
  assertMatch(skew, /^\+\d+\.\d{9}$/);
  const client = {
    id: "a%2F%FF",
    lat: 34.06893,
    lon: -118.445127,
    location: "+34.06893-118.445127",
    time,
    server: "Goloman",
    skew,
  };
  assertEquals(taken, { ...client, isStored: true });
  assertEquals(await (await http.fetch("/v1/clients/a%2f%ff")).json(), client);
  const reply = await exchange(node.address.port, "WHATSAT a/\xff 1 0\n");
  assertEquals(
    reply.slice(0, reply.indexOf("\n")),
    `AT Goloman ${skew} a/\xff +34.06893-118.445127 ${time}`,
  );
  assertEquals(node.status.clients.requests.iamat, 1);
});

test("PUT location without a time is of now, and an older one changes nothing", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const { time, skew, isStored } = await (await put(http, "k", { lat: 1, lon: 1 })).json();
  assert(Math.abs(Number(time) - Date.now() / 1000) < 5, time);
  assertEquals({ skew, isStored }, { skew: "+0.000000000", isStored: true });
  const older = await (await put(http, "k", { lat: 2, lon: 2, time: "1000" })).json();
  const { isStored: isOlderStored, because, lat, time: olderTime } = older;
  assertEquals({ isOlderStored, because, lat, olderTime }, {
    isOlderStored: false,
    because: "older",
    lat: 2,
    olderTime: "1000",
  });
  assertEquals((await (await http.fetch("/v1/clients/k")).json()).lat, 1);
  assertEquals(node.status.clients.requests.older, 1);
});

test("PUT location says why it changes nothing", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const tell = async (client: string, time: string) =>
    (await (await put(http, client, { lat: 1, lon: 1, time })).json()).because;
  assertEquals(await tell("k", "1000.5"), undefined);
  assertEquals(await tell("k", "1000.499999999"), "older");
  assertEquals(await tell("k", "1000.500000000"), "tied");
  await node.clients.forget(new TextEncoder().encode("k"));
  assertEquals(await tell("k", "1000.6"), "removed");
  node.store.horizon = 900;
  assertEquals(await tell("x", "899"), "expired");
  const { iamat, older, tied, removed, expired } = node.status.clients.requests;
  assertEquals({ iamat, older, tied, removed, expired }, {
    iamat: 5,
    older: 1,
    tied: 1,
    removed: 1,
    expired: 1,
  });
});

test("PUT location takes a time as RFC 3339, too, and as a whole number", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const table: [time: unknown, posix: string][] = [
    ["2018-03-02T19:32:14.918963997123Z", "1520019134.918963997123"],
    ["2018-03-02 20:32:15+01:00", "1520019135"],
    [1520019136, "1520019136"],
  ];
  for (const [time, posix] of table) {
    const taken = await (await put(http, "k", { lat: 1, lon: 1, time })).json();
    assertEquals({ time: taken.time, isStored: taken.isStored }, { time: posix, isStored: true });
  }
});

test("PUT location writes degrees as the protocol has them", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const table: [lat: number, lon: number, location: string][] = [
    [0, -0, "+0+0"],
    [90, -180, "+90-180"],
    [1e-7, -1e-9, "+0.0000001-0.000000001"],
    [34.1234567891234, 100, "+34.123456789+100"],
  ];
  for (const [index, [lat, lon, location]] of table.entries()) {
    const response = await put(http, "k", { lat, lon, time: `${index}` });
    assertEquals((await response.json()).location, location);
  }
});

test("PUT location says what is wrong with a body", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const good = { lat: 1, lon: 1, time: "1" };
  const table: [body: unknown, status: number, detail: RegExp][] = [
    ["{", 400, /not JSON/],
    ["[]", 400, /^'lat': missing; 'lon': missing$/],
    ["7", 400, /^The body: not an object$/],
    [{}, 400, /^'lat': missing; 'lon': missing$/],
    [{ ...good, lat: 90.1 }, 400, /^'lat': not a number from -90 to 90$/],
    [{ ...good, lon: "1" }, 400, /^'lon': not a number from -180 to 180$/],
    [{ ...good, time: 1.5 }, 400, /^'time': not POSIX seconds/],
    [{ ...good, time: "2018-02-30T00:00:00Z" }, 400, /^'time': not POSIX seconds/],
    [{ ...good, time: null }, 400, /^'time': not POSIX seconds/],
    [{ ...good, time: "-1" }, 400, /^'time': not POSIX seconds/],
    [{ ...good, time: `1.${"0".repeat(4080)}` }, 413, /over 4096 bytes/],
    [{ ...good, time: `1.${"0".repeat(4040)}` }, 400, /too long/],
    [{ ...good, alt: 1 }, 400, /^'alt': unknown$/],
  ];
  for (const [body, status, detail] of table) {
    const response = await put(http, "k".repeat(50), body);
    assertEquals(response.status, status, JSON.stringify(body).slice(0, 80));
    assertMatch((await response.json()).detail, detail);
  }
  const form = await http.fetch("/v1/clients/k/location", { method: "PUT", body: "lat=1" });
  assertEquals(form.status, 415);
  assertEquals((await form.json()).title, "Unsupported Media Type");
  assertEquals(node.store.size, 0);
});

test("PUT location of a new client is refused where there is no room for more", async () => {
  await using node = startNode(loneOptions({ limits: { maxClients: 1 } }));
  await using http = startHttp(node);
  await (await put(http, "a", { lat: 1, lon: 1 })).body?.cancel();
  const response = await put(http, "b", { lat: 1, lon: 1 });
  assertEquals({ status: response.status, title: (await response.json()).title }, {
    status: 507,
    title: "Insufficient Storage",
  });
});

test("GET places is a WHATSAT: the client, and what the provider gave as it is printed", async () => {
  const asked: unknown[] = [];
  await using node = startNode(loneOptions({
    places: placesOf((location, radius, bound) => {
      asked.push([location, radius, bound]);
      return { ...NO_PLACES, results: [{ name: "Café" }], status: "OK" };
    }),
  }));
  await using http = startHttp(node);
  await exchange(node.address.port, "IAMAT k +34.5-118.25 1\n");
  const response = await http.fetch("/v1/clients/k/places?radius=1.5&limit=3");
  const { client, places } = await response.json();
  assertEquals({ id: client.id, time: client.time }, { id: "k", time: "1" });
  assertEquals(places, { html_attributions: [], results: [{ name: "Café" }], status: "OK" });
  await (await http.fetch("/v1/clients/k/places")).body?.cancel();
  const location = { latitude: 34.5, longitude: -118.25 };
  assertEquals(asked, [[location, 1_500, 3], [location, 10_000, 5]]);
  for (const query of ["radius=51", "radius=1%201", "limit=21", "limit=1.5", "radius=-1"]) {
    const refused = await http.fetch(`/v1/clients/k/places?${query}`);
    assertEquals({ query, status: refused.status }, { query, status: 400 });
    await refused.body?.cancel();
  }
});

test("GET clients near a point gives the nearest first, with their distances", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const near = async (query: string) => {
    const response = await http.fetch(`/v1/clients?${query}`);
    const { clients } = await response.json();
    return clients.map((it: { id: string; metres: number }) => [it.id, Math.round(it.metres)]);
  };
  assertEquals(await near("near=0,0"), []);
  await exchange(
    node.address.port,
    "IAMAT west +0-179.995 1\nIAMAT east +0+179.99 1\nIAMAT far +0+0 1\n",
  );
  assertEquals(await near("near=0,180&radius=2"), [["west", 556], ["east", 1112]]);
  assertEquals(await near("near=0,-179.9999&radius=2&limit=1"), [["west", 545]]);
  assertEquals((await near("near=0,180&radius=20016")).length, 3);
  for (
    const query of [
      "near=1",
      "near=1,2,3",
      "near=91,0",
      "near=0,0x1",
      "near=0,0&radius=-1",
      "near=0,0&radius=99999",
      "near=0,0&limit=0",
      "near=0,0&limit=1e3",
    ]
  ) {
    const refused = await http.fetch(`/v1/clients?${query}`);
    assertEquals({ query, status: refused.status }, { query, status: 400 });
    await refused.body?.cancel();
  }
});

test("DELETE forgets a client, and a stopping server changes nothing any more", async () => {
  const node = startNode(loneOptions());
  await using http = startHttp(node);
  await exchange(node.address.port, "IAMAT k +1+1 1\n");
  const forget = () => http.fetch("/v1/clients/k", { method: "DELETE" });
  assertEquals(await (await forget()).json(), { wasKnown: true });
  const gone = await http.fetch("/v1/clients/k");
  assertEquals({ status: gone.status, detail: (await gone.json()).detail }, {
    status: 404,
    detail: "No client 'k' is known",
  });
  assertEquals(await (await forget()).json(), { wasKnown: false });
  await node.stop();
  for (const response of [await forget(), await put(http, "k", { lat: 1, lon: 1 })]) {
    assertEquals(response.status, 503);
    assertEquals((await response.json()).status, 503);
  }
});

test("an id may come in the query, for what a path cannot hold", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  await exchange(node.address.port, "IAMAT .. +1+1 1\nIAMAT \xff +2+2 1\n");
  const lat = async (path: string) => (await (await http.fetch(path)).json()).lat;
  assertEquals(await lat("/v1/clients/-?id=.."), 1);
  assertEquals(await lat("/v1/clients/-?id=%FF"), 2);
  assertEquals(await lat("/v1/clients/-?id=%2E%2e"), 1);
  const both = await http.fetch("/v1/clients/kiwi?id=..");
  assertEquals(both.status, 400);
  await both.body?.cancel();
  const forgotten = await http.fetch("/v1/clients/-?id=..", { method: "DELETE" });
  assertEquals(await forgotten.json(), { wasKnown: true });
});
