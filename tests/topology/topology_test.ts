// What a topology file may say, and what is said about one that is wrong.

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ConfigError } from "../../src/base/errors.ts";
import { parseTopology, readTopology, TopologyError } from "../../src/topology/topology.ts";
import { testWith } from "../support/test.ts";

const TWO = { Ann: { host: "127.0.0.1", port: 1 }, Bob: { host: "127.0.0.1", port: 2 } };

/** The text of a topology with these parts. */
function textOf(
  {
    herd = "test" as unknown,
    tls = undefined as unknown,
    servers = TWO as unknown,
    links = [] as unknown,
  },
) {
  return JSON.stringify({ herd, tls, servers, links });
}

/** What is wrong with a text, without the source's name. */
function problemsOf(text: string): string[] {
  const error = assertThrows(() => parseTopology(text, "t.json"), TopologyError);
  assertEquals(error.problems, error.message.split("\n"));
  return error.problems.map((line) => {
    assert(line.startsWith("t.json: "), line);
    return line.slice("t.json: ".length);
  });
}

Deno.test("parseTopology() keeps names, addresses and links", () => {
  const topology = parseTopology(textOf({
    servers: {
      "a.b-c_1": { host: "herd.example", port: 65535, http: 1 },
      "2": { host: "2001:db8::1", port: 1 },
      constructor: { host: "10.0.0.1", port: 1 },
    },
    links: [["2", "a.b-c_1"]],
  }));
  assertEquals(topology.herd, "test");
  assertEquals([...topology.servers.values()], [
    {
      name: "2",
      host: "2001:db8::1",
      port: 1,
      http: undefined,
      location: undefined,
      link: undefined,
    },
    {
      name: "a.b-c_1",
      host: "herd.example",
      port: 65535,
      http: 1,
      location: undefined,
      link: undefined,
    },
    {
      name: "constructor",
      host: "10.0.0.1",
      port: 1,
      http: undefined,
      location: undefined,
      link: undefined,
    },
  ]);
  assertEquals(topology.links, [["2", "a.b-c_1"]]);
});

