// What the key `backbone` of a topology may say, and what is said about one that is wrong.

import { assertEquals, assertThrows } from "@std/assert";
import { parseTopology, TopologyError } from "../../src/topology/topology.ts";

const SERVERS = {
  Ann: { host: "127.0.0.1", port: 1 },
  Bob: { host: "127.0.0.1", port: 2 },
};

function textOf(backbone: unknown): string {
  return JSON.stringify({ herd: "test", servers: SERVERS, links: [], backbone });
}

function problemsOf(backbone: unknown): readonly string[] {
  return assertThrows(() => parseTopology(textOf(backbone), "t.json"), TopologyError).problems
    .map((line) => line.slice("t.json: ".length));
}

Deno.test("BackboneSchema takes one address or several, and fills in what is left out", () => {
  assertEquals(parseTopology(textOf({ nats: "nats://127.0.0.1" })).backbone, {
    nats: [{ host: "127.0.0.1", port: 4222 }],
    isTls: false,
    isLoopback: true,
    servers: undefined,
    replicas: 1,
  });
  const backbone = {
    nats: ["tls://[2001:db8::1]:1/", "tls://nats.example:65535"],
    servers: ["Bob"],
    replicas: 3,
  };
  assertEquals(parseTopology(textOf(backbone)).backbone, {
    nats: [{ host: "2001:db8::1", port: 1 }, { host: "nats.example", port: 65535 }],
    isTls: true,
    isLoopback: false,
    servers: ["Bob"],
    replicas: 3,
  });
});

Deno.test("Topology.backboneOf() gives it to all servers, or to those that it names", () => {
  const nats = "nats://127.0.0.1";
  const onIt = (backbone: unknown) => {
    const topology = parseTopology(textOf(backbone));
    return ["Ann", "Bob"].filter((it) => topology.backboneOf(it) !== undefined);
  };
  assertEquals(onIt({ nats }), ["Ann", "Bob"]);
  assertEquals(onIt({ nats, servers: ["Bob"] }), ["Bob"]);
  assertEquals(onIt(undefined), []);
});

Deno.test("parseTopology() says what is wrong with a backbone", () => {
  const notNats = (value: unknown) =>
    `${JSON.stringify(value)} is not the address of a NATS server ` +
    '(such as "nats://127.0.0.1:4222", or "tls://")';
  const nats = "nats://127.0.0.1";
  const table: [backbone: unknown, ...problems: string[]][] = [
    [true, "backbone: true is not a backbone (an object with 'nats')"],
    [{}, "backbone.nats: missing"],
    [{ nats: 1 }, `backbone.nats: ${notNats(1)}`],
    [{ nats: [] }, "backbone.nats: a backbone has at least one NATS server"],
    [{ nats: [1] }, `backbone.nats[0]: ${notNats(1)}`],
    ...["127.0.0.1:4222", "ws://a", "nats://", "nats://a b", "nats://0.0.0.0", "nats://a:0"]
      .map((url): [unknown, string] => [{ nats: url }, `backbone.nats[0]: ${notNats(url)}`]),
    ...["nats://a:65536", "nats://a/x", "nats://[a]", "nats://::1:4222", "nats://300.1.1.1"]
      .map((url): [unknown, string] => [{ nats: url }, `backbone.nats[0]: ${notNats(url)}`]),
    [
      { nats: "tls://me:secret@nats.example" },
      "backbone.nats[0]: a topology must not have credentials in it: give them to each server",
    ],
    [
      { nats: ["nats://a", "tls://b"] },
      "backbone.nats: all servers have the same scheme, 'nats' or 'tls'",
    ],
    [{ nats, servers: [] }, "backbone.servers: a backbone has at least one server on it"],
    [{ nats, servers: "Ann" }, 'backbone.servers: "Ann" is not an array of server names'],
    [
      { nats, servers: ["Ann", "Bib"] },
      "backbone.servers[1]: no server is named \"Bib\": did you mean 'Bob'?",
    ],
    [{ nats, replicas: 2 }, "backbone.replicas: 2 is not a number of copies (1, 3 or 5)"],
    [{ nats, server: [] }, "backbone.server: unknown key: did you mean 'servers'?"],
  ];
  for (const [backbone, ...problems] of table) assertEquals(problemsOf(backbone), problems);
});
