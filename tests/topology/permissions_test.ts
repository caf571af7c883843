// What a server may touch: the lists themselves, and that Deno holds a server to them.

import { assert, assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../src/base/errors.ts";
import {
  permissionsFor,
  permissionsForAll,
  PROXY_VARIABLES,
  revocations,
  toFlags,
} from "../../src/topology/permissions.ts";
import { parseTopology } from "../../src/topology/topology.ts";
import { probe } from "../support/processes/permission_probe.ts";
import { testWith } from "../support/test.ts";

/** A chain of three: Ann and Eve are no neighbours. */
const chain = parseTopology(JSON.stringify({
  herd: "test",
  servers: {
    Ann: { host: "127.0.0.1", port: 1, http: 11 },
    Bob: { host: "::1", port: 2 },
    Eve: { host: "127.0.0.2", port: 3, http: 13 },
  },
  links: [["Ann", "Bob"], ["Bob", "Eve"]],
}));
const start = { topologyFile: "t.json" };

Deno.test("permissionsFor() is the server's own addresses, neighbours, places and data", () => {
  assertEquals(permissionsFor(chain, "Ann", start), {
    net: ["127.0.0.1:1", "[::1]:2", "127.0.0.1:11", "places.googleapis.com:443"],
    read: ["t.json", "data/Ann"],
    write: ["data/Ann"],
    env: [
      "HERD_SECRET",
      "HERD_API_TOKEN",
      "HERD_TOKEN_KEY",
      "GOOGLE_PLACES_API_KEY",
      ...PROXY_VARIABLES,
    ],
  });
  assertEquals(permissionsFor(chain, "Bob", { ...start, places: "gazetteer" }), {
    net: ["[::1]:2", "127.0.0.1:1", "127.0.0.2:3"],
    read: ["t.json", "data/Bob"],
    write: ["data/Bob"],
    env: ["HERD_SECRET", "HERD_API_TOKEN", "HERD_TOKEN_KEY"],
  });
});

Deno.test("permissionsFor() follows the options that the server is started with", () => {
  const { net, read, write } = permissionsFor(chain, "Eve", {
    ...start,
    host: "0.0.0.0",
    port: 4,
    places: "google-legacy",
    secretFile: "/run/secret",
    logFile: "eve.log",
  });
  const logs = ["eve.log", ...[1, 2, 3, 4, 5].map((it) => `eve.log.${it}`)];
  assertEquals(net, ["0.0.0.0:4", "[::1]:2", "0.0.0.0:13", "maps.googleapis.com:443"]);
  assertEquals(read, ["t.json", "/run/secret", "data/Eve", ...logs]);
  assertEquals(write, ["data/Eve", ...logs]);
});

Deno.test("permissionsFor() has the NATS servers and credentials of those on the backbone", () => {
  const text = JSON.stringify({
    herd: "test",
    backbone: { nats: ["tls://nats.example", "tls://[::1]:5"], servers: ["Ann"] },
    servers: { Ann: { host: "127.0.0.1", port: 1 }, Bob: { host: "127.0.0.1", port: 2 } },
    links: [["Ann", "Bob"]],
  });
  const topology = parseTopology(text);
  const options = { ...start, places: "gazetteer", natsCredentials: "n.creds", natsCa: "ca.pem" };
  const ann = permissionsFor(topology, "Ann", options);
  assertEquals(ann.net, ["127.0.0.1:1", "127.0.0.1:2", "nats.example:4222", "[::1]:5"]);
  assertEquals(ann.read, ["t.json", "n.creds", "ca.pem", "data/Ann"]);
  assertEquals(ann.env, [
    "HERD_SECRET",
    "HERD_API_TOKEN",
    "HERD_TOKEN_KEY",
    "HERD_NATS_CREDENTIALS",
  ]);
  const bob = permissionsFor(topology, "Bob", options);
  assertEquals(bob.net, ["127.0.0.1:2", "127.0.0.1:1"]);
  assertEquals(bob.read, ["t.json", "data/Bob"]);
  assertEquals(bob.env, ["HERD_SECRET", "HERD_API_TOKEN", "HERD_TOKEN_KEY"]);
  const revoked = revocations(topology, "Bob", options);
  for (
    const grant of [
      { name: "net", host: "nats.example:4222" },
      { name: "net", host: "[::1]:5" },
      { name: "env", variable: "HERD_NATS_CREDENTIALS" },
    ]
  ) {
    const isSame = (it: Deno.PermissionDescriptor) => JSON.stringify(it) === JSON.stringify(grant);
    assert(revoked.some(isSame), `${JSON.stringify(grant)} is not given up`);
  }
});

Deno.test("permissionsFor() has the HTTP ports of neighbours, where there is one to ask from", () => {
  const pair = parseTopology(JSON.stringify({
    herd: "test",
    servers: {
      Ann: { host: "127.0.0.1", port: 1, http: 11 },
      Bob: { host: "127.0.0.1", port: 2, http: 12 },
    },
    links: [["Ann", "Bob"]],
  }));
  const options = { ...start, places: "gazetteer" };
  const tcp = ["127.0.0.1:1", "127.0.0.1:2"];
  assertEquals(permissionsFor(pair, "Ann", options).net, [
    ...tcp,
    "127.0.0.1:11",
    "127.0.0.1:12",
  ]);
  assertEquals(permissionsFor(pair, "Ann", { ...options, noHttp: true }).net, tcp);
});

Deno.test("permissionsFor() has the ports of links and the files of certificates with TLS", () => {
  const topology = parseTopology(JSON.stringify({
    herd: "test",
    tls: { certs: "c" },
    servers: {
      Ann: { host: "127.0.0.1", port: 1, link: 21 },
      Bob: { host: "::1", port: 2, link: 22 },
    },
    links: [["Ann", "Bob"]],
  }));
  const { net, read, write } = permissionsFor(topology, "Ann", {
    ...start,
    host: "0.0.0.0",
    places: "gazetteer",
  });
  assertEquals(net, ["0.0.0.0:1", "0.0.0.0:21", "[::1]:22"]);
  assertEquals(read, ["t.json", "c/ca.pem", "c/Ann.pem", "c/Ann.key", "data/Ann"]);
  assertEquals(write, ["data/Ann"]);
  const given = revocations(topology, "Ann", { ...start, places: "gazetteer" });
  assert(given.some((it) => it.name === "read" && it.path === "c/Bob.key"));
});

Deno.test("permissionsFor() has the files of HTTPS, where the server has an HTTP port", () => {
  const textOf = (http: string | boolean) =>
    JSON.stringify({
      herd: "test",
      tls: { certs: "c", http },
      servers: { Ann: { host: "127.0.0.1", port: 1, link: 21, http: 31 } },
      links: [],
    });
  const options = { ...start, places: "gazetteer", durability: "none" } as const;
  const read = (http: string | boolean, noHttp = false) =>
    permissionsFor(parseTopology(textOf(http)), "Ann", { ...options, noHttp }).read;
  const herd = ["t.json", "c/ca.pem", "c/Ann.pem", "c/Ann.key"];
  assertEquals(read(true), herd);
  assertEquals(read("web"), [...herd, "web/ca.pem", "web/Ann.pem", "web/Ann.key"]);
  assertEquals(read("web", true), herd);
});

Deno.test("permissionsFor() follows the source of places", () => {
  const table: [places: string, net: string[], read: string[], key: boolean][] = [
    ["gazetteer", [], [], false],
    ["google", ["places.googleapis.com:443"], [], true],
    ["google-legacy", ["maps.googleapis.com:443"], [], true],
    ["overpass:http://127.0.0.1:8080/api", ["127.0.0.1:8080"], [], false],
    ["overpass:https://osm.example/api", ["osm.example:443"], [], false],
    ["file:cafes.geojson", [], ["cafes.geojson"], false],
  ];
  for (const [places, net, read, key] of table) {
    const permissions = permissionsFor(chain, "Ann", { ...start, places });
    assertEquals(permissions.net.slice(3), net);
    assertEquals(permissions.read, ["t.json", ...read, "data/Ann"]);
    assertEquals(permissions.env.includes("GOOGLE_PLACES_API_KEY"), key);
  }
  assertThrows(
    () => permissionsFor(chain, "Ann", { ...start, places: "yelp" }),
    ConfigError,
    "Cannot take places from 'yelp'",
  );
});

Deno.test("permissionsFor() has a proxy in place of Google, for what asks Google alone", () => {
  const googleUrl = "http://127.0.0.1:8080/google";
  const net = (places: string) =>
    permissionsFor(chain, "Ann", { ...start, places, googleUrl }).net.slice(3);
  assertEquals(net("google"), ["127.0.0.1:8080"]);
  assertEquals(net("google-legacy"), ["127.0.0.1:8080"]);
  assertEquals(net("gazetteer"), []);
});

Deno.test("permissionsFor() refuses a server that the herd has not", () => {
  assertThrows(() => permissionsFor(chain, "Abe", start), ConfigError, "named 'Abe'");
});

Deno.test("toFlags() leaves out what is empty and refuses what no flag can say", () => {
  const nothing = { net: [], read: [], write: [], env: [] };
  assertEquals(toFlags(nothing), []);
  assertEquals(toFlags({ ...nothing, read: ["a", "b c"], env: ["X"] }), [
    "--allow-read=a,b c",
    "--allow-env=X",
  ]);
  assertThrows(
    () => toFlags({ ...nothing, write: ["a,b"] }),
    ConfigError,
    "Cannot grant 'a,b': its name has a comma",
  );
});

Deno.test("revocations() leave exactly what the server needs of what all need", () => {
  for (const name of chain.servers.keys()) {
    for (const places of [undefined, "gazetteer", "google", "google-legacy"] as const) {
      const all = permissionsForAll(chain, start);
      const given = revocations(chain, name, { ...start, places });
      const revoked = given.map((it) =>
        it.name === "net" ? it.host : it.name === "env" ? it.variable : "path" in it ? it.path : ""
      );
      const own = permissionsFor(chain, name, { ...start, places });
      for (const kind of ["net", "read", "write", "env"] as const) {
        const left = all[kind].filter((it) => !revoked.includes(it));
        assertEquals(left.toSorted(), own[kind].toSorted());
      }
      assert(given.some((it) => it.name === "run") && given.some((it) => it.name === "ffi"));
    }
  }
});

Deno.test("permissionsFor() takes no host that grants more than one address", () => {
  for (const host of ["*", "0.0.0.0/0", "10.0.0.0/8", "*.example", "a b", "a,b", ""]) {
    assertThrows(
      () => permissionsFor(chain, "Ann", { ...start, host }),
      ConfigError,
      "no host name",
    );
  }
});

testWith("processes")(
  "a server that was started with its flags reaches its neighbours and nothing else",
  async () => {
    const flags = toFlags(permissionsFor(chain, "Ann", { ...start, places: "gazetteer" }));
    assertEquals(await probe(flags, [], Object.keys(ANN_MAY)), ANN_MAY);
  },
);

testWith("processes")(
  "a server that was started with the flags of all gives up what is not its own",
  async () => {
    const flags = toFlags(permissionsForAll(chain, start));
    const wanted = Object.keys(ANN_MAY);
    const before = await probe(flags, [], wanted.filter((it) => !it.includes("googleapis")));
    assertEquals(before["dial 127.0.0.2:3"], true);
    assertEquals(before["write data/Eve"], true);
    const given = revocations(chain, "Ann", { ...start, places: "gazetteer" });
    assertEquals(await probe(flags, given, wanted), ANN_MAY);
  },
);

/** What Ann tries, and whether it may. */
const ANN_MAY: Record<string, boolean> = {
  "listen 127.0.0.1:1": true,
  "listen 127.0.0.1:11": true,
  "dial [::1]:2": true,
  "read t.json": true,
  "read data/Ann/herd.db": true,
  "write data/Ann/herd.db": true,
  "env HERD_SECRET": true,
  "env HERD_API_TOKEN": true,
  "dial 127.0.0.2:3": false,
  "dial 127.0.0.1:13": false,
  "dial places.googleapis.com:443": false,
  "listen 127.0.0.1:12": false,
  "read deno.json": false,
  "read data/Eve/herd.db": false,
  "read data": false,
  "write t.json": false,
  "write data/Eve": false,
  "write data/Ann/../Eve": false,
  "env GOOGLE_PLACES_API_KEY": false,
  "env HOME": false,
  "run deno": false,
};
