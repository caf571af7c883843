// What `herd check` says about topologies of several shapes.

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import check from "../../../src/cli/commands/check.ts";
import { TopologyError } from "../../../src/topology/topology.ts";
import { tlsPaths } from "../../../src/topology/tls_paths.ts";
import type { Credentials } from "../../../src/server/tls/tls_files.ts";
import { daysFromNow, TestAuthority } from "../../support/tls/certificates.ts";
import { TestContext } from "../../support/fakes/context.ts";
import { testWith } from "../../support/test.ts";
import { temporaryFolder } from "../../support/files/temporary.ts";
import { serversOf, topologyFile } from "../../support/files/topology_file.ts";

const test = testWith("disk");

/** What `check` prints about a herd of these servers. */
async function checked(
  servers: Parameters<typeof topologyFile>[0],
  links: readonly (readonly string[])[],
  backbone?: unknown,
): Promise<string> {
  using file = topologyFile(servers, links, backbone);
  const context = new TestContext();
  assertEquals(await check.invoke(["--topology", file.path], context), 0);
  return context.stdout.text;
}

/** Its warnings, or that there are none. */
async function verdict(names: string, ...links: string[]): Promise<string[]> {
  const text = await checked(serversOf([...names]), links.map((it) => [...it]));
  return text.trimEnd().split("\n\n").find((it) => /^(Warning:|The herd) /.test(it))!.split("\n");
}

test("check describes the servers, the links and the graph", async () => {
  assertEquals(
    await checked({
      Ann: { host: "127.0.0.1", port: 12000, http: 13000 },
      Bob: { host: "::1", port: 12001 },
      Eve: { host: "herd.example", port: 12002 },
    }, [["Ann", "Bob"], ["Bob", "Eve"]]),
    `\
Herd 'test': 3 servers, 2 links

SERVER  ADDRESS             HTTP   NEIGHBOURS
Ann     127.0.0.1:12000     13000  Bob
Bob     [::1]:12001         -      Ann Eve
Eve     herd.example:12002  -      Bob

Connected   yes
Diameter    2 hops
Neighbours  1 to 2, 1.3 on average
Copies      2 of each update
Loopback    no, links need a secret

Warning: without Bob, Eve is cut off from the rest
Warning: without the link Ann-Bob, Ann is cut off from the rest
Warning: without the link Bob-Eve, Eve is cut off from the rest

A link Ann-Eve would leave none of them, for up to 2 more copies of each update
`,
  );
});

test("check warns of what is not connected and of single points of failure", async () => {
  const whole = ["The herd stays whole whichever server it loses"];
  assertEquals(await verdict("abc", "ab", "bc", "ca"), whole);
  assertEquals(await verdict("a"), whole);
  assertEquals(await verdict("abcde", "ab", "bc", "ca", "de"), [
    "Warning: d and e are not connected with the rest of the herd",
    "Warning: without the link d-e, e is cut off from the rest",
  ]);
  assertEquals(await verdict("abcde", "ab", "bc", "ca"), [
    "Warning: d is not connected with the rest of the herd",
    "Warning: e is not connected with the rest of the herd",
  ]);
  assertEquals(await verdict("abcdef", "ab", "bc", "ca", "cd", "de", "ef", "fd"), [
    "Warning: without c, a and b are cut off from the rest",
    "Warning: without d, e and f are cut off from the rest",
    "Warning: without the link c-d, d, e and f are cut off from the rest",
  ]);
});

test("check takes a backbone for one more server, and warns of a path without TLS", async () => {
  const ends = async (links: string[], backbone: unknown) => {
    const text = await checked(serversOf([..."abcd"]), links.map((it) => [...it]), backbone);
    const [facts, verdict] = text.trimEnd().split("\n\n").slice(-2);
    const line = facts!.split("\n").find((it) => it.startsWith("Backbone"));
    return [line, ...verdict!.split("\n")];
  };
  assertEquals(await ends([], { nats: "tls://nats.example" }), [
    "Backbone    NATS at nats.example:4222; on it all",
    "Warning: without the backbone, b, c and d are cut off from the rest",
  ]);
  assertEquals(await ends(["ab", "cd"], { nats: "nats://10.0.0.1", servers: ["b", "c"] }), [
    "Backbone    NATS at 10.0.0.1:4222; on it b c",
    "Warning: without b, a is cut off from the rest",
    "Warning: without c, d is cut off from the rest",
    "Warning: without the backbone, c and d are cut off from the rest",
    "Warning: without the link a-b, a is cut off from the rest",
    "Warning: without the link c-d, d is cut off from the rest",
    "Warning: whoever is on the path to NATS can read and alter what servers tell each other, " +
    "unless NATS asks for TLS: 'tls://' in place of 'nats://' insists on it",
  ]);
  const ring = ["ab", "bc", "cd", "da"];
  assertEquals(await ends(ring, { nats: "nats://127.0.0.1", servers: ["b", "c"] }), [
    "Backbone    NATS at 127.0.0.1:4222; on it b c",
    "The herd stays whole whichever server it loses",
  ]);
});

