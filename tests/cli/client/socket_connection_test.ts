// The client over a WebSocket, against a real server: as over TCP, byte for byte.

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import client from "../../../src/cli/commands/client.ts";
import { Failure } from "../../../src/cli/command/errors.ts";
import { ReplyCounter } from "../../../src/cli/client/socket_connection.ts";
import { encode } from "../../../src/base/bytes.ts";
import { ConfigError } from "../../../src/base/errors.ts";
import { type HerdNode, startNode } from "../../../src/server/node.ts";
import { TestContext, type TestContextOptions } from "../../support/fakes/context.ts";
import { freePort } from "../../support/processes/ports.ts";
import { loneOptions, NO_PLACES, placesOf } from "../../support/herds/herd.ts";
import { startHttp } from "../../support/herds/http.ts";
import { testWith } from "../../support/test.ts";
import { fromLatin1, latin1 } from "../../support/reference/reference.ts";
import { topologyFile } from "../../support/files/topology_file.ts";

const test = testWith("sockets", "disk");
const TOKEN = "a-token/of+24-characters";

/** Runs the client with this input against a server whose HTTP port asks for a token. */
async function run(
  input: Required<TestContextOptions>["input"],
  { token = TOKEN, node = startNode(loneOptions()) }: { token?: string; node?: HerdNode } = {},
): Promise<string> {
  await using _ = node;
  await using http = startHttp(node, { token: TOKEN });
  const servers = { Ann: { host: "127.0.0.1", port: 1, http: http.port.address.port } };
  using topology = topologyFile(servers);
  const context = new TestContext({ input, env: { HERD_API_TOKEN: token } });
  assertEquals(await client.invoke(["Ann", "--ws", "--topology", topology.path], context), 0);
  return latin1(await context.stdout.bytes());
}

Deno.test("ReplyCounter.count() counts replies however they are cut", () => {
  const text = 'AT x\n? A\n? ?\nAT y\n{\n   "A" : "?"\n}\n\n?\n';
  assertEquals(new ReplyCounter().count(encode(text)), 5);
  const counter = new ReplyCounter();
  const counts = [...text].map((it) => counter.count(encode(it)));
  assertEquals(counts.reduce((sum, it) => sum + it), 5);
});

test("client --ws sends all of its input and writes every answer, byte for byte", async () => {
  const node = startNode(loneOptions({
    places: placesOf(() => Promise.resolve({ ...NO_PLACES, results: [{ name: "A\n? B" }] })),
  }));
  const output = await run(
    fromLatin1("IAMAT k\xff +1+1 1\nWHATSAT k\xff 1 1\n\nAT ?\nunterminated"),
    { node },
  );
  assertMatch(
    output,
    /^AT Goloman \S+ k\xff \+1\+1 1\nAT [^]*"A\\n\? B"[^]*}\n\n\? \n\? AT \?\n\? unterminated\n$/,
  );
  assertEquals(await run(""), "");
});

test("client --ws waits for answers instead of sending more than the server takes", async () => {
  // Lines that are cut, that are empty, and far more bytes than may be under way.
  const line = "y".repeat(90);
  const lines = [...Array.from({ length: 40_000 }, () => line), "", "z".repeat(300_000), "end"];
  const output = await run(encode(lines.join("\n")));
  const expected = lines.map((it) => `? ${it.slice(0, 4096)}\n`).join("");
  assertEquals(output.length, expected.length);
  assertEquals(output === expected, true);
});

test("client --ws says why it cannot talk", async () => {
  await assertRejects(() => run("x\n", { token: "wrong" }), Failure, "Cannot reach 'Ann' at");
  const port = freePort();
  using topology = topologyFile({
    Ann: { host: "127.0.0.1", port: 1, http: port },
    Bob: { host: "127.0.0.1", port: 2 },
  });
  const talk = (name: string) => async () =>
    void await client.invoke([name, "--ws", "--topology", topology.path], new TestContext());
  await assertRejects(talk("Ann"), Failure, `Cannot reach 'Ann' at 127.0.0.1:${port}: `);
  await assertRejects(talk("Bob"), ConfigError, "'Bob' has no HTTP port");
});

test("client --ws fails when the server ends before everything was answered", async () => {
  const node = startNode(loneOptions());
  const endless = new ReadableStream({
    async pull(controller) {
      controller.enqueue(new TextEncoder().encode("x\n"));
      if (node.status.clients.requests.invalid > 0) await node.stop();
    },
  });
  const error = await assertRejects(() => run(endless, { node }), Failure);
  assertEquals(error.message, "'Ann' closed the connection before it was sent everything");
});
