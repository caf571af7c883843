// `herd import` into a herd that runs: each form, what is refused, other servers, and a way back.

import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { Failure, UsageError } from "../../../../src/cli/command/errors.ts";
import exportCommand from "../../../../src/cli/commands/data/export.ts";
import importCommand from "../../../../src/cli/commands/data/import.ts";
import { FORMATS } from "../../../../src/cli/transfer/export_forms.ts";
import { MAX_BODY_BYTES } from "../../../../src/cli/transfer/import_locations.ts";
import { TestContext } from "../../../support/fakes/context.ts";
import { temporaryFolder } from "../../../support/files/temporary.ts";
import { topologyFile } from "../../../support/files/topology_file.ts";
import { exchange } from "../../../support/herds/client.ts";
import { TestHerd } from "../../../support/herds/herd.ts";
import { MAIN } from "../../../support/processes/server_process.ts";
import { testWith } from "../../../support/test.ts";
import { until } from "../../../support/waiting.ts";

const test = testWith("sockets", "disk");
const TOKEN = "a-token-of-24-characters";

test("herd import tells each form's locations, and says what became of them", async () => {
  await using herd = new TestHerd({ links: [], lone: ["Ann"], http: ["Ann"] });
  const ann = await herd.start("Ann");
  using file = topologyFile(herd.servers, []);
  using folder = temporaryFolder();
  const run = async (name: string, text: string) => {
    const path = `${folder.path}/${name}`;
    Deno.writeTextFileSync(path, text);
    const context = new TestContext();
    const status = await importCommand.invoke(["--topology", file.path, path], context);
    assertEquals(context.permissions?.read.includes(path), true);
    return { status, text: context.stderr.text };
  };
  const csv = await run("a.csv", "device;latitude;lng;timestamp\r\nkiwi;34,07;-118.45;5\r\n");
  assertEquals(csv.status, 0);
  assertMatch(
    csv.text,
    /^1 locations: 1 stored, 0 not newer, 0 refused; \d+\.\d s, \d+ a second\n$/,
  );
  const lines = await run(
    "b",
    '{"id":"kiwi","lat":1,"lon":1,"time":"4"}\n\n{"id":"a","lat":91,"lon":1}\n{"id":"b"}\nno\n' +
      '{"id":"moa","lat":1,"lon":2,"time":"2018-03-02T19:32:14Z"}\n{"id":"now","lat":1,"lon":2}\n',
  );
  assertEquals(lines.status, 1);
  assertMatch(
    lines.text,
    /^line 3: 'lat': .*\nline 4: 'lat': .*\nline 5: not JSON\n6 locations: 2 stored, 1 not newer, 3 /,
  );
  const feature = { type: "Feature", id: "tui", geometry: { type: "Point", coordinates: [2, 1] } };
  const features = [feature, { ...feature, geometry: { type: "LineString", coordinates: [] } }];
  const geojson = await run("c.geojson", JSON.stringify({ type: "FeatureCollection", features }));
  assertEquals(geojson.status, 1);
  assertStringIncludes(geojson.text, "feature 2: its geometry is no Point\n2 locations: 1 stored");
  assertEquals(ann.store.size, 4);
  const kiwi = await exchange(herd.port("Ann"), "WHATSAT kiwi 10 0\n");
  assertStringIncludes(kiwi, "kiwi +34.07-118.45 5\n");
});

test("herd import tells more than a body holds, in order, and counts what it does not name", async () => {
  await using herd = new TestHerd({ links: [], lone: ["Ann"], http: ["Ann"] });
  const ann = await herd.start("Ann");
  using file = topologyFile(herd.servers, []);
  const count = 10_000;
  const rows = Array.from({ length: count }, (_, index) => {
    const [id, lat] = [`client-${index % 5_000}`, index % 100 === 99 ? "here" : index / count];
    return `${id},${lat},1,${index}\n`;
  });
  const input = `id,lat,lon,time\n${rows.join("")}`;
  assertEquals(input.length > MAX_BODY_BYTES, true);
  const context = new TestContext({ input });
  const args = ["--topology", file.path, "--format", "csv", "-"];
  assertEquals(await importCommand.invoke(args, context), 1);
  assertStringIncludes(context.stderr.text, "line 101: 'lat': ");
  assertStringIncludes(context.stderr.text, "and 90 more were refused\n");
  assertStringIncludes(
    context.stderr.text,
    "10000 locations: 9900 stored, 0 not newer, 100 refused",
  );
  assertEquals(ann.store.size, 4_950);
});

test("what herd export writes of one herd is the same in another after herd import", async () => {
  await using herd = new TestHerd({ links: [], lone: ["Ann", "Bob"], http: ["Ann", "Bob"] });
  const ann = await herd.start("Ann");
  const bob = await herd.start("Bob");
  using file = topologyFile(herd.servers, []);
  const ids = Array.from({ length: 256 }, (_, it) => it).filter((it) => it > 32);
  const lines = ids.map((it, index) =>
    `IAMAT id${String.fromCharCode(it)} ${index % 2 ? "+" : "-"}1.25-0.5 ${index}.000000001\n`
  );
  await exchange(herd.port("Ann"), lines.join(""));
  assertEquals(ann.store.size, ids.length);
  const read = async (server: string, format: string) => {
    const context = new TestContext();
    const args = ["--topology", file.path, "--server", server, "--format", format];
    assertEquals(await exportCommand.invoke(args, context), 0);
    return context.stdout.text;
  };
  for (const [index, format] of FORMATS.entries()) {
    const context = new TestContext({ input: await read("Ann", format) });
    const args = ["--topology", file.path, "--server", "Bob", "-"];
    assertEquals(await importCommand.invoke(args, context), 0);
    assertStringIncludes(context.stderr.text, ` ${ids.length} locations: `.trimStart());
    assertEquals(bob.store.size, ids.length, `${index}`);
    assertEquals(await read("Bob", format), await read("Ann", format));
  }
});