Deno.test("parseTopology() names the path and the value of each problem", async (t) => {
  const server = (host: unknown, port: unknown, more = {}) =>
    textOf({ servers: { Ann: { host, port, ...more } } });
  const name = (text: string) =>
    `${text} is not a name (1 to 64 letters, digits, '.', '_' and '-', a letter or digit first)`;
  const host = (text: string) =>
    `servers.Ann.host: ${text} is not a host (a host name or an IP address without brackets)`;
  const table: [text: string, ...problems: string[]][] = [
    ["{", "not JSON: Expected property name or '}' in JSON at position 1 (line 1 column 2)"],
    ["[]", "[] is not a topology (an object with 'herd', 'servers' and 'links')"],
    ["{}", "herd: missing", "servers: missing", "links: missing"],
    [
      '{"herd": "h", "servers": {"Ann": {"host": "::1", "port": 1}}, "links": [], "link": 1}',
      "link: unknown key: did you mean 'links'?",
    ],
    [textOf({ herd: "a b" }), `herd: ${name('"a b"')}`],
    [textOf({ herd: "x".repeat(65) }), `herd: ${name(`"${"x".repeat(56)}...`)}`],
    [textOf({ herd: 7 }), "herd: 7 is not a name"],
    [textOf({ servers: [] }), "servers: [] is not an object of servers by name"],
    [textOf({ servers: {} }), "servers: a herd has at least one server"],
    [textOf({ servers: { "": TWO.Ann } }), `servers[""]: ${name('""')}`],
    [textOf({ servers: { "..": TWO.Ann } }), `servers[".."]: ${name('".."')}`],
    [textOf({ servers: { "-": TWO.Ann } }), `servers["-"]: ${name('"-"')}`],
    [
      textOf({ servers: { Ann: "::1" } }),
      "servers.Ann: \"::1\" is not a server (an object with 'host', 'port' and perhaps 'http', 'link' and 'location')",
    ],
    [server(undefined, 1), "servers.Ann.host: missing"],
    [server("::1", undefined), "servers.Ann.port: missing"],
    [server("::1", 1, { prot: 2 }), "servers.Ann.prot: unknown key: did you mean 'port'?"],
    [server("::1", 0), "servers.Ann.port: 0 is not a port (1 to 65535)"],
    [server("::1", 65536), "servers.Ann.port: 65536 is not a port (1 to 65535)"],
    [server("::1", 1.5), "servers.Ann.port: 1.5 is not a port (1 to 65535)"],
    [server("::1", "12000"), 'servers.Ann.port: "12000" is not a port (1 to 65535)'],
    [server("::1", 1, { http: 0 }), "servers.Ann.http: 0 is not a port (1 to 65535)"],
    ...["+91+0", "+1", "1+1", "", "+1+1 "].map((location): [string, string] => [
      server("::1", 1, { location }),
      `servers.Ann.location: ${JSON.stringify(location)} is not a location (such as ` +
      '"+34.07-118.44": degrees of latitude and longitude, both with a sign)',
    ]),
    [server(5, 1), host("5")],
    [server("", 1), host('""')],
    [server("a..b", 1), host('"a..b"')],
    [server("a b", 1), host('"a b"')],
    [server("-a", 1), host('"-a"')],
    [server("[::1]", 1), host('"[::1]"')],
    [server("fe80::1%eth0", 1), host('"fe80::1%eth0"')],
    [server("1:2", 1), host('"1:2"')],
    [server("127.1", 1), host('"127.1"')],
    [server("127.0.0.256", 1), host('"127.0.0.256"')],
    [server("127.0.0.01", 1), host('"127.0.0.01"')],
    [
      server("0.0.0.0", 1),
      'servers.Ann.host: "0.0.0.0" is not a host that neighbours can dial; give the server\'s own ' +
      "address here, and '--host 0.0.0.0' to the server to listen on all",
    ],
    [textOf({ links: {} }), "links: {} is not an array of links"],
    [textOf({ links: ["Ann"] }), 'links[0]: "Ann" is not a link (a pair of server names)'],
    [textOf({ links: [["Ann"]] }), 'links[0]: ["Ann"] is not a link (a pair of server names)'],
    [textOf({ links: [["Ann", 4]] }), "links[0][1]: 4 is not a server name"],
    [
      textOf({ links: [["Ann", "bob"], ["Eve", "Ann"]] }),
      "links[0][1]: no server is named \"bob\": did you mean 'Bob'?",
      'links[1][0]: no server is named "Eve"',
    ],
    [textOf({ links: [["Ann", "Ann"]] }), 'links[0]: "Ann" is linked with itself'],
    ...[["Ann", "Bob"], ["Bob", "Ann"]].map((again): [string, string] => [
      textOf({ links: [["Ann", "Bob"], again] }),
      `links[1]: ${JSON.stringify(again)} is the same link as links[0]; a link serves both ways`,
    ]),
    [
      textOf({ servers: { Ann: { host: "localhost", port: 1 }, Bob: TWO.Ann } }),
      "servers.Bob.port: 127.0.0.1:1 is already the address of servers.Ann.port",
    ],
    [
      textOf({ servers: { Ann: { host: "::ffff:7f00:1", port: 1 }, Bob: TWO.Ann } }),
      "servers.Bob.port: 127.0.0.1:1 is already the address of servers.Ann.port",
    ],
    [
      textOf({ servers: { Ann: { host: "::1", port: 1 }, Bob: { host: "0:0::1", port: 1 } } }),
      "servers.Bob.port: [0:0::1]:1 is already the address of servers.Ann.port",
    ],
    [
      textOf({
        servers: { Ann: { host: "a.b", port: 1, http: 2 }, Bob: { host: "A.b", port: 2 } },
      }),
      "servers.Bob.port: A.b:2 is already the address of servers.Ann.http",
    ],
    [
      server("a.b", 1, { http: 1 }),
      "servers.Ann.http: a.b:1 is already the address of servers.Ann.port",
    ],
  ];
  for (const [text, ...problems] of table) {
    await t.step(problems[0]!, () => assertEquals(problemsOf(text), problems));
  }
});

Deno.test("Topology.neighbours() gives both ends of each link", () => {
  const servers = Object.fromEntries([..."ABC"].map((it, i) => [it, { host: "::1", port: i + 1 }]));
  const topology = parseTopology(textOf({ servers, links: [["B", "A"], ["A", "C"]] }));
  assertEquals(topology.neighbours("A"), ["B", "C"]);
  assertEquals(topology.neighbours("B"), ["A"]);
  assertEquals(topology.neighbours("C"), ["A"]);
});

Deno.test("Topology.server() names the herd's servers when it has none of the name", () => {
  const topology = parseTopology(textOf({}));
  assertEquals(topology.server("Bob").port, 2);
  assertThrows(
    () => topology.server("ann"),
    ConfigError,
    "No server of herd 'test' is named 'ann': did you mean 'Ann'? It has Ann, Bob",
  );
  assertThrows(
    () => topology.neighbours("toString"),
    ConfigError,
    "No server of herd 'test' is named 'toString': it has Ann, Bob",
  );
});

Deno.test("Topology.isLoopback is true only when every host is", () => {
  const isLoopback = (...hosts: string[]) => {
    const servers = Object.fromEntries(
      hosts.map((host, index) => [`S${index}`, { host, port: index + 1 }]),
    );
    return parseTopology(textOf({ servers })).isLoopback;
  };
  for (
    const host of ["127.0.0.1", "127.255.255.254", "::1", "0:0::1", "localhost", "::ffff:7f00:1"]
  ) {
    assertEquals(isLoopback(host), true, host);
  }
  for (const host of ["128.0.0.1", "::2", "127.example", "localhost.example", "::ffff:a00:1"]) {
    assertEquals(isLoopback("127.0.0.1", host), false, host);
  }
});

Deno.test("parseTopology() takes a herd with TLS, whose links have ports of their own", () => {
  const servers = {
    Ann: { host: "herd.example", port: 1, link: 2 },
    Bob: { host: "herd.example", port: 3, link: 4 },
  };
  const plain = parseTopology(textOf({}));
  assertEquals(plain.tls, undefined);
  assertEquals(plain.linkAddress("Bob"), { hostname: "127.0.0.1", port: 2 });
  const secured = parseTopology(textOf({ servers, tls: {} }));
  assertEquals(secured.tls, { certs: "certs", clients: false, http: undefined });
  assertEquals(secured.linkAddress("Bob"), { hostname: "herd.example", port: 4 });
  const tls = { certs: "/etc/herd", clients: true };
  assertEquals(parseTopology(textOf({ servers, tls })).tls, { ...tls, http: undefined });
  const table: [http: boolean | string, folder: string | undefined][] = [
    [false, undefined],
    [true, "/etc/herd"],
    ["/etc/web", "/etc/web"],
  ];
  for (const [http, folder] of table) {
    assertEquals(parseTopology(textOf({ servers, tls: { ...tls, http } })).tls?.http, folder);
  }
});

Deno.test("parseTopology() refuses TLS without ports for links, and ports for links without TLS", () => {
  const table: [parts: Parameters<typeof textOf>[0], ...problems: string[]][] = [
    [
      { tls: {} },
      "servers.Ann.link: missing; with 'tls', links have a port of their own",
      "servers.Bob.link: missing; with 'tls', links have a port of their own",
    ],
    [
      { servers: { Ann: { host: "::1", port: 1, link: 2 } } },
      "servers.Ann.link: only a herd with 'tls' has ports for links alone",
    ],
    [
      { tls: {}, servers: { Ann: { host: "::1", port: 1, link: 1 } } },
      "servers.Ann.link: [::1]:1 is already the address of servers.Ann.port",
    ],
    [
      { tls: {}, servers: { Ca: { host: "::1", port: 1, link: 2 } } },
      "servers.Ca: with 'tls' no server can have this name: its certificate would be the CA's file",
    ],
    [{ tls: true }, "tls: true is not an object with some of 'certs', 'clients' and 'http'"],
    [{ tls: { certs: "" } }, "tls.certs: a folder's path is not empty"],
    [{ tls: { clients: "yes" } }, 'tls.clients: "yes" is not true or false'],
    [{ tls: { cert: "x" } }, "tls.cert: unknown key: did you mean 'certs'?"],
  ];
  for (const [parts, ...problems] of table) assertEquals(problemsOf(textOf(parts)), problems);
});

Deno.test("parseTopology() takes a herd of thousands", () => {
  const names = Array.from({ length: 5000 }, (_, index) => `s${index}`);
  const topology = parseTopology(textOf({
    servers: Object.fromEntries(
      names.map((name, index) => [name, { host: "::1", port: index + 1 }]),
    ),
    links: names.slice(1).map((name, index) => [names[index], name]),
  }));
  assertEquals(topology.servers.size, 5000);
  assertEquals(topology.neighbours("s2500"), ["s2499", "s2501"]);
});

testWith("project")("readTopology() says which file it cannot read", async () => {
  const error = await assertRejects(() => readTopology("no/such.json"), ConfigError);
  assertEquals(
    error.message,
    "Cannot read the topology 'no/such.json': no such file; '--topology <file>' names another one",
  );
});

testWith("project")("readTopology() takes the project's own topology.json", async () => {
  const topology = await readTopology("topology.json");
  assertEquals(topology.herd, "ucla");
  assertEquals(
    [...topology.servers.values()].map(({ name, port, http }) => [name, port, http]),
    [
      ["Goloman", 12000, 13000],
      ["Hands", 12001, 13001],
      ["Holiday", 12002, 13002],
      ["Welsh", 12003, 13003],
      ["Wilkes", 12004, 13004],
    ],
  );
  assertEquals(topology.neighbours("Holiday").toSorted(), ["Goloman", "Welsh", "Wilkes"]);
  assertEquals(topology.isLoopback, true);
});

Deno.test("parseTopology() takes the location of a server", () => {
  const text = textOf({ servers: { Ann: { ...TWO.Ann, location: "+34.07-118.44" } }, links: [] });
  assertEquals(parseTopology(text).server("Ann").location, {
    latitude: 34.07,
    longitude: -118.44,
  });
});
