// `herd verify` on servers that run: it says what they lacked, and they have it then.

import { assertEquals, assertRejects } from "@std/assert";
import { Failure } from "../../../src/cli/command/errors.ts";
import verify from "../../../src/cli/commands/verify.ts";
import { TestContext } from "../../support/fakes/context.ts";
import { topologyFile } from "../../support/files/topology_file.ts";
import { exchange } from "../../support/herds/client.ts";
import { TestHerd } from "../../support/herds/herd.ts";
import { testWith } from "../../support/test.ts";
import { until } from "../../support/waiting.ts";

const test = testWith("sockets", "disk");
const TOKEN = "a-token-of-24-characters";

test("herd verify has servers get what they lack, and says so", async () => {
  const links = [["Ann", "Bob"]] as const;
  await using herd = new TestHerd({ links, http: ["Ann"], token: TOKEN });
  const [ann, bob] = [await herd.start("Ann"), await herd.start("Bob")];
  using file = topologyFile(herd.servers, links);
  await exchange(herd.port("Bob"), "IAMAT old +1+1 1\nIAMAT new +1+1 2000\n");
  await until(() => ann.store.size === 2);
  await until(() => ann.status.neighbours.get("Bob")!.backlogToRead === 0);
  const run = async (env: Record<string, string>) => {
    const context = new TestContext({ env });
    const status = await verify.invoke(["--topology", file.path], context);
    return { status, text: context.stdout.text };
  };
  const env = { HERD_API_TOKEN: TOKEN };
  assertEquals(await run(env), { status: 0, text: "Ann lacks nothing that Bob has\n" });

  // As no part of the program would.
  ann.store.horizon = 1_000;
  ann.store.sweep(ann.store.recordsEnd);
  ann.store.horizon = 0;
  assertEquals(ann.store.size, 1);
  const text = "Ann lacked 1 record that Bob has: sent now\n";
  assertEquals(await run(env), { status: 1, text });
  assertEquals(ann.store.size, 2);
  assertEquals(ann.status.neighbours.get("Bob")!.recordsMended, 1);

  const refused = await run({});
  assertEquals(refused.status, 1);
  assertEquals(refused.text.includes("asks for a token"), true);
  await bob.stop();
  await until(() => !ann.status.neighbours.get("Bob")!.isFollowing);
  assertEquals(await run(env), { status: 1, text: "Ann could not compare with Bob\n" });
});

test("herd verify fails where no server can be asked", async () => {
  const links = [["Ann", "Bob"]] as const;
  await using herd = new TestHerd({ links });
  using file = topologyFile(herd.servers, links);
  const args = ["--topology", file.path];
  await assertRejects(() => verify.invoke(args, new TestContext()), Failure, "No server has");
});