test("herd import goes on with another server, and says how far it came when none answers", async () => {
  const links = [["Ann", "Bob"]] as const;
  await using herd = new TestHerd({ links, http: ["Ann", "Bob"], token: TOKEN });
  const bob = await herd.start("Bob");
  const ann = await herd.start("Ann");
  using file = topologyFile(herd.servers, links);
  const { readable, writable } = new TransformStream<
    Uint8Array<ArrayBuffer>,
    Uint8Array<ArrayBuffer>
  >();
  const writer = writable.getWriter();
  const line = (index: number) => `{"id":"c${index}","lat":1,"lon":2,"time":3}\n`;
  const tell = (from: number) => {
    const lines = Array.from({ length: 4_000 }, (_, it) => line(from + it));
    return writer.write(new TextEncoder().encode(lines.join("")));
  };
  /** Locations of the first body. */
  let first = 0;
  for (let bytes = line(0).length; bytes <= MAX_BODY_BYTES; bytes += line(first).length) first++;
  const env = { HERD_API_TOKEN: TOKEN };
  const context = new TestContext({ env, input: readable });
  const args = ["--topology", file.path, "-"];
  const running = importCommand.invoke(args, context);
  await tell(0);
  await tell(4_000);
  await until(() => ann.store.size === first && bob.store.size === first);
  await herd.stop("Ann");
  await tell(8_000);
  await writer.close();
  assertEquals(await running, 0);
  assertStringIncludes(context.stderr.text, "12000 locations: 12000 stored");
  await until(() => bob.store.size === 12_000);

  const stranger = new TestContext({ input: '{"id":"a","lat":1,"lon":2}\n' });
  await assertRejects(() => importCommand.invoke(args, stranger), Failure, "asks for a token");
  await herd.stop("Bob");
  const late = new TestContext({ env, input: '{"id":"a","lat":1,"lon":2}\n' });
  await assertRejects(
    () => importCommand.invoke(args, late),
    Failure,
    "stored up to line 0: it may be run again",
  );
});

test("herd import that is stopped says how far it came, and the rest of a file that breaks off", async () => {
  await using herd = new TestHerd({ links: [], lone: ["Ann"], http: ["Ann"] });
  const ann = await herd.start("Ann");
  using file = topologyFile(herd.servers, []);
  const { readable, writable } = new TransformStream<
    Uint8Array<ArrayBuffer>,
    Uint8Array<ArrayBuffer>
  >();
  const context = new TestContext({ input: readable });
  const args = ["--topology", file.path, "-"];
  const running = importCommand.invoke(args, context);
  const writer = writable.getWriter();
  await writer.write(new TextEncoder().encode("id,lat,lon\na,1,2\nb,1,2\n"));
  context.stop.abort("SIGINT");
  await assertRejects(() => running, Failure, "Stopped by SIGINT. What is told is stored");
  const broken = new TestContext({ input: '[{"id":"x","lat":1,"lon":2},\n{"id":"y"' });
  const message = "breaks off behind element 1";
  await assertRejects(() => importCommand.invoke(args, broken), Failure, message);
  assertStringIncludes(broken.stderr.text, "1 locations: 1 stored");
  assertEquals(ann.store.size >= 1, true);
});

test("herd import refuses what is no file of locations", async () => {
  await using herd = new TestHerd({ links: [], lone: ["Ann"], http: ["Ann"] });
  using file = topologyFile(herd.servers, []);
  using folder = temporaryFolder();
  const run = (...args: string[]) =>
    importCommand.invoke(["--topology", file.path, ...args], new TestContext());
  await assertRejects(() => run(`${folder.path}/none`), UsageError, "no such file");
  await assertRejects(() => run(folder.path), UsageError, "it is a folder");
  await assertRejects(() => run(), UsageError, "Missing argument <file>");
});

test("herd import and export run as processes with what they need alone", async () => {
  await using herd = new TestHerd({ links: [], lone: ["Ann"], http: ["Ann"] });
  const ann = await herd.start("Ann");
  using file = topologyFile(herd.servers, []);
  using folder = temporaryFolder();
  const input = `${folder.path}/clients.csv`;
  Deno.writeTextFileSync(input, "id,lat,lon,time\nkiwi,1,2,3\nmoa,1,2,x\n");
  const run = async (...args: string[]) => {
    const grants = ["--no-prompt", "--allow-read", `--allow-run=${Deno.execPath()}`];
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", ...grants, MAIN, ...args, "--topology", file.path],
      env: { NO_COLOR: "1" },
    }).output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  };
  const imported = await run("import", input);
  assertEquals(imported.code, 1);
  assertMatch(
    imported.stderr,
    /^line 3: 'time': .*\n2 locations: 1 stored, 0 not newer, 1 refused/,
  );
  assertEquals(ann.store.size, 1);
  const output = `${folder.path}/out.csv`;
  const exported = await run("export", "--output", output, "--format", "csv");
  assertEquals(exported, { code: 0, stdout: "", stderr: `${output}: 1 clients from Ann\n` });
  assertEquals(Deno.readTextFileSync(output), "id,lat,lon,time\nkiwi,1,2,3\n");
  const missing = await run("import", `${folder.path}/none.csv`);
  assertEquals(missing.code, 2);
  assertStringIncludes(missing.stderr, "no such file");
});
