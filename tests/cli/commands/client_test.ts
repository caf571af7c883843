// The client as a filter, against servers of a few lines. The prompt itself is tested in
// ../client/prompt_test.ts; here only what it may do.

import { assertEquals, assertRejects } from "@std/assert";
import client from "../../../src/cli/commands/client.ts";
import { Failure } from "../../../src/cli/command/errors.ts";
import { ConfigError } from "../../../src/base/errors.ts";
import { TestContext, type TestContextOptions } from "../../support/fakes/context.ts";
import { readAll, readByte, send } from "../../support/herds/client.ts";
import { freePort } from "../../support/processes/ports.ts";
import { testWith } from "../../support/test.ts";
import { topologyFile } from "../../support/files/topology_file.ts";
import { within } from "../../support/waiting.ts";

const test = testWith("sockets", "disk");

/** Runs the client against a server that serves its one connection with `serve`. */
async function run(
  input: Required<TestContextOptions>["input"],
  serve: (connection: Deno.TcpConn) => Promise<void>,
): Promise<TestContext> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using topology = topologyFile({ Ann: { host: "127.0.0.1", port: listener.addr.port } });
  const context = new TestContext({ input });
  const served = listener.accept().then(async (connection) => {
    using _ = connection;
    await serve(connection);
  });
  try {
    const status = client.invoke(["Ann", "--topology", topology.path], context);
    assertEquals(await within(status, "the client to end"), 0);
  } finally {
    await within(served, "the server to be done");
  }
  return context;
}

test("client sends all of its input, half-closes, and writes all that comes then", async () => {
  let request = "";
  const { stdout } = await run("IAMAT a\nunterminated", async (connection) => {
    request = await readAll(connection);
    await send(connection, "late\nanswer");
  });
  assertEquals(request, "IAMAT a\nunterminated");
  assertEquals(stdout.text, "late\nanswer");
});

test("client passes every byte unchanged, and neither way waits for the other", async () => {
  // More than the system's buffers hold: were one way to wait for the other, both would stand.
  const input = new Uint8Array(8 << 20);
  for (let index = 0; index < input.length; index++) input[index] = (index * 2654435761) >>> 24;
  const { stdout } = await run(input, async (connection) => {
    for (let at = 0; at < input.length;) {
      at += await within(connection.write(input.subarray(at)), `the client to read from ${at}`);
    }
    assertEquals((await readAll(connection)).length, input.length);
  });
  // Compared as a whole: assertEquals takes seconds over millions of elements.
  const output = await stdout.bytes();
  assertEquals(output.length, input.length);
  assertEquals(output.every((byte, index) => byte === input[index]), true);
});

test("client fails when the server closes before it was sent everything", async () => {
  const endless = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode("one\n")),
  });
  const error = await assertRejects(() =>
    run(endless, async (connection) => {
      await readByte(connection);
    }), Failure);
  assertEquals(error.message, "'Ann' closed the connection before it was sent everything");
});

test("client says which server it cannot reach, and how to start it", async () => {
  const port = freePort();
  using topology = topologyFile({ Ann: { host: "127.0.0.1", port } });
  const error = await assertRejects(async () => {
    await client.invoke(["Ann", "--topology", topology.path], new TestContext());
  }, Failure);
  assertEquals(
    error.message,
    `Cannot reach 'Ann' at 127.0.0.1:${port}: nothing listens there. 'herd server Ann' starts it`,
  );
  await assertRejects(
    async () => {
      await client.invoke(["Bob", "--topology", topology.path], new TestContext());
    },
    ConfigError,
    "No server of herd 'test' is named 'Bob'",
  );
});

test("client asks for no more than it needs: a prompt for the whole herd and a history, a filter for one server", async () => {
  using topology = topologyFile({
    Ann: { host: "127.0.0.1", port: 1, http: 3 },
    Bob: { host: "127.0.0.1", port: 2 },
  });
  const asked = async (isTerminal: boolean, ...options: string[]) => {
    const context = new TestContext({ env: { HOME: "/home/ann" } });
    for (const it of [context.stdin, context.stdout]) {
      Object.defineProperty(it, "isTerminal", { value: isTerminal });
    }
    const args = ["Ann", "--topology", topology.path, ...options];
    await assertRejects(async () => void await client.invoke(args, context), Failure);
    return context.permissions;
  };
  const { path } = topology;
  const one = { net: ["127.0.0.1:1"], read: [path], write: [], env: [] };
  assertEquals(await asked(false), one);
  assertEquals(await asked(true, "--raw"), one);
  const state = "/home/ann/.local/state/herd";
  assertEquals(await asked(true), {
    net: ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"],
    read: [path, state],
    write: [state],
    env: ["HERD_API_TOKEN", "TERM", "XDG_STATE_HOME", "HOME"],
  });
  assertEquals(await asked(true, "--ws", "--no-history"), {
    net: ["127.0.0.1:3"],
    read: [path],
    write: [],
    env: ["HERD_API_TOKEN", "TERM", "XDG_STATE_HOME", "HOME"],
  });
});
