// The load generators: that they count what they should, and that no wrong reply gets past them.

import { assertEquals, assertGreater, assertRejects } from "@std/assert";
import { testWith } from "../../support/test.ts";
import { loneOptions } from "../../support/herds/herd.ts";
import { startHttp } from "../../support/herds/http.ts";
import { temporaryFolder } from "../../support/files/temporary.ts";
import { startNode } from "../../../src/server/node.ts";
import { createGenerator, denoGenerator, findCompiler, type Generator } from "./generator.ts";
import { summarize } from "../figures/latency.ts";

const test = testWith("sockets", "disk", "processes");

/** The generator in TypeScript, and the one in C where it can be had. */
async function generators(folder: string): Promise<Generator[]> {
  const native = await createGenerator(await findCompiler(), folder);
  return native.isNative ? [native, denoGenerator()] : [denoGenerator()];
}

/** A server that answers each chunk of lines with what a function makes of it. */
function answering(answer: (lines: string) => string): { readonly port: number } & AsyncDisposable {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const connection of listener) serving.push(serve(connection, answer));
  })();
  return {
    port: listener.addr.port,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      await Promise.all(serving);
    },
  };
}

async function serve(connection: Deno.TcpConn, answer: (lines: string) => string): Promise<void> {
  using _connection = connection;
  const buffer = new Uint8Array(65_536);
  try {
    for (let n = await connection.read(buffer); n !== null; n = await connection.read(buffer)) {
      const lines = new TextDecoder().decode(buffer.subarray(0, n));
      await connection.write(new TextEncoder().encode(answer(lines)));
    }
  } catch {
    // The generator has gone.
  }
}

function eachLine(answer: (line: string) => string): (lines: string) => string {
  return (lines) => lines.split("\n").slice(0, -1).map((it) => answer(it) + "\n").join("");
}

test("load() sends what was asked for, and tells every client's location to a server", async () => {
  using folder = temporaryFolder();
  for (const generator of await generators(folder.path)) {
    await using node = startNode(loneOptions());
    const ports = [node.address.port];
    const load = { ports, connections: 3, depth: 7, requests: 250, clients: 100, inOrder: true };
    const result = await generator.load(load);
    assertEquals(result.requests, 250);
    assertEquals(result.buckets.reduce((sum, [, count]) => sum + count, 0), 250);
    assertEquals(node.status.clients.requests.iamat, 250);
    assertEquals(node.store.size, 100);
  }
});

test("load() keeps to its rate, and knows invalid lines, WHATSAT and echoes", async () => {
  using folder = temporaryFolder();
  await using node = startNode(loneOptions());
  await using echo = answering((lines) => lines);
  const ports = [node.address.port];
  for (const generator of await generators(folder.path)) {
    await generator.load({ ports, requests: 50, clients: 50, inOrder: true });
    const steady = await generator.load({ ports, connections: 2, rate: 500, seconds: 0.2 });
    assertGreater(steady.requests, 80);
    assertGreater(120, steady.requests);
    for (const kind of ["invalid", "whatsat"] as const) {
      const { requests } = await generator.load({ ports, kind, requests: 20, clients: 50 });
      assertEquals(requests, 20);
    }
    const echoed = { ports: [echo.port], kind: "echo", depth: 10, requests: 40 } as const;
    assertEquals((await generator.load(echoed)).requests, 40);
  }
});

const WRONG: Readonly<Record<string, (lines: string) => string>> = {
  "another client": eachLine((line) => at(line).replace("c0", "d0")),
  "another time": eachLine((line) => at(line).replace(/\d$/, "x")),
  "a skew without decimals": eachLine((line) => at(line).replace(".263873386", "")),
  "a skew without sign": eachLine((line) => at(line).replace("+0.26", "0.26")),
  "an invalid request": eachLine((line) => `? ${line}`),
  "one reply too many": (lines) => eachLine(at)(lines) + "AT\n",
  "replies out of order": (lines) =>
    lines.split("\n").slice(0, -1).reverse().map((it) => `${at(it)}\n`).join(""),
};

function at(line: string): string {
  return line.replace("IAMAT", "AT Goloman +0.263873386");
}

test("load() fails at a wrong reply", async () => {
  using folder = temporaryFolder();
  for (const generator of await generators(folder.path)) {
    await using right = answering(eachLine(at));
    await generator.load({ ports: [right.port], depth: 2, requests: 4 });
    for (const [what, answer] of Object.entries(WRONG)) {
      await using server = answering(answer);
      await assertRejects(
        () => generator.load({ ports: [server.port], depth: 2, requests: 4 }),
        Error,
        undefined,
        `${generator.name} took ${what}`,
      );
    }
  }
});

test("load() knows the HTTP API, and what is wrong there", async () => {
  using folder = temporaryFolder();
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const reply = (status: string, body: string) =>
    `HTTP/1.1 ${status}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  const wrong: Record<string, (request: string) => string> = {
    "another status": () => reply("503 Service Unavailable", "{}"),
    "another client": () => reply("200 OK", '{"id":"d000000000001","time":"1"}'),
    "another time": (request) =>
      reply("200 OK", `{"id":"${/c\d+/.exec(request)?.[0]}","time":"1000000000.000000000"}`),
    "no length": () => 'HTTP/1.1 200 OK\r\n\r\n{"clients":[]}',
  };
  for (const generator of await generators(folder.path)) {
    const ports = [http.port.address.port];
    const load = { ports, connections: 2, requests: 20, clients: 20, inOrder: true };
    assertEquals((await generator.load({ ...load, kind: "put" })).requests, 20);
    assertEquals(node.store.size, 20);
    assertEquals((await generator.load({ ...load, kind: "get" })).requests, 20);
    const near = { ...load, kind: "near", tail: "radius=50&limit=5" } as const;
    assertEquals((await generator.load(near)).requests, 20);
    for (const [what, answer] of Object.entries(wrong)) {
      await using server = answering(answer);
      await assertRejects(
        () => generator.load({ ports: [server.port], kind: "put", requests: 4 }),
        Error,
        undefined,
        `${generator.name} took ${what}`,
      );
    }
  }
});

test("hops() measures until the other server knows", async () => {
  using folder = temporaryFolder();
  for (const generator of await generators(folder.path)) {
    await using node = startNode(loneOptions());
    const { port } = node.address;
    const path = { from: port, to: port, samples: 10, pauseMs: 0, first: 5 };
    const { p50, max } = summarize(await generator.hops(path));
    assertGreater(p50, 0);
    assertGreater(1_000, max);
    assertEquals(node.store.size, 10);
  }
});
