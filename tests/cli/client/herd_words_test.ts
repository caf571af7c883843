// The prompt's words for the whole herd, against servers that ask for a token and one without an HTTP port.

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { herdWords } from "../../../src/cli/client/herd_words.ts";
import { Failure, UsageError } from "../../../src/cli/command/errors.ts";
import { readTopology } from "../../../src/topology/topology.ts";
import { TestContext } from "../../support/fakes/context.ts";
import { topologyFile } from "../../support/files/topology_file.ts";
import { exchange } from "../../support/herds/client.ts";
import { TestHerd } from "../../support/herds/herd.ts";
import { testWith } from "../../support/test.ts";

const test = testWith("sockets", "disk");
const TOKEN = "a-token-of-24-characters";

test("herdWords() show the herd and have it forget, or say what is missing", async () => {
  await using herd = new TestHerd({ links: [], lone: ["Abe", "Ann"], http: ["Ann"], token: TOKEN });
  const ann = await herd.start("Ann");
  await exchange(herd.port("Ann"), "IAMAT kiwi +1+1 1\n");
  using file = topologyFile(herd.servers, []);
  const topology = await readTopology(file.path);
  const { http } = herd.servers.Ann!;

  const stranger = new TestContext();
  const closed = herdWords(topology, stranger);
  const refused = await assertRejects(() => closed.forget("kiwi"), Failure);
  assertEquals(
    refused.message,
    `No server could forget 'kiwi'\nAbe: has no HTTP port: "http" gives it one in the topology\n` +
      `Ann: 127.0.0.1:${http} asks for a token, or for another one; put it into HERD_API_TOKEN`,
  );
  assertMatch(await closed.status(stranger.stdout), /^test: 0 of 2 servers up, nobody answers$/m);

  const open = herdWords(topology, new TestContext({ env: { HERD_API_TOKEN: TOKEN } }));
  assertMatch(await open.status(stranger.stdout), /^Ann +ready .* 1 .* 0 +0$/m);
  assertEquals(await open.forget("kiwi"), "Ann forgot 'kiwi' and tells the others\n");
  assertEquals(ann.store.size, 0);
  await assertRejects(() => open.forget("a b"), UsageError);
});
