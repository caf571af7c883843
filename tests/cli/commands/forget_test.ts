import { assertEquals, assertRejects } from "@std/assert";
import { Failure } from "../../../src/cli/command/errors.ts";
import forget from "../../../src/cli/commands/forget.ts";
import { startNode } from "../../../src/server/node.ts";
import { readTopology } from "../../../src/topology/topology.ts";
import { exchange } from "../../support/herds/client.ts";
import { TestContext } from "../../support/fakes/context.ts";
import { until } from "../../support/waiting.ts";
import { freePort } from "../../support/processes/ports.ts";
import { loneOptions } from "../../support/herds/herd.ts";
import { startHttp } from "../../support/herds/http.ts";
import { testWith } from "../../support/test.ts";
import { topologyFile } from "../../support/files/topology_file.ts";

const test = testWith("sockets", "disk");
const TOKEN = "a-token-of-24-characters";

test("herd forget tells the first server that answers, and all forget", async () => {
  const [ann, bob, http] = [freePort(), freePort(), freePort()];
  const host = "127.0.0.1";
  using file = topologyFile({
    Cat: { host, port: 1 },
    Ann: { host, port: ann, http },
    Bob: { host, port: bob },
  }, [["Ann", "Bob"]]);
  const at = (port: number) => ({ hostname: host, port });
  await using annNode = startNode(
    loneOptions({ name: "Ann", address: at(ann), neighbours: new Map([["Bob", at(bob)]]) }),
  );
  await using bobNode = startNode(
    loneOptions({ name: "Bob", address: at(bob), neighbours: new Map([["Ann", at(ann)]]) }),
  );
  const topology = await readTopology(file.path);
  await using _http = startHttp(annNode, { topology, port: http, token: TOKEN });
  await exchange(bob, "IAMAT a/b +1+1 1\n");
  await until(() => annNode.store.size === 1);

  const stranger = new TestContext();
  const args = ["a/b", "--topology", file.path];
  await assertRejects(
    () => forget.invoke(args, stranger),
    Failure,
    `Cannot tell any server to forget the client\nCat: has no HTTP port\nAnn: ${host}:${http} ` +
      "asks for a token",
  );
  const context = new TestContext({ env: { HERD_API_TOKEN: TOKEN } });
  assertEquals(await forget.invoke(args, context), 0);
  assertEquals(context.stdout.text, "Ann forgot 'a/b' and tells the others\n");
  await until(() => bobNode.store.size === 0);
  const again = new TestContext({ env: { HERD_API_TOKEN: TOKEN } });
  assertEquals(await forget.invoke(args, again), 0);
  assertEquals(
    again.stdout.text,
    "Ann knew no 'a/b'; it tells the others, should they know one\n",
  );
  assertEquals([annNode.store.size, annNode.store.records, bobNode.store.records], [0, 1, 1]);
});
