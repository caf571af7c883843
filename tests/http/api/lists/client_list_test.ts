// Lists of clients over HTTP: areas, pages, filters and forms.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { startNode } from "../../../../src/server/node.ts";
import { exchange } from "../../../support/herds/client.ts";
import { loneOptions } from "../../../support/herds/herd.ts";
import { startHttp, type TestHttp } from "../../../support/herds/http.ts";
import { bearerFor, tokenKeys } from "../../../support/herds/tokens.ts";
import { testWith } from "../../../support/test.ts";

const test = testWith("sockets");

interface Listed {
  readonly clients: readonly { readonly id: string }[];
  readonly next?: string;
  readonly hasMore?: boolean;
}

async function list(http: TestHttp, query: string, headers: HeadersInit = {}): Promise<Listed> {
  const response = await http.fetch(`/v1/clients${query}`, { headers });
  const answer = await response.json();
  assertEquals({ query, status: response.status, detail: answer.detail }, {
    query,
    status: 200,
    detail: undefined,
  });
  return answer;
}

const ids = ({ clients }: Listed) => clients.map((it) => it.id).join(" ");

const WORLD = "IAMAT west +0-179.5 10\nIAMAT east +0+179.4 20\nIAMAT pole +90+10 30\n" +
  "IAMAT edge +0+180 40\nIAMAT a/b +10+10 1520023934.918963997\nIAMAT a/\xff +10+11 60\n";

test("GET clients lists those of a box, also over the antimeridian and at a pole", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  assertEquals(await list(http, ""), {
    clients: [],
    next: `${node.store.feed.id}:0`,
    hasMore: false,
  });
  await exchange(node.address.port, WORLD);
  assertEquals(ids(await list(http, "")), "west east pole edge a%2Fb a%2F%FF");
  assertEquals(ids(await list(http, "?bbox=179,-1,-179,1")), "west east edge");
  assertEquals(ids(await list(http, "?bbox=-180,-1,-179.4,1")), "west edge");
  assertEquals(ids(await list(http, "?bbox=-120,80,-100,90")), "pole");
  assertEquals(ids(await list(http, "?bbox=10,10,10.5,10")), "a%2Fb");
  assertEquals(ids(await list(http, "?bbox=-180,-90,180,90&limit=2")), "west east");
});

test("GET clients goes on after a page, and gives again what has moved since", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  await exchange(node.address.port, WORLD);
  const first = await list(http, "?limit=4");
  assertEquals({ ids: ids(first), hasMore: first.hasMore }, {
    ids: "west east pole edge",
    hasMore: true,
  });
  await exchange(node.address.port, "IAMAT east +1+1 70\nIAMAT a/b +1+1 1520023935\n");
  const second = await list(http, `?limit=4&after=${first.next}`);
  assertEquals({ ids: ids(second), hasMore: second.hasMore }, {
    ids: "a%2F%FF east a%2Fb",
    hasMore: false,
  });
  assertEquals(ids(await list(http, `?after=${second.next}`)), "");
  // Of a feed that is gone there is nothing to go on from.
  assertEquals((await list(http, "?after=abc:5")).clients.length, 6);
});

test("GET clients has a circle in pages where it is asked for them", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  await exchange(node.address.port, WORLD);
  const near = "?near=0,180&radius=100";
  const nearest = await list(http, near);
  assertEquals({ ids: ids(nearest), next: nearest.next }, {
    ids: "edge west east",
    next: undefined,
  });
  const page = await list(http, `${near}&limit=2&after=start`);
  assertEquals({ ids: ids(page), hasMore: page.hasMore }, { ids: "west east", hasMore: true });
  assertEquals(ids(await list(http, `${near}&after=${page.next}`)), "edge");
});

