import { assert, assertEquals, assertRejects } from "@std/assert";
import { ConfigError } from "../../../src/base/errors.ts";
import token from "../../../src/cli/commands/token.ts";
import { TestContext } from "../../support/fakes/context.ts";
import { topologyFile } from "../../support/files/topology_file.ts";
import { TOKEN_KEY, tokenKeys } from "../../support/herds/tokens.ts";
import { testWith } from "../../support/test.ts";

const test = testWith("disk");
const KEY = { HERD_TOKEN_KEY: TOKEN_KEY };

/** Output of `herd token` with these arguments. */
async function run(
  args: string[],
  { env = KEY, input = "" }: { env?: Record<string, string>; input?: string } = {},
) {
  using file = topologyFile({
    Ann: { host: "192.0.2.1", port: 1 },
    Bob: { host: "herd.example", port: 2, http: 13000 },
  });
  const context = new TestContext({ env, input });
  const status = await token.invoke([...args, "--topology", file.path], context);
  return { status, out: context.stdout.text, error: context.stderr.text };
}

test("herd token makes a token that servers with the key take", async () => {
  const { out } = await run(["kiwi*", "--scopes", "read,tell", "--for", "12h"]);
  const grant = (await tokenKeys().verify(out.trim()))!;
  assertEquals([grant.subject, [...grant.scopes]], ["kiwi*", ["read", "tell"]]);
  assert(Math.abs(grant.expires - Date.now() / 1000 - 43_200) < 60);
  assert(/^[\w-]{16}$/.test(grant.tokenId!));
});

test("herd token says what to enter in each app", async () => {
  const { out, error } = await run(["fleet%2Fvan"]);
  const start = "http://herd.example:13000/v1/report";
  const own = out.trim();
  for (
    const entry of [
      `${start}/${own}/osmand?id=fleet%2Fvan&lat={0}&lon={1}&timestamp={2}`,
      `${start}/${own}/osmand?id=fleet%2Fvan&lat=%LAT&lon=%LON&timestamp=%TIMESTAMP`,
      `Server URL         ${start}/${own}/traccar`,
      "Device identifier  fleet/van",
      `URL        ${start}/owntracks`,
      "User name  fleet\n",
      "Device ID  van\n",
      "HTTP is plain here",
    ]
  ) assert(error.includes(entry), `${entry}\n${error}`);
  assertEquals((await run(["kiwi", "--scopes", "read"])).error, "");
  assertEquals((await run(["kiwi", "--server", "Ann"])).error, "");
});

test("herd token --show says what a token is, and whether it is good", async () => {
  const { out } = await run(["kiwi", "--for", "30d"]);
  const good = await run(["--show"], { input: out });
  assertEquals(good.status, 0);
  assert(/subject +kiwi\nscopes +tell\nexpires +\d{4}-/.test(good.out), good.out);
  assert(good.out.includes("key 1\n"), good.out);
  const rotated = { HERD_TOKEN_KEY: `${"n".repeat(32)} ${TOKEN_KEY}` };
  assert((await run(["--show"], { input: out, env: rotated })).out.includes("key 2\n"));
  const other = await run(["--show"], { input: out, env: { HERD_TOKEN_KEY: "n".repeat(32) } });
  assertEquals(other.status, 1);
  assert(other.out.includes("none of the keys\n"), other.out);
});

test("herd token refuses what makes no token", async () => {
  const table: [args: string[], env: Record<string, string>, fault: string][] = [
    [["kiwi"], {}, "set HERD_TOKEN_KEY"],
    [["kiwi"], { HERD_TOKEN_KEY: "short" }, "it is 5 bytes, at least 32 are needed"],
    [["k*w*"], KEY, "Cannot use 'k*w*' as a subject"],
    [["kiwi", "--scopes", "tell,admin"], KEY, "There is no scope 'admin'"],
    [["kiwi", "--for", "ever"], KEY, "Cannot use 'ever' as a time"],
    [["x".repeat(2_000)], KEY, "The subject is too long"],
    [[], KEY, "Give either a subject or --show"],
    [["kiwi", "--show"], KEY, "Give either a subject or --show"],
    [["--show"], KEY, "That is no token"],
  ];
  for (const [args, env, fault] of table) {
    await assertRejects(() => run(args, { env }), ConfigError, fault);
  }
});