test("check tells of TLS, and warns of certificates that are here and no good", async () => {
  using folder = temporaryFolder();
  const certs = folder.path;
  const authority = await TestAuthority.make();
  const files: [name: string, credentials: Credentials][] = [
    ["Ann", await authority.credentials("Ann", { valid: daysFromNow(-1, 40) })],
    ["Bob", await authority.credentials("Bob", { valid: daysFromNow(-1, 7.5) })],
    ["Eve", await authority.credentials("Ann")],
  ];
  for (const [name, credentials] of files) {
    const paths = tlsPaths(certs, name);
    for (const kind of ["ca", "cert", "key"] as const) {
      await Deno.writeTextFile(paths[kind], credentials[kind]);
    }
  }
  const file = `${folder.path}/topology.json`;
  const servers = Object.fromEntries(
    ["Ann", "Bob", "Eve", "Joe"].map((name, index) => {
      return [name, { host: "herd.example", port: 1 + index, link: 11 + index }];
    }),
  );
  const names = Object.keys(servers);
  const links = names.map((name, index) => [name, names[(index + 1) % names.length]]);
  const tls = { certs, clients: true };
  await Deno.writeTextFile(file, JSON.stringify({ herd: "test", tls, servers, links }));
  const context = new TestContext();
  assertEquals(await check.invoke(["--topology", file], context), 0);
  const lines = context.stdout.text.replaceAll(certs, "certs").split("\n");
  assertEquals(lines.slice(2, 4), [
    "SERVER  ADDRESS         LINKS  HTTP  NEIGHBOURS",
    "Ann     herd.example:1  11     -     Bob Joe",
  ]);
  assertEquals(lines.slice(-7), [
    "Loopback    no, links need no secret",
    "TLS         links and clients",
    "",
    "Warning: the certificate of Bob expires in 7 days",
    "Warning: Cannot use 'certs/Eve.pem': it is the certificate of 'Ann', not of 'Eve'",
    "The herd stays whole whichever server it loses",
    "",
  ]);
});

test("check is brief about large herds", async () => {
  const names = Array.from({ length: 200 }, (_, index) => `s${index}`);
  const lines = (await checked(serversOf(names), names.slice(1).map((it, i) => [names[i]!, it])))
    .split("\n");
  assertEquals(lines.slice(0, 4), [
    "Herd 'test': 200 servers, 199 links",
    "",
    "Connected   yes",
    "Diameter    199 hops",
  ]);
  assertEquals(lines.length, 18);
  assertEquals(lines.at(-2), "Warning: 389 more servers and links are single points of failure");
});

