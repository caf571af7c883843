// A herd at work is changed as src/ops/README.md says: a server more, a server less, another secret,
// token, file of places and certificate. Clients go on meanwhile, and nothing they were told is lost.

import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { connect } from "node:tls";
import { ask } from "../../src/http/ask.ts";
import { parseTopology, type Topology } from "../../src/topology/topology.ts";
import { exchange } from "../support/herds/client.ts";
import { freePort } from "../support/processes/ports.ts";
import { RoamingLoad } from "../support/load/roaming_load.ts";
import { runHerd, type ServerProcess, startServer } from "../support/processes/server_process.ts";
import { temporaryFolder } from "../support/files/temporary.ts";
import { testWith } from "../support/test.ts";
import { until } from "../support/waiting.ts";
import { writeTopology } from "../support/files/topology_file.ts";

const test = testWith("sockets", "disk", "processes");
const { signal } = new AbortController();
const TOKEN = "a-token-of-the-herd";

/** Options of a server's start, besides its topology. */
interface Settings {
  /** The servers that the file of the topology names; each is linked with each. */
  readonly names: readonly string[];
  readonly secrets: readonly string[];
  readonly token: string;
  /** The one place of the file of places. */
  readonly place: string;
}

/** A herd of which every server is restarted with other settings. */
class ChangingHerd implements AsyncDisposable {
  /** Those that run. */
  readonly servers = new Map<string, ServerProcess>();
  readonly #folder: string;
  readonly #entries: Record<string, { host: string; port: number; http: number }> = {};
  #names: readonly string[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Restarts servers one after the other, each when the one before is linked; new ones are started. */
  async roll(names: readonly string[], settings: Settings): Promise<void> {
    const { token, secrets, place } = settings;
    const topology = await this.#writeTopology(settings.names);
    const places = `${this.#folder}/places.csv`;
    await Deno.writeTextFile(places, `name,lat,lon\n${place},34.07,-118.44\n`);
    for (const name of names) {
      await this.stop(name);
      const server = await startServer(name, {
        folder: this.#folder,
        file: `${this.#folder}/topology.json`,
        topology,
        env: { HERD_SECRET: secrets.map((it) => it.repeat(32)).join("\n"), HERD_API_TOKEN: token },
        places: `file:${places}`,
        onLog() {},
      });
      this.servers.set(name, server);
      await until(async () => (await this.linksOf(name, token)) === this.#othersOf(name));
    }
  }

  /** Stops a server if it runs, as an operator does, once clients have left it and `isReady` resolves. */
  async stop(name: string, isReady = () => Promise.resolve()): Promise<void> {
    const server = this.servers.get(name);
    this.servers.delete(name);
    await isReady();
    if (server !== undefined) assertEquals((await server.end("SIGTERM")).code, 0);
  }

  /** Links of a server that go both ways; undefined where it does not take the token. */
  async linksOf(name: string, token: string): Promise<number | undefined> {
    const target = { host: "127.0.0.1", port: this.#entries[name]!.http, trust: undefined };
    // It may not listen yet.
    const answer = await ask(target, "/v1/status", { token, signal }).catch(() => undefined);
    if (answer?.status !== 200) return undefined;
    const { links } = JSON.parse(answer.text) as {
      links: { isFollowing: boolean; isFollowed: boolean }[];
    };
    return links.filter((it) => it.isFollowing && it.isFollowed).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.servers.values()].map((it) => it[Symbol.asyncDispose]()));
  }

  #othersOf(name: string): number {
    return this.#names.filter((it) => it !== name && this.servers.has(it)).length;
  }

  async #writeTopology(names: readonly string[]): Promise<Topology> {
    this.#names = names;
    const servers = Object.fromEntries(names.map((name) => [
      name,
      this.#entries[name] ??= { host: "127.0.0.1", port: freePort(), http: freePort() },
    ]));
    const links = names.flatMap((one, i) => names.slice(i + 1).map((other) => [one, other]));
    const text = JSON.stringify({ herd: "test", servers, links });
    await Deno.writeTextFile(`${this.#folder}/topology.json`, text);
    return parseTopology(text);
  }
}

