import { assertEquals, assertRejects } from "@std/assert";
import { Failure, UsageError } from "../../../src/cli/command/errors.ts";
import forget from "../../../src/cli/commands/forget.ts";
import { exchange } from "../../support/herds/client.ts";
import { TestContext } from "../../support/fakes/context.ts";
import { until } from "../../support/waiting.ts";
import { TestHerd } from "../../support/herds/herd.ts";
import { testWith } from "../../support/test.ts";
import { topologyFile } from "../../support/files/topology_file.ts";

const test = testWith("sockets", "disk");
const TOKEN = "a-token-of-24-characters";

test("herd forget tells the first server that answers, and all forget", async () => {
  const links = [["Ann", "Bob"]] as const;
  await using herd = new TestHerd({ links, lone: ["Abe"], http: ["Ann"], token: TOKEN });
  const [ann, bob] = [await herd.start("Ann"), await herd.start("Bob")];
  using file = topologyFile(herd.servers, links);
  await exchange(herd.port("Bob"), "IAMAT a/b +1+1 1\n");
  await until(() => ann.store.size === 1);

  const stranger = new TestContext();
  const args = ["a/b", "--topology", file.path];
  await assertRejects(
    () => forget.invoke(args, stranger),
    Failure,
    `No server could forget 'a/b'\nAbe: has no HTTP port: "http" gives it one in the topology\n` +
      `Ann: 127.0.0.1:` +
      `${herd.servers.Ann!.http} asks for a token`,
  );
  const context = new TestContext({ env: { HERD_API_TOKEN: TOKEN } });
  assertEquals(await forget.invoke(args, context), 0);
  assertEquals(context.stdout.text, "Ann forgot 'a/b' and tells the others\n");
  await until(() => bob.store.size === 0);
  const again = new TestContext({ env: { HERD_API_TOKEN: TOKEN } });
  await assertRejects(() => forget.invoke(args, again), Failure, "Ann: knows no such client");
  assertEquals({
    annStoreSize: ann.store.size,
    annStoreRecords: ann.store.records,
    bobStoreRecords: bob.store.records,
  }, { annStoreSize: 0, annStoreRecords: 1, bobStoreRecords: 1 });
});

test("herd forget names whatever an id can hold, plain or encoded", async () => {
  await using herd = new TestHerd({ links: [], lone: ["Ann"], http: ["Ann"] });
  const ann = await herd.start("Ann");
  using file = topologyFile(herd.servers, []);
  const forgetOne = (...args: string[]) =>
    forget.invoke(["--topology", file.path, ...args], new TestContext());
  const table: [id: string, argument: string][] = [
    [".", "."],
    ["..", ".."],
    ["-", "-"],
    ["-x", "-x"],
    ["a/b?c#d", "a/b?c#d"],
    ["100%", "100%"],
    ["a%41", "a%41"],
    ["\xff\xfe", "%FF%FE"],
    ["\xc3\xa9", "\u00e9"],
  ];
  for (const [id, argument] of table) {
    await exchange(herd.port("Ann"), `IAMAT ${id} +1+1 1\n`);
    assertEquals(ann.store.size, 1, argument);
    assertEquals(await forgetOne("--", argument), 0, argument);
    assertEquals(ann.store.size, 0, argument);
  }
  await assertRejects(() => forgetOne("\ufffd"), UsageError, "percent-encoded");
  await assertRejects(() => forgetOne("a b"), UsageError, "white space");
});
