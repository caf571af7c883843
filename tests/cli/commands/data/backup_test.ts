// `herd backup`: what it prints and how it fails. What a copy holds is tested with backUp().

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import backup from "../../../../src/cli/commands/data/backup.ts";
import { UsageError } from "../../../../src/cli/command/errors.ts";
import { ConfigError } from "../../../../src/base/errors.ts";
import { TestContext } from "../../../support/fakes/context.ts";
import { DataFolder, segment } from "../../../support/files/data_folder.ts";
import { testWith } from "../../../support/test.ts";
import { temporaryFolder } from "../../../support/files/temporary.ts";

const test = testWith("disk");

test("backup copies the file of a server and says how large the copy is", async () => {
  using folder = new DataFolder();
  using elsewhere = temporaryFolder();
  const copy = `${elsewhere.path}/copy.sqlite`;
  const disk = await folder.open();
  await disk.commit({ removed: [], added: [segment(1, 3)] });
  const context = new TestContext();
  const args = ["Goloman", copy, "--data-dir", folder.path];
  assertEquals(await backup.invoke(args, context), 0);
  assertEquals(context.stdout.text, `${copy}: ${Deno.statSync(copy).size / 1024} KiB\n`);
  await assertRejects(
    () => backup.invoke(args, context),
    ConfigError,
    "something is there already",
  );
  await disk.close();
});

testWith("project")("backup looks for the folder of the server's name", async () => {
  const { message } = await assertRejects(
    () => backup.invoke(["Nobody", "copy.sqlite"], new TestContext()),
    ConfigError,
  );
  assertEquals(message, "Cannot back up 'data/Nobody/herd.sqlite': there is no such file");
});

Deno.test("backup asks for a name and a file", async () => {
  await assertRejects(
    () => backup.invoke([], new TestContext()),
    UsageError,
    "Missing argument <name>",
  );
  await assertRejects(
    () => backup.invoke(["Goloman"], new TestContext()),
    UsageError,
    "Missing argument <file>",
  );
  const context = new TestContext();
  assertEquals(await backup.invoke(["--help"], context), 0);
  assertMatch(context.stdout.text, /with no herd\.sqlite-wal beside it/);
});