test("a herd at work gets another server, secret, token and places, and loses a server", async () => {
  using folder = temporaryFolder();
  await using herd = new ChangingHerd(folder.path);
  const [oldToken, newToken] = ["old-token-of-the-herd", "new-token-of-the-herd"];
  const before = { names: ["A", "B"], secrets: ["o"], token: oldToken, place: "Old" };
  await herd.roll(["A", "B"], before);
  const load = new RoamingLoad(herd.servers);

  // One more server, which the others know before it comes. The new secret is known, and not used yet.
  const grown = { ...before, names: ["A", "B", "C"], secrets: ["o", "n"] };
  await herd.roll(["A", "B", "C"], grown);
  await load.untilAllKnow();

  // The new secret is used; the token and the places are others.
  const renewed = { ...grown, secrets: ["n", "o"], token: newToken, place: "New" };
  await herd.roll(["A", "B", "C"], renewed);
  assertEquals(await herd.linksOf("A", oldToken), undefined);

  // One server less, once it has passed on what it was told; the old secret is forgotten.
  await herd.stop("A", () => load.untilAllKnow());
  await herd.roll(["B", "C"], { ...renewed, names: ["B", "C"], secrets: ["n"] });

  await load.stop();
  assert(load.clients > 100, `only ${load.clients} clients were acknowledged`);
  await load.untilAllKnow();
  for (const { port } of herd.servers.values()) {
    assertMatch(await exchange(port, "WHATSAT client-0-0 1 1\n"), /"name" : "New"/);
  }
});

test("servers take renewed certificates and places at SIGHUP, and keep links and clients", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder()).path;
  const { file, topology } = writeTopology(folder, {
    links: [["A", "B"]],
    hasTls: true,
    http: true,
  });
  const certs = () => runHerd(["certs"], { cwd: folder });
  assertEquals((await certs()).code, 0);
  const places = `${folder}/places.csv`;
  const writePlace = (name: string) =>
    Deno.writeTextFile(places, `name,lat,lon\n${name},34.07,-118.44\n`);
  await writePlace("Old");
  const start = async (name: string) =>
    stack.use(
      await startServer(name, {
        folder,
        file,
        topology,
        env: { HERD_API_TOKEN: TOKEN },
        places: `file:${places}`,
        args: ["--log-file", `data/${name}/log`, "--log-level", "info", "--log-format", "json"],
        shell: `mkdir -p data/${name}`,
      }),
    );
  const servers = await Promise.all(["A", "B"].map(start));
  const logOf = (name: string) => Deno.readTextFile(`${folder}/data/${name}/log`);
  await until(async () =>
    (await logOf("A")).includes("link.following") && (await logOf("B")).includes("link.following")
  );
  /** The serial numbers of what a server shows to clients, and to those who ask by HTTP. */
  const shown = () => {
    const { port, http } = topology.server("A");
    return Promise.all([port, http!].map(serialNumber));
  };
  /** The name of the one place near a client. */
  const placeOf = async () => {
    const ca = await Deno.readTextFile(`${folder}/certs/ca.pem`);
    using client = Deno.createHttpClient({ caCerts: [ca] });
    const url = `https://127.0.0.1:${topology.server("A").http}/v1/clients/kiwi`;
    const headers = { "Authorization": `Bearer ${TOKEN}`, "Content-Type": "application/json" };
    const body = JSON.stringify({ lat: 34.07, lon: -118.44 });
    const put = await fetch(`${url}/location`, { client, headers, method: "PUT", body });
    await put.body?.cancel();
    const found = await fetch(`${url}/places?radius=1&limit=1`, { client, headers });
    return JSON.stringify(await found.json()).match(/"name":"(\w+)"/)?.[1];
  };
  assertEquals(await placeOf(), "Old");
  const first = await shown();
  assertEquals(first[0], first[1]);
  for (const name of ["A", "B"]) {
    for (const end of ["pem", "key"]) await Deno.remove(`${folder}/certs/${name}.${end}`);
  }
  assertEquals((await certs()).code, 0);
  await writePlace("New");
  for (const { pid } of servers) Deno.kill(pid, "SIGHUP");
  const second = await until(async () => {
    const now = await shown();
    return now.every((it) => it !== first[0]) && now;
  });
  assertEquals(second[0], second[1]);
  assertNotEquals(second[0], first[0]);
  await until(async () => await placeOf() === "New");
  for (const name of ["A", "B"]) {
    // One for lines and links, one for HTTP.
    const log = await until(async () => {
      const text = await logOf(name);
      return text.match(/"tls\.renewed"/g)?.length === 2 && text;
    });
    assertEquals(log.match(/link\.(lost|unfollowed|refused)/g), null, log);
  }
  for (const server of servers) assertEquals((await server.end("SIGTERM")).code, 0);
});

/** The serial number of the certificate that is shown on a port. */
function serialNumber(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.on("error", reject);
  });
}
