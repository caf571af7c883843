// With a proxy in the environment, as many companies' machines have one: what a herd says to itself goes
// past it, in plain text and over TLS.

import { assertEquals, assertMatch } from "@std/assert";
import type { HerdSnapshot } from "../../src/http/api/status_schemas.ts";
import { ask } from "../../src/http/ask.ts";
import { runHerd, startServer } from "../support/processes/server_process.ts";
import { exchange, readUntil } from "../support/herds/client.ts";
import { startPlacesUpstream } from "../support/fakes/places_upstream.ts";
import { temporaryFolder } from "../support/files/temporary.ts";
import { writeTopology } from "../support/files/topology_file.ts";
import { chainOf } from "../support/herds/shape.ts";
import { testWith } from "../support/test.ts";
import { until } from "../support/waiting.ts";

const test = testWith("sockets", "disk", "processes");
const TOKEN = "a-token-of-24-characters";

/** A proxy that notes what it is asked for, and serves nobody. */
class Proxy implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #noting: Promise<void>;
  /** The first line of each request. */
  readonly asked: string[] = [];

  constructor() {
    this.#noting = this.#note();
  }

  /** The variables that name it, with the token that it should not get. */
  get env(): Record<string, string> {
    const url = `http://127.0.0.1:${this.#listener.addr.port}`;
    const names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"];
    // Deno itself would ask through it whether there is a newer version.
    const others = { HERD_API_TOKEN: TOKEN, DENO_NO_UPDATE_CHECK: "1" };
    return { ...Object.fromEntries(names.map((it) => [it, url])), ...others };
  }

  async #note(): Promise<void> {
    const visits: Promise<void>[] = [];
    for await (const visitor of this.#listener) visits.push(this.#visit(visitor));
    await Promise.all(visits);
  }

  async #visit(visitor: Deno.TcpConn): Promise<void> {
    using connection = visitor;
    const text = await readUntil(connection, "\r\n\r\n").catch(() => "nothing");
    this.asked.push(text.split("\r\n")[0]!);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#noting;
  }
}

for (const hasTls of [false, true]) {
  test(`a herd ${hasTls ? "with HTTPS" : "in plain text"} asks itself past proxies`, async () => {
    await using stack = new AsyncDisposableStack();
    const proxy = stack.use(new Proxy());
    const folder = stack.use(temporaryFolder()).path;
    const { file, topology, servers } = writeTopology(folder, {
      links: chainOf(["Ann", "Bob"]),
      http: true,
      hasTls,
    });
    const run = (...args: string[]) => runHerd(args, { cwd: folder, env: proxy.env });
    if (hasTls) assertEquals((await run("certs")).code, 0);
    const options = { file, topology, folder, env: proxy.env, args: ["--durability", "none"] };
    await Promise.all(
      ["Ann", "Bob"].map(async (name) => stack.use(await startServer(name, options))),
    );

    const trust = hasTls ? { ca: await Deno.readTextFile(`${folder}/certs/ca.pem`) } : undefined;
    const target = { host: "127.0.0.1", port: servers.Ann!.http!, trust };
    const look = async (): Promise<HerdSnapshot | undefined> => {
      const signal = AbortSignal.timeout(5_000);
      // The HTTP port is opened a moment after the other one.
      const answer = await ask(target, "/v1/servers", { token: TOKEN, signal }).catch(() => {});
      return answer && JSON.parse(answer.text);
    };
    const bob = await until(async () =>
      (await look())?.servers.find((it) => it.name === "Bob" && it.status !== null)
    );
    assertEquals(bob.status!.name, "Bob");

    await until(async () =>
      (await look())?.servers.every((it) => it.status?.troubles.length === 0)
    );
    const status = await run("status", "--json");
    assertEquals([status.code, status.stderr], [0, ""]);
    assertEquals(JSON.parse(status.stdout).servers.length, 2);
    const client = await runHerd(["client", "Bob", "--ws"], {
      cwd: folder,
      env: proxy.env,
      input: "IAMAT kiwi +34.068930-118.445127 1\n",
    });
    assertMatch(client.stdout, /^AT Bob \S+ kiwi /);
    assertEquals((await run("forget", "kiwi", "--server", "Bob")).code, 0);
    assertEquals(proxy.asked, []);
  });
}

test("a server asks for places past proxies", async () => {
  await using stack = new AsyncDisposableStack();
  const proxy = stack.use(new Proxy());
  const upstream = stack.use(startPlacesUpstream());
  const folder = stack.use(temporaryFolder()).path;
  const { file, topology } = writeTopology(folder, { lone: ["Ann"] });
  const { port } = stack.use(
    await startServer("Ann", {
      file,
      topology,
      folder,
      env: proxy.env,
      places: `overpass:${upstream.overpassUrl}`,
      args: ["--durability", "none"],
    }),
  );
  const reply = await exchange(port, "IAMAT k +1+1 1\nWHATSAT k 1 1\n");
  assertMatch(reply, /"status" : "OK"/);
  assertEquals(proxy.asked, []);
});
