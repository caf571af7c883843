// The script that `herd install` writes; that it runs is tested in ../../e2e/tasks_test.ts.

import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { Failure } from "../../../src/cli/command/errors.ts";
import install from "../../../src/cli/commands/install.ts";
import { TestContext } from "../../support/fakes/context.ts";
import { temporaryFolder } from "../../support/files/temporary.ts";
import { testWith } from "../../support/test.ts";

const test = testWith("disk");

async function installed(bin: string, PATH?: string): Promise<string> {
  const context = new TestContext({ env: PATH === undefined ? {} : { PATH } });
  assertEquals(await install.invoke(["--bin", bin], context), 0);
  assertEquals(context.permissions, { net: [], read: [bin], write: [bin], env: ["PATH"] });
  return context.stdout.text;
}

test("herd install writes a script that all may run, and says when the folder is not on the path", async () => {
  using folder = temporaryFolder();
  const bin = `${folder.path}/deep/bin`;
  const main = decodeURIComponent(new URL(Deno.mainModule).pathname);
  const said = `${bin}/herd runs ${main}\n`;
  const hint = `Add it to the path: export PATH="${bin}:$PATH"\n`;
  assertEquals(await installed(bin), said + hint);
  const script = await Deno.readTextFile(`${bin}/herd`);
  assertMatch(script, /^#!\/bin\/sh\n# Runs Herd\..*\nexec \S+ run .*--allow-read .*"\$@"\n$/);
  assertStringIncludes(script, main);
  assertStringIncludes(script, `--allow-run=${Deno.execPath()} `);
  assertEquals((await Deno.stat(`${bin}/herd`)).mode! & 0o777, 0o755);

  // Its own script it replaces, whatever else stands in that.
  await Deno.writeTextFile(`${bin}/herd`, script.replace("exec", "exit"));
  assertEquals(await installed(bin, `/usr/bin:${bin}x`), said + hint);
  assertEquals(await Deno.readTextFile(`${bin}/herd`), script);
  assertEquals(await installed(bin, `/usr/bin:${bin}`), said);
});

test("herd install leaves another program alone, and says why it cannot write", async () => {
  using folder = temporaryFolder();
  const { path } = folder;
  await Deno.writeTextFile(`${path}/herd`, "another program");
  const run = (bin: string) => async () =>
    void await install.invoke(["--bin", bin], new TestContext());
  const other = await assertRejects(run(path), Failure);
  assertEquals(
    other.message,
    `'${path}/herd' is another program. Move it away, or give another --bin`,
  );
  assertEquals(await Deno.readTextFile(`${path}/herd`), "another program");
  const blocked = await assertRejects(run(`${path}/herd`), Failure);
  assertStringIncludes(blocked.message, `Cannot write '${path}/herd/herd': `);
});
