// Reasons for which a server does not start, before anything is open.

import { assertEquals, assertRejects } from "@std/assert";
import { ConfigError } from "../../../src/base/errors.ts";
import { UsageError } from "../../../src/cli/command/errors.ts";
import { readSetup } from "../../../src/cli/server/server_setup.ts";
import { AUDIT_VARIABLE } from "../../../src/topology/permissions.ts";
import { SystemClock } from "../../../src/server/system.ts";
import { testWith } from "../../support/test.ts";

const test = testWith("project");

const verifyEvery = "1h";

test("readSetup() refuses a key in URLs where Deno writes those down", async () => {
  const topology = new URL("../../../topology.json", import.meta.url).pathname;
  const setup = (places: string, audits: boolean) => {
    const env = (name: string) => audits && name === AUDIT_VARIABLE ? "audit.json" : undefined;
    const values = { name: "Goloman", topology, places, verifyEvery } as Parameters<
      typeof readSetup
    >[0];
    return readSetup(values, { env, clock: new SystemClock() });
  };
  await assertRejects(() => setup("google-legacy", true), ConfigError, AUDIT_VARIABLE);
  assertEquals((await setup("google-legacy", false)).placesSource, "google-legacy");
  assertEquals((await setup("google", true)).placesSource, "google");
});

test("readSetup() requires tokens of clients only with a key, and where no stranger can link", async () => {
  const topology = new URL("../../../topology.json", import.meta.url).pathname;
  const setup = (env: Record<string, string>) => {
    const values = { name: "Goloman", topology, verifyEvery, requireToken: true } as Parameters<
      typeof readSetup
    >[0];
    return readSetup(values, { env: (name) => env[name], clock: new SystemClock() });
  };
  const [HERD_SECRET, HERD_TOKEN_KEY] = ["s".repeat(32), "k".repeat(32)];
  await assertRejects(() => setup({ HERD_SECRET }), ConfigError, "without a key");
  await assertRejects(() => setup({ HERD_TOKEN_KEY }), ConfigError, "anybody may link");
  assertEquals((await setup({ HERD_SECRET, HERD_TOKEN_KEY })).tokens.hasKey, true);
});

test("readSetup() takes from --verify-every how often to look, 0 for never, and two weeks at most", async () => {
  const topology = new URL("../../../topology.json", import.meta.url).pathname;
  const setup = (text: string) => {
    const values = { name: "Goloman", topology, verifyEvery: text } as Parameters<
      typeof readSetup
    >[0];
    return readSetup(values, { env: () => undefined, clock: new SystemClock() });
  };
  assertEquals((await setup("90s")).verifySeconds, 90);
  assertEquals((await setup("2w")).verifySeconds, 14 * 86_400);
  assertEquals((await setup("0")).verifySeconds, undefined);
  await assertRejects(() => setup("15d"), UsageError, "at most 2w");
  await assertRejects(() => setup("often"), UsageError, "'often'");
});
