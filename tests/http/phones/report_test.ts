// Reports as apps send them, written from what their makers publish of the formats, and what else may come.

import { assertEquals } from "@std/assert";
import { startNode } from "../../../src/server/node.ts";
import { exchange } from "../../support/herds/client.ts";
import { loneOptions } from "../../support/herds/herd.ts";
import { startHttp, type TestHttp } from "../../support/herds/http.ts";
import { bearerFor, tokenFor, tokenKeys } from "../../support/herds/tokens.ts";
import { testWith } from "../../support/test.ts";

const test = testWith("sockets");
const FORM = { "Content-Type": "application/x-www-form-urlencoded" };
const JSON_TYPE = { "Content-Type": "application/json; charset=utf-8" };

/** The status and the text of an answer. */
async function send(http: TestHttp, path: string, init?: RequestInit): Promise<[number, string]> {
  const response = await http.fetch(path, init);
  return [response.status, await response.text()];
}

const post = (body: unknown, headers: Record<string, string> = JSON_TYPE): RequestInit => ({
  method: "POST",
  headers,
  body: typeof body === "string" ? body : JSON.stringify(body),
});

/** Where a client is, in degrees, and the time of that. */
async function where(http: TestHttp, client: string): Promise<unknown[] | undefined> {
  const response = await http.fetch(`/v1/clients/${client}`);
  const { lat, lon, time } = await response.json();
  return response.status === 200 ? [lat, lon, time] : undefined;
}

const AT = [48.85833, 2.29513];
const TRACCAR_9 = {
  location: {
    timestamp: "2018-03-02T20:52:14.918Z",
    coords: {
      latitude: 48.85833,
      longitude: 2.29513,
      accuracy: 5.2,
      speed: 0.4,
      heading: 271.2,
      altitude: 167.8,
    },
    is_moving: true,
    odometer: 41.5,
    event: "motionchange",
    battery: { level: 0.73, is_charging: false },
    activity: { type: "walking" },
    extras: {},
  },
  device_id: "traccar9",
};
const OWNTRACKS = {
  _type: "location",
  acc: 12,
  alt: 160,
  batt: 41,
  bs: 1,
  cog: 271,
  conn: "w",
  lat: 48.85833,
  lon: 2.29513,
  t: "u",
  tid: "ph",
  tst: 1520023934,
  vac: 4,
  vel: 0,
};

test("apps report in their own formats, and get what they take for success", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const osmand = "/v1/report/osmand";
  const table: [app: string, path: string, init: RequestInit, client: string, time: string][] = [
    [
      "OsmAnd 4.8",
      `${osmand}?id=osmand&lat=48.85833&lon=2.29513&timestamp=1520023934918&hdop=5.2&altitude=167.8` +
      "&speed=0.4&bearing=271.2",
      {},
      "osmand",
      "1520023934.918",
    ],
    [
      "GPSLogger 132, custom URL",
      `${osmand}?id=gpslogger&lat=48.85833&lon=2.29513&timestamp=2018-03-02T20:52:14.000Z&acc=5&batt=73`,
      {},
      "gpslogger",
      "1520023934.000",
    ],
    [
      "GPSLogger 132, custom URL with a body",
      osmand,
      post("id=gpslogger2&lat=48.85833&lon=2.29513&timestamp=1520023934", FORM),
      "gpslogger2",
      "1520023934",
    ],
    [
      "Traccar Client 8",
      `${osmand}?id=623842&timestamp=1520023934&lat=48.85833&lon=2.29513&speed=0.0&bearing=0.0&altitude=0.0` +
      "&accuracy=12.0&batt=41.0",
      { method: "POST" },
      "623842",
      "1520023934",
    ],
    ["Traccar Client 9", "/v1/report/traccar", post(TRACCAR_9), "traccar9", "1520023934.918"],
    [
      "a device id that is a number",
      "/v1/report/traccar",
      post({ ...TRACCAR_9, device_id: 77 }),
      "77",
      "1520023934.918",
    ],
    [
      "OwnTracks Android 2.5",
      "/v1/report/owntracks",
      post(OWNTRACKS, {
        ...JSON_TYPE,
        Authorization: `Basic ${btoa("jane:secret")}`,
        "X-Limit-U": "jane",
        "X-Limit-D": "phone",
      }),
      "jane%2Fphone",
      "1520023934",
    ],
    [
      "OwnTracks iOS 18, with its topic",
      "/v1/report/owntracks",
      post({ ...OWNTRACKS, topic: "owntracks/joe/5s" }),
      "joe%2F5s",
      "1520023934",
    ],
    [
      "OwnTracks with its names in the URL",
      "/v1/report/owntracks?u=eve&d=pad",
      post(OWNTRACKS),
      "eve%2Fpad",
      "1520023934",
    ],
  ];
  for (const [app, path, init, client, time] of table) {
    const reply = await send(http, path, init);
    const success = path.includes("owntracks") ? "[]" : "";
    assertEquals({ app, reply }, { app, reply: [200, success] });
    assertEquals({ app, at: await where(http, client) }, { app, at: [...AT, time] });
  }
});

