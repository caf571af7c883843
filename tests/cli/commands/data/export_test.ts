// `herd export` of a herd that runs: each form, each filter, and what goes wrong.

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Failure, UsageError } from "../../../../src/cli/command/errors.ts";
import exportCommand from "../../../../src/cli/commands/data/export.ts";
import { TestContext } from "../../../support/fakes/context.ts";
import { temporaryFolder } from "../../../support/files/temporary.ts";
import { topologyFile } from "../../../support/files/topology_file.ts";
import { exchange } from "../../../support/herds/client.ts";
import { TestHerd } from "../../../support/herds/herd.ts";
import { testWith } from "../../../support/test.ts";

const test = testWith("sockets", "disk");
const TOKEN = "a-token-of-24-characters";

/** Three clients, one of an id that is not UTF-8. */
const LINES = "IAMAT kiwi +34.07-118.45 1520023934.918963997\nIAMAT a/\xff +1.5+2 7\n" +
  "IAMAT a/b -1-1 8\n";

test("herd export gives every client in each form, and those alone that are asked for", async () => {
  await using herd = new TestHerd({ links: [], lone: ["Ann"], http: ["Ann"] });
  await herd.start("Ann");
  using file = topologyFile(herd.servers, []);
  await exchange(herd.port("Ann"), LINES);
  const run = async (...args: string[]) => {
    const context = new TestContext();
    assertEquals(await exportCommand.invoke(["--topology", file.path, ...args], context), 0);
    return context.stdout.text;
  };
  const lines = [
    '{"id":"kiwi","lat":34.07,"lon":-118.45,"time":"1520023934.918963997"}\n',
    '{"id":"a%2F%FF","lat":1.5,"lon":2,"time":"7"}\n',
    '{"id":"a%2Fb","lat":-1,"lon":-1,"time":"8"}\n',
  ];
  assertEquals(await run(), lines.join(""));
  assertEquals(
    await run("--format", "csv"),
    "id,lat,lon,time\nkiwi,34.07,-118.45,1520023934.918963997\na%2F%FF,1.5,2,7\na%2Fb,-1,-1,8\n",
  );
  const { features } = JSON.parse(await run("--format", "geojson"));
  assertEquals(features[1], {
    type: "Feature",
    id: "a%2F%FF",
    geometry: { type: "Point", coordinates: [2, 1.5] },
    properties: { time: "7" },
  });
  assertEquals(await run("--bbox=-119,34,-118,35"), lines[0]);
  assertEquals(await run("--near=1.5,2.001"), lines[1]);
  assertEquals(await run("--near=0,0", "--radius", "400"), lines[1]! + lines[2]!);
  assertEquals(await run("--prefix", "a/"), lines[1]! + lines[2]!);
  assertEquals(await run("--prefix", "a%2F%FF"), lines[1]);
  assertEquals(JSON.parse(await run("--format", "geojson", "--prefix", "none")).features, []);
});

test("herd export reads all pages of many clients, each client once", async () => {
  await using herd = new TestHerd({ links: [], lone: ["Ann"], http: ["Ann"] });
  await herd.start("Ann");
  using file = topologyFile(herd.servers, []);
  const names = Array.from({ length: 3_500 }, (_, index) => `client-${index}`);
  await exchange(herd.port("Ann"), names.map((it) => `IAMAT ${it} +1+1 5\n`).join(""));
  using folder = temporaryFolder();
  const output = `${folder.path}/clients.csv`;
  const context = new TestContext();
  const args = ["--topology", file.path, "--output", output, "--format", "csv"];
  assertEquals(await exportCommand.invoke(args, context), 0);
  const written = Deno.readTextFileSync(output).trimEnd().split("\n").slice(1);
  assertEquals(written.map((it) => it.split(",")[0]), names);
  assertEquals(context.stderr.text, `${output}: 3500 clients from Ann\n`);
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["clients.csv"]);
  assertEquals(context.permissions?.write, [output, `${output}.part`]);
});

test("herd export takes the next server where one does not run, and says why none answers", async () => {
  const links = [["Ann", "Bob"]] as const;
  await using herd = new TestHerd({ links, http: ["Ann", "Bob"], token: TOKEN });
  using file = topologyFile(herd.servers, links);
  const run = (context: TestContext, ...args: string[]) =>
    exportCommand.invoke(["--topology", file.path, ...args], context);
  const env = { HERD_API_TOKEN: TOKEN };
  const none = await assertRejects(() => run(new TestContext({ env })), Failure);
  assertStringIncludes(none.message, "Ann: nothing listens at");
  assertStringIncludes(none.message, "Bob: nothing listens at");
  await herd.start("Bob");
  await exchange(herd.port("Bob"), LINES);
  const context = new TestContext({ env });
  assertEquals(await run(context), 0);
  assertEquals(context.stdout.text.split("\n").length, 4);
  await assertRejects(() => run(new TestContext()), Failure, "asks for a token");
  const refuse = (...args: string[]) =>
    assertRejects(() => run(new TestContext({ env }), ...args), UsageError);
  assertStringIncludes((await refuse("--bbox", "1,2,3")).message, "'bbox': not west,south");
  assertStringIncludes((await refuse("--radius", "5")).message, "--radius goes with --near");
  assertStringIncludes((await refuse("--bbox", "1,2,3,4", "--near", "1,1")).message, "together");
  assertStringIncludes((await refuse("--prefix", "a b")).message, "white space");
  assertStringIncludes((await refuse("--output", "/no/such/folder/x")).message, "Cannot write");
});
