// What `herd flags` prints; what goes into the flags is tested in ../server/permissions_test.ts.

import { assertEquals, assertRejects } from "@std/assert";
import flags from "../../../src/cli/commands/flags.ts";
import { UsageError } from "../../../src/cli/command/errors.ts";
import { TestContext } from "../../support/fakes/context.ts";
import { testWith } from "../../support/test.ts";
import { serversOf, topologyFile } from "../../support/files/topology_file.ts";

const test = testWith("disk");

/** What `flags` prints for a herd of Ann and Bob. */
async function printed(...args: string[]): Promise<string[]> {
  using file = topologyFile(serversOf(["Ann", "Bob"]), [["Ann", "Bob"]]);
  const context = new TestContext();
  assertEquals(await flags.invoke([...args, "--topology", file.path], context), 0);
  return context.stdout.text.replaceAll(file.path, "t.json").trimEnd().split("\n");
}

test("flags prints one flag a line", async () => {
  assertEquals(await printed("Bob", "--places", "gazetteer", "--port", "9"), [
    "--allow-net=127.0.0.1:9,127.0.0.1:1",
    "--allow-read=t.json,data/Bob",
    "--allow-write=data/Bob",
    "--allow-env=HERD_SECRET,HERD_API_TOKEN,HERD_TOKEN_KEY",
  ]);
});

test("flags --all prints what any server of the herd needs", async () => {
  assertEquals(await printed("--all"), [
    "--allow-net=127.0.0.1:1,127.0.0.1:2,maps.googleapis.com:443,places.googleapis.com:443",
    "--allow-read=t.json,data/Ann,data/Bob",
    "--allow-write=data/Ann,data/Bob",
    "--allow-env=HERD_SECRET,HERD_API_TOKEN,HERD_TOKEN_KEY,GOOGLE_PLACES_API_KEY," +
    "HTTPS_PROXY,https_proxy,ALL_PROXY,all_proxy,DENO_AUDIT_PERMISSIONS",
  ]);
});

test("flags quotes what a shell would take apart", async () => {
  const [, read] = await printed("Ann", "--secret-file", "it's secret");
  assertEquals(read, "'--allow-read=t.json,it'\\''s secret,data/Ann'");
});

testWith("disk", "processes")("a shell takes quoted flags as the help says", async () => {
  const file = 'it\'s  *my* "$HOME" `file`;\\n';
  const lines = await printed("Ann", "--secret-file", file, "--log-file", "a log");
  const script =
    `eval "set -- $(printf '%s\\n' "$FLAGS" | tr '\\n' ' ') server Ann"; printf '%s\\n' "$@"`;
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", script],
    env: { FLAGS: lines.join("\n") },
  }).output();
  const [net, read, write, env, ...rest] = new TextDecoder().decode(stdout).trimEnd().split("\n");
  assertEquals([net, env, ...rest], [lines[0], lines[3], "server", "Ann"]);
  assertEquals(read?.startsWith(`--allow-read=t.json,${file},data/Ann,a log,a log.1,`), true, read);
  assertEquals(write?.startsWith("--allow-write=data/Ann,a log,a log.1,"), true, write);
});

Deno.test("flags takes either a name or --all", async () => {
  for (const args of [[], ["Ann", "--all"]]) {
    await assertRejects(async () => {
      await flags.invoke(args, new TestContext());
    }, UsageError);
  }
});