test("check lists up to 50 servers and names up to 8 of a kind", async () => {
  const named = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`);
  const of = async (servers: string[], links: string[][]) =>
    (await checked(serversOf(servers), links)).trimEnd().split("\n");
  for (const size of [50, 51]) {
    const ring = named(size).map((name, index) => [name, `s${(index + 1) % size}`]);
    const text = await of(named(size), ring);
    assertEquals(text.some((it) => it.startsWith("SERVER")), size === 50, `${size} servers`);
  }
  // One part holds s0; each other server is a part of its own.
  const parts = async (count: number) =>
    (await of(named(count), [])).filter((it) => it.startsWith("Warning"));
  assertEquals((await parts(9)).at(-1), "Warning: s8 is not connected with the rest of the herd");
  assertEquals((await parts(9)).length, 8);
  assertEquals(
    (await parts(10)).slice(7),
    [
      "Warning: s8 is not connected with the rest of the herd",
      "Warning: 1 more parts are not connected with the rest of the herd",
    ],
  );
  // Two rings, of which the larger one is the herd's rest.
  const ringed = async (count: number) => {
    const all = named(2 * count + 1);
    const rings = [all.slice(count), all.slice(0, count)];
    const links = rings.flatMap((ring) =>
      ring.map((name, index) => [name, ring[(index + 1) % ring.length]!])
    );
    return (await of(all, links)).at(-1);
  };
  const seven = "s0, s1, s2, s3, s4, s5, s6";
  const tail = "not connected with the rest of the herd";
  assertEquals(await ringed(8), `Warning: ${seven} and s7 are ${tail}`);
  assertEquals(await ringed(9), `Warning: ${seven}, s7 and 1 more are ${tail}`);
  // A star of n servers has n - 1 links and one server to lose.
  const star = async (count: number) =>
    (await of(named(count), named(count).slice(1).map((it) => ["s0", it]))).findLast((it) =>
      it.startsWith("Warning")
    );
  assertEquals(await star(8), "Warning: without the link s0-s7, s7 is cut off from the rest");
  assertEquals(await star(9), "Warning: 1 more servers and links are single points of failure");
});

test("check says when links need a secret, and what TLS is for", async () => {
  const facts = async (host: string, links: string[][], tls?: unknown) => {
    using folder = temporaryFolder();
    const file = `${folder.path}/topology.json`;
    const servers = Object.fromEntries(["Ann", "Bob"].map((name, index) => [name, {
      host,
      port: 1 + index,
      ...tls === undefined ? {} : { link: 11 + index },
    }]));
    await Deno.writeTextFile(file, JSON.stringify({ herd: "test", tls, servers, links }));
    const context = new TestContext();
    assertEquals(await check.invoke(["--topology", file], context), 0);
    return context.stdout.text.split("\n").filter((it) => /^(Loopback|TLS|Diameter|Ann)/.test(it));
  };
  const pair = [["Ann", "Bob"]];
  assertEquals(await facts("127.0.0.1", pair), [
    "Ann     127.0.0.1:1  -     Bob",
    "Diameter    1 hop",
    "Loopback    yes, links need no secret",
  ]);
  assertEquals(await facts("10.0.0.1", []), [
    "Ann     10.0.0.1:1  -     -",
    "Diameter    0 hops",
    "Loopback    no, links need no secret",
  ]);
  assertEquals((await facts("10.0.0.1", pair)).at(-1), "Loopback    no, links need a secret");
  const certs = "certs";
  const table: [tls: unknown, said: string][] = [
    [{ certs }, "links"],
    [{ certs, clients: true }, "links and clients"],
    [{ certs, http: true }, "links and HTTP"],
    [{ certs, clients: true, http: true }, "links, clients and HTTP"],
  ];
  for (const [tls, said] of table) {
    assertEquals((await facts("10.0.0.1", pair, tls)).slice(-2), [
      "Loopback    no, links need no secret",
      `TLS         ${said}`,
    ]);
  }
});

test("check refuses what is no topology with every problem", async () => {
  using file = topologyFile(serversOf(["Ann", "Bob"]), [["Ann", "Bob"], ["Bob", "Ann"], ["Eve"]]);
  const context = new TestContext();
  const error = await assertRejects(async () => {
    await check.invoke(["--topology", file.path], context);
  }, TopologyError);
  assertEquals(error.problems, [
    `${file.path}: links[2]: ["Eve"] is not a link (a pair of server names)`,
  ]);
  assertEquals(context.stdout.text, "");
});

test("check says what an update costs, and which link can go", async () => {
  const square = await checked(
    serversOf([..."abcd"]),
    ["ab", "bc", "cd", "da", "ac"].map((it) => [...it]),
  );
  assertMatch(square, /^Copies {6}3 to 7 of each update$/m);
  assertEquals(
    square.trimEnd().split("\n\n").at(-1),
    "The link a-c can go: the herd stays whole, no way gets longer, and each update has up to 2 copies less",
  );
  const ring = async (size: number) => {
    const names = Array.from({ length: size }, (_, i) => `s${i}`);
    return await checked(serversOf(names), [
      ...names.map((it, i) => [it, names[(i + 1) % size]!]),
      ["s0", "s2"],
    ]);
  };
  assertMatch(await ring(30), /^The link s0-s2 can go/m);
  assertEquals((await ring(31)).includes("can go"), false);
  // Of parts that never hear of each other, and of a backbone, there is nothing to be said.
  assertEquals((await checked(serversOf([..."abc"]), [["a", "b"]])).includes("Copies"), false);
});
