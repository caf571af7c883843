// Questions to HTTP ports that answer as they like, and in words why one came to nothing.

import { assertEquals } from "@std/assert";
import { HttpAsker } from "../../../src/cli/command/ask_http.ts";
import { parseTopology } from "../../../src/topology/topology.ts";
import { ManualClock } from "../../support/fakes/manual_clock.ts";
import { readUntil, send } from "../../support/herds/client.ts";
import { freePort } from "../../support/processes/ports.ts";
import { testWith } from "../../support/test.ts";
import { within } from "../../support/waiting.ts";

const test = testWith("sockets");

/** A herd of one server with that HTTP port, and what asks it. */
async function askerOf(http: number | undefined, token?: string) {
  const Ann = { host: "127.0.0.1", port: 1, http };
  const topology = parseTopology(
    JSON.stringify({ herd: "test", servers: { Ann }, links: [] }),
  );
  const clock = new ManualClock();
  const asker = await HttpAsker.open(topology, { token, clock });
  return { ann: topology.server("Ann"), asker, clock };
}

test("HttpAsker.ask() gives the JSON of a good answer, or says why there is none", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const where = `127.0.0.1:${port}`;
  const token = `${where} asks for a token, or for another one; put it into HERD_API_TOKEN`;
  const table: [status: string, body: string, answer: unknown][] = [
    ["200 OK", '{"a":1}', { a: 1 }],
    ["299 Fine", "[]", []],
    ["199 No", "{}", `${where} answers with status 199`],
    ["300 No", "{}", `${where} answers with status 300`],
    ["404 Not Found", "{}", `${where} answers with status 404`],
    ["401 Unauthorized", "{}", token],
    ["200 OK", "no JSON", `${where} gives no good answer: that is no JSON`],
  ];
  for (const [status, body, expected] of table) {
    const { ann, asker, clock } = await askerOf(port, "the-token");
    const asked = asker.ask(ann, "/v1/x", "DELETE");
    using connection = await within(listener.accept(), "a question");
    const request = await readUntil(connection, "\r\n\r\n");
    assertEquals(request.split("\r\n")[0], "DELETE /v1/x HTTP/1.1");
    assertEquals(request.includes("Authorization: Bearer the-token\r\n"), true, request);
    await send(connection, `HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    assertEquals(await within(asked, "the answer"), expected);
    assertEquals(clock.pendingTimers, 0);
  }
});

test("HttpAsker.ask() waits 10 s for an answer, and 5 min for work", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  for (const [method, seconds] of [["GET", 10], ["DELETE", 10], ["POST", 300]] as const) {
    const { ann, asker, clock } = await askerOf(port);
    let isDone = false;
    const asked = asker.ask(ann, "/v1/x", method).finally(() => isDone = true);
    using connection = await within(listener.accept(), "a question");
    await readUntil(connection, "\r\n\r\n");
    await clock.pass(seconds * 1_000 - 1);
    assertEquals({ method, isDone }, { method, isDone: false });
    await clock.pass(1);
    assertEquals(await within(asked, "the end"), `127.0.0.1:${port} does not answer`);
  }
});

test("HttpAsker.ask() says where nothing can be asked", async () => {
  const none = await askerOf(undefined);
  assertEquals(
    await none.asker.ask(none.ann, "/"),
    'has no HTTP port: "http" gives it one in the topology',
  );
  const port = freePort();
  const closed = await askerOf(port);
  assertEquals(await closed.asker.ask(closed.ann, "/"), `nothing listens at 127.0.0.1:${port}`);
});