test("a report without a time is of now, and an older one than is known is no failure", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const path = "/v1/report/osmand?id=k&lat=1&lon=1";
  assertEquals(await send(http, path), [200, ""]);
  const [, , time] = (await where(http, "k"))!;
  assertEquals(Math.abs(Number(time) - Date.now() / 1000) < 60, true);
  assertEquals(await send(http, "/v1/report/osmand?id=k&lat=2&lon=2&timestamp=1520023934"), [
    200,
    "",
  ]);
  assertEquals((await where(http, "k"))!.slice(0, 2), [1, 1]);
});

test("a batch of a phone that was offline is taken, without what is no location", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const at = (latitude: unknown, second: number) => ({
    timestamp: `2018-03-02T20:52:${second}Z`,
    coords: { latitude, longitude: 2 },
  });
  const location = [at(3, 12), at(5, 14), at(91, 15), at(4, 13), null, {}];
  const path = "/v1/report/traccar";
  assertEquals(await send(http, path, post({ device_id: "k", location })), [200, ""]);
  assertEquals(await where(http, "k"), [5, 2, "1520023934"]);
  const messages = [{ ...OWNTRACKS, lat: 7 }, { _type: "status" }, { ...OWNTRACKS, tst: 1 }, 5];
  const names = { ...JSON_TYPE, "X-Limit-U": "a", "X-Limit-D": "b" };
  assertEquals(await send(http, "/v1/report/owntracks", post(messages, names)), [200, "[]"]);
  assertEquals(await where(http, "a%2Fb"), [7, 2.29513, "1520023934"]);
  assertEquals((await send(http, path, post({ device_id: "k", location: [at(91, 1)] })))[0], 400);
});

test("OwnTracks' other messages, and none at all, are no failure", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const path = "/v1/report/owntracks";
  const bodies = [
    "",
    { _type: "waypoint", desc: "Home", lat: 1, lon: 1, rad: 50, tst: 1 },
    { _type: "transition", event: "enter", lat: 1, lon: 1, tst: 1 },
    { _type: "lwt", tst: 1 },
    { _type: "encrypted", data: "x" },
    {},
    [],
  ];
  for (const body of bodies) assertEquals(await send(http, path, post(body)), [200, "[]"]);
});

test("what is out of range or of form is refused, and says what", async () => {
  await using node = startNode(loneOptions({ limits: { maxClients: 1 } }));
  await using http = startHttp(node);
  const osmand = (query: string): [string, RequestInit] => [`/v1/report/osmand?${query}`, {}];
  const traccar = (body: unknown): [string, RequestInit] => ["/v1/report/traccar", post(body)];
  const owntracks = (body: unknown): [string, RequestInit] => [
    "/v1/report/owntracks?u=a&d=b",
    post(body),
  ];
  const table: [request: [string, RequestInit], status: number, detail: string][] = [
    [osmand("id=k&lat=91&lon=1"), 400, "'lat': not a number from -90 to 90"],
    [osmand("id=k&lat=1&lon=-180.1"), 400, "'lon': not a number from -180 to 180"],
    [osmand("id=k&lat=NaN&lon=1"), 400, "'lat': not a number"],
    [osmand("id=k&lat=1"), 400, "'lon': missing"],
    [osmand("id=k&lat=1&lon=1&timestamp=yesterday"), 400, "'timestamp': not POSIX seconds"],
    [osmand("lat=1&lon=1"), 400, "The report names no client"],
    [osmand("id=&lat=1&lon=1"), 400, "The report names no client"],
    [osmand("id=a+b&lat=1&lon=1"), 400, "white space"],
    [osmand(`id=${"x".repeat(4_097)}&lat=1&lon=1`), 400, "too long"],
    [traccar("{"), 400, "The body is not JSON"],
    [traccar({ device_id: "k" }), 400, "'location': missing"],
    [traccar({ device_id: "k", location: {} }), 400, "'coords': missing"],
    [traccar({ ...TRACCAR_9, device_id: undefined }), 400, "The report names no client"],
    [owntracks({ ...OWNTRACKS, lat: 100 }), 400, "'lat': not a number from -90 to 90"],
    [owntracks({ ...OWNTRACKS, lat: "1" }), 400, "'lat': not a number"],
    [owntracks("nonsense"), 400, "The body is not JSON"],
    [owntracks("5"), 400, "The body is not JSON"],
    [osmand("id=k&lat=1&lon=1"), 200, ""],
    [osmand("id=l&lat=1&lon=1"), 507, "no room"],
  ];
  for (const [[path, init], status, detail] of table) {
    const [got, text] = await send(http, path, init);
    assertEquals({ path, got, text, isSaid: text.includes(detail) }, {
      path,
      got: status,
      text,
      isSaid: true,
    });
  }
});

