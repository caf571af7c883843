// The HTTP port of a server's process: its settings, its certificate, and a port that is taken.

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ConfigError } from "../../../src/base/errors.ts";
import { Failure } from "../../../src/cli/command/errors.ts";
import { httpSettings, openHttp, openHttpTls } from "../../../src/cli/server/open_http.ts";
import type { TokenKeys } from "../../../src/server/tokens/token_keys.ts";
import { parseTopology, type ServerEntry, type Topology } from "../../../src/topology/topology.ts";
import { TestContext } from "../../support/fakes/context.ts";
import { recordingLog } from "../../support/fakes/log.ts";
import { temporaryFolder } from "../../support/files/temporary.ts";
import { TestHerd } from "../../support/herds/herd.ts";
import { testWith } from "../../support/test.ts";
import { TestAuthority } from "../../support/tls/certificates.ts";

const TOKEN = "a-token-of-24-characters";
const NO_KEY = { hasKey: false } as TokenKeys;

function herdOf(host: string, { http, tls }: { http?: number; tls?: unknown } = {}): Topology {
  const Ann = { host, port: 1, ...tls === undefined ? {} : { link: 2 }, ...http ? { http } : {} };
  return parseTopology(JSON.stringify({ herd: "test", tls, servers: { Ann }, links: [] }));
}

function settingsOf(
  host: string,
  { http = 5, env = {}, ...options }: {
    http?: number;
    env?: Record<string, string>;
    host?: string;
    noHttp?: boolean;
    allowOrigin?: string;
    tokens?: TokenKeys;
  } = {},
) {
  const own: ServerEntry = herdOf(host, { http }).server("Ann");
  return httpSettings(
    own,
    { tokens: NO_KEY, noHttp: false, allowOrigin: undefined, ...options },
    new TestContext({ env }),
  );
}

Deno.test("httpSettings() are the topology's unless options say otherwise", () => {
  const { origins: _, ...rest } = settingsOf("127.0.0.1")!;
  assertEquals(rest, { hostname: "127.0.0.1", port: 5, token: undefined, tokens: NO_KEY });
  assertEquals(settingsOf("127.0.0.1", { host: "::1" })?.hostname, "::1");
  assertEquals(settingsOf("127.0.0.1", { noHttp: true }), undefined);
  assertEquals(settingsOf("127.0.0.1", { http: 0 }), undefined);
  const env = { HERD_API_TOKEN: TOKEN };
  assertEquals(settingsOf("10.0.0.1", { env })?.token, TOKEN);
  assertEquals(settingsOf("10.0.0.1", { tokens: { hasKey: true } as TokenKeys })?.port, 5);
});

Deno.test("httpSettings() refuse a port that others reach without a token, and origins that are none", () => {
  const table: [refused: () => unknown, message: string][] = [
    [() => settingsOf("10.0.0.1"), "Cannot open HTTP on '10.0.0.1' port 5 without a token"],
    [() => settingsOf("127.0.0.1", { host: "0.0.0.0" }), "Cannot open HTTP on '0.0.0.0' port 5"],
    [() => settingsOf("127.0.0.1", { env: { HERD_API_TOKEN: "short" } }), "it has 5 characters"],
    [() => settingsOf("127.0.0.1", { allowOrigin: "no origin" }), "no origin"],
    // A mistake is one without a port, too.
    [() => settingsOf("127.0.0.1", { allowOrigin: "no origin", noHttp: true }), "no origin"],
  ];
  for (const [refused, message] of table) assertThrows(refused, ConfigError, message);
});

testWith("disk")(
  "openHttpTls() reads the server's certificate, and warns of another host's",
  async () => {
    using folder = temporaryFolder();
    const { path } = folder;
    const { ca, cert, key } = await (await TestAuthority.make()).credentials("Ann");
    await Deno.writeTextFile(`${path}/ca.pem`, ca);
    await Deno.writeTextFile(`${path}/Ann.pem`, cert);
    const open = async (host: string, tls?: unknown, isThere = true) => {
      const log = recordingLog();
      const topology = herdOf(host, { http: 5, tls });
      const http = isThere ? settingsOf(host, { env: { HERD_API_TOKEN: TOKEN } }) : undefined;
      const context = new TestContext();
      using own = await openHttpTls({ name: "Ann", topology, http, context }, log);
      return { cert: own?.cert, said: log.entries.map((it) => `${it.level} ${it.event}`) };
    };
    const tls = { certs: path, http: path };
    await assertRejects(() => open("127.0.0.1", tls), ConfigError, "Ann.key");
    await Deno.writeTextFile(`${path}/Ann.key`, key);
    assertEquals(await open("127.0.0.1", tls), { cert, said: [] });
    assertEquals(await open("10.0.0.1", tls), { cert, said: ["warn tls.otherHost"] });
    for (const plain of [await open("127.0.0.1", { certs: path }), await open("::1", tls, false)]) {
      assertEquals(plain, { cert: undefined, said: [] });
    }
  },
);

testWith("sockets")("openHttp() says whose port it cannot have", async () => {
  await using herd = new TestHerd({ links: [], lone: ["Ann"] });
  const node = await herd.start("Ann");
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  const topology = herdOf("127.0.0.1", { http: port });
  const http = settingsOf("127.0.0.1", { http: port });
  assertEquals(await openHttp(node.doors, { topology, http: undefined }, undefined), undefined);
  const error = await assertRejects(
    () => openHttp(node.doors, { topology, http }, undefined),
    Failure,
  );
  assertEquals(
    error.message,
    `Cannot listen for HTTP on 127.0.0.1:${port}: another program does already`,
  );
});