test("GET clients filters by prefix, by time, and by what a token covers", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node, { tokens: tokenKeys() });
  await exchange(node.address.port, WORLD);
  const headers = await bearerFor("*", "read");
  assertEquals(ids(await list(http, "?prefix=a%2F", headers)), "a%2Fb a%2F%FF");
  assertEquals(ids(await list(http, "?prefix=a/%FF", headers)), "a%2F%FF");
  assertEquals(ids(await list(http, "?near=0,180&radius=100&prefix=e", headers)), "edge east");
  assertEquals(ids(await list(http, "?changedSince=60", headers)), "a%2Fb a%2F%FF");
  assertEquals(
    ids(await list(http, "?changedSince=2018-03-02T20:52:14.918963997Z", headers)),
    "a%2Fb",
  );
  assertEquals(ids(await list(http, "?changedSince=1520023934.918963998", headers)), "");
  assertEquals(ids(await list(http, "", await bearerFor("e*", "read"))), "east edge");
});

test("GET clients gives GeoJSON and lines of JSON to whoever accepts them", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  await exchange(node.address.port, WORLD);
  const ask = (accept: string) =>
    http.fetch("/v1/clients?limit=1&prefix=a%2F&with=text,date", { headers: { Accept: accept } });
  const geo = await ask("text/html, application/geo+json;q=0.9, application/json;q=0.5");
  assertEquals(geo.headers.get("Content-Type"), "application/geo+json");
  const { features: [feature], type, hasMore } = await geo.json();
  assertEquals({ type, hasMore, id: feature.id, geometry: feature.geometry }, {
    type: "FeatureCollection",
    hasMore: true,
    id: "a%2Fb",
    geometry: { type: "Point", coordinates: [10, 10] },
  });
  const { text, date, time } = feature.properties;
  assertEquals({ text, date, time }, {
    text: "a/b",
    date: "2018-03-02T20:52:14.918963997Z",
    time: "1520023934.918963997",
  });
  const lines = await ask("application/x-ndjson");
  const next =
    /^<(\/v1\/clients\?limit=1&prefix=a%2F&with=text,date&after=[\da-f]+:\d+)>; rel="next"$/
      .exec(lines.headers.get("Link")!)![1]!;
  assertEquals((await lines.text()).split("\n").length, 2);
  const rest = await http.fetch(next, { headers: { Accept: "application/x-ndjson" } });
  const last = JSON.parse(await rest.text());
  assertEquals({ id: last.id, text: last.text, link: rest.headers.get("Link") }, {
    id: "a%2F%FF",
    text: undefined,
    link: null,
  });
});

test("parameters that are unknown, out of range or do not go together are refused", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const table: [path: string, detail: RegExp][] = [
    ["/v1/clients?bbox=1,2,3", /^'bbox': not west,south,east,north/],
    ["/v1/clients?bbox=0,2,0,1", /south is north/],
    ["/v1/clients?bbox=0,0,181,1", /^'bbox': not a number from -180/],
    ["/v1/clients?bbox=0,0,1,1&near=0,0", /do not go together/],
    ["/v1/clients?radius=1", /'radius' goes with 'near'/],
    ["/v1/clients?limit=1001", /^'limit'/],
    ["/v1/clients?after=7", /^'after': neither/],
    ["/v1/clients?with=texts", /^'with': not of text,date$/],
    ["/v1/clients?prefix=%25%2", /^'prefix': not the beginning/],
    ["/v1/clients?changedSince=yesterday", /^'changedSince': not POSIX/],
    ["/v1/clients?changed_since=1", /^'changed_since': unknown; did you mean 'changedSince'\?/],
    ["/v1/clients/k?radius=1", /^'radius': unknown\. The parameters are: id$/],
    ["/v1/clients/k/places?raduis=1", /did you mean 'radius'/],
    ["/v1/status?digset=true", /did you mean 'digest'/],
    ["/v1/history?x=1", /^'x': unknown\. This takes no parameters$/],
    ["/v1/changes?from=1", /^'from': unknown/],
    ["/v1/line?x", /unknown/],
    [`/v1/history?${"y".repeat(5_000)}`, /^'y{32}': unknown/],
  ];
  for (const [path, detail] of table) {
    const response = await http.fetch(path);
    const problem = await response.json();
    assertEquals({ path, status: response.status }, { path, status: 400 });
    assertMatch(problem.detail, detail);
  }
  const probe = await http.fetch("/healthz?verbose");
  assert(probe.ok, "a health check with a parameter is answered");
  await probe.body?.cancel();
});