test("a phone's token goes into the path or the password, and tells its clients alone", async () => {
  await using node = startNode(loneOptions());
  const apiToken = "a-token-of-24-characters";
  await using http = startHttp(node, { tokens: tokenKeys(), token: apiToken });
  const [many, one, reader] = await Promise.all([
    tokenFor("kiwi*", "tell"),
    tokenFor("kiwi", "tell"),
    tokenFor("kiwi*", "read"),
  ]);
  const query = (client: string) => `osmand?id=${client}&lat=1&lon=1`;
  const basic = (user: string, password: string) => ({
    ...JSON_TYPE,
    Authorization: `Basic ${btoa(`${user}:${password}`)}`,
    "X-Limit-D": "phone",
  });
  const table: [path: string, init: RequestInit, status: number][] = [
    [`/v1/report/${many}/${query("kiwi1")}`, {}, 200],
    [`/v1/report/${many}/${query("kiwi%2F..%2Fx")}`, {}, 200],
    [`/v1/report/${many}/${query("plum")}`, {}, 403],
    [`/v1/report/${many}/osmand?lat=1&lon=1`, {}, 400],
    [`/v1/report/${one}/osmand?lat=1&lon=1`, {}, 200],
    [`/v1/report/${one}/${query("kiwi1")}`, {}, 403],
    [`/v1/report/${reader}/${query("kiwi1")}`, {}, 403],
    [`/v1/report/${many.slice(0, -1)}/${query("kiwi1")}`, {}, 401],
    [`/v1/report/${encodeURIComponent(many).replace(".", "%2E")}/${query("kiwi1")}`, {}, 401],
    [`/v1/report/${apiToken}/${query("kiwi1")}`, {}, 401],
    [`/v1/report//${query("kiwi1")}`, {}, 401],
    [`/v1/report/${query("kiwi1")}`, {}, 401],
    [`/v1/report/${query("kiwi1")}`, { headers: { Authorization: `Bearer ${apiToken}` } }, 200],
    ["/v1/report/owntracks", post(OWNTRACKS, basic("kiwi", many)), 200],
    ["/v1/report/owntracks", post(OWNTRACKS, basic("plum", many)), 403],
    ["/v1/report/owntracks", post(OWNTRACKS, basic("plum", one)), 200],
    [`/v1/report/${many}/traccar`, post(TRACCAR_9), 403],
    [`/v1/report/${many}/traccar`, post({ ...TRACCAR_9, device_id: "kiwi9" }), 200],
  ];
  for (const [path, init, status] of table) {
    const [got, text] = await send(http, path, init);
    assertEquals({ path, text, got }, { path, text, got: status });
  }
  const headers = await bearerFor("*", "read");
  const { clients } = await (await http.fetch("/v1/clients?near=1,1&radius=20000", { headers }))
    .json();
  const ids = clients.map(({ id }: { id: string }) => id).toSorted();
  assertEquals(ids, ["kiwi", "kiwi%2F..%2Fx", "kiwi%2Fphone", "kiwi1", "kiwi9"]);
});

test("a report is the same record as the IAMAT line that says the same", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  await send(http, "/v1/report/osmand?id=k&lat=34.06893&lon=-118.445127&timestamp=1520023934.5");
  const reply = await exchange(node.address.port, "WHATSAT k 1 0\n");
  assertEquals(/ k (\S+ \S+)\n/.exec(reply)?.[1], "+34.06893-118.445127 1520023934.5");
});
