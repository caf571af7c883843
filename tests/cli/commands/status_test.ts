// The table of a herd: what two looks come to, and the command over real HTTP ports.

import { noRequests } from "../../../src/server/clients/request_counts.ts";
import { assert, assertEquals, assertMatch } from "@std/assert";
import status from "../../../src/cli/commands/status.ts";
import type { FullStatus, HerdLook } from "../../../src/cli/status/ask.ts";
import { formatHerd, isWell, syncOf } from "../../../src/cli/status/table.ts";
import { exchange } from "../../support/herds/client.ts";
import { TestContext } from "../../support/fakes/context.ts";
import { until } from "../../support/waiting.ts";
import { TestHerd } from "../../support/herds/herd.ts";
import { testWith } from "../../support/test.ts";
import { topologyFile } from "../../support/files/topology_file.ts";

const test = testWith("sockets", "disk");
const TOKEN = "a-token-of-24-characters";

const LINK: FullStatus["links"][number] = {
  neighbour: "Bob",
  isFollowing: true,
  isFollowed: true,
  lagPositions: 0,
  lagSeconds: 0,
  backlogToRead: 0,
  backlogToSend: 0,
  clockOffsetSeconds: 0,
  reconnects: 0,
  received: { bytes: 0, lines: 0, duplicates: 0, mended: 0 },
  sent: { bytes: 0, lines: 0, withheld: 0 },
};
const ANN: FullStatus = {
  name: "Ann",
  version: "1.2.3",
  startedAt: "2026-01-01T00:00:00.000Z",
  isReady: true,
  troubles: [],
  clients: 12_345,
  records: 12_345,
  feed: { id: "f", position: 20_000 },
  connections: 7,
  requests: { ...noRequests(), iamat: 100, whatsat: 50, invalid: 5 },
  latency: { bounds: [], counts: [0], sum: 0 },
  durability: null,
  backbone: null,
  links: [LINK],
  memoryBytes: 1,
  digest: { digest: "0123456789abcdef", position: 20_000, records: 12_345 },
};

/** A look at servers: a status each, or why there is none. */
function look(atMs: number, servers: Record<string, FullStatus | string>): HerdLook {
  return {
    herd: "test",
    atMs,
    servers: Object.entries(servers).map(([name, it]) =>
      typeof it === "string"
        ? { name, status: undefined, reason: it }
        : { name, status: { ...it, name }, reason: undefined }
    ),
  };
}

const other = { ...ANN.digest, digest: "f".repeat(16) };
const plain = { colour: false, columns: 120 };

Deno.test("syncOf() tells equal records from news on its way and from a fault", () => {
  const equal = look(0, { Ann: ANN, Bob: ANN, Eve: "gone" });
  const unequal = look(0, { Ann: ANN, Bob: { ...ANN, digest: other } });
  assertEquals(syncOf(undefined, equal), "in sync");
  assertEquals(syncOf(undefined, unequal), "changing");
  assertEquals(syncOf(equal, unequal), "changing");
  assertEquals(syncOf(unequal, unequal), "not in sync");
  assertEquals(syncOf(undefined, look(0, { Ann: "gone" })), "unknown");
});

Deno.test("isWell() is false for a server that is down, not ready or degraded, and for a fault", () => {
  const well = look(0, { Ann: ANN, Bob: ANN });
  const unequal = look(0, { Ann: ANN, Bob: { ...ANN, digest: other } });
  assert(isWell(well, well));
  // News is on its way.
  assert(isWell(well, unequal));
  assert(!isWell(unequal, unequal));
  for (const it of ["gone", { ...ANN, isReady: false }, { ...ANN, troubles: ["a trouble"] }]) {
    assert(!isWell(well, look(0, { Ann: ANN, Bob: it })), JSON.stringify(it));
  }
});

Deno.test("formatHerd() has a line for each server, and what they say of the whole", () => {
  const before = look(0, { Ann: ANN, Bob: ANN, Eve: "gone" });
  const later: FullStatus = {
    ...ANN,
    feed: { id: "f", position: 21_500 },
    requests: { ...ANN.requests, iamat: 1_100, invalid: 10 },
    links: [
      { ...LINK, neighbour: "Bob", lagPositions: 1_234, lagSeconds: 0.55, backlogToSend: 90_000 },
      { ...LINK, neighbour: "Eve", isFollowing: false, isFollowed: false },
    ],
  };
  const now = look(2_000, {
    Ann: { ...later, troubles: ["It does not follow 'Eve'"] },
    Bob: { ...ANN, feed: { id: "another run", position: 1 } },
    Eve: "nothing listens at 127.0.0.1:1",
  });
  assertEquals(
    formatHerd(before, now, plain),
    `\
SERVER  STATE     VERSION  CLIENTS  DIGEST    CONN  REQ/S  CHANGES/S  NEIGHBOURS
Ann     degraded  1.2.3     12,345  01234567     7    503        750  Bob -1,234 (0.6 s) backlog 90,000, Eve down
Bob     ready     1.2.3     12,345  01234567     7      -          -  Bob
Eve     -         -              -  -            -      -          -

test: 2 of 3 servers up, in sync: 12,345 records, 0123456789abcdef
Ann: It does not follow 'Eve'
Eve: nothing listens at 127.0.0.1:1
`,
  );
});

Deno.test("formatHerd() leaves out neighbours that no line has space for, and control characters", () => {
  const links = Array.from({ length: 30 }, (_, i) => ({ ...LINK, neighbour: `Server${i}` }));
  const now = look(0, { Ann: { ...ANN, version: "1\x1b[2J", links } });
  const text = formatHerd(undefined, now, { colour: false, columns: 100 });
  assertMatch(text, /Server0(, Server\d+)+, …\n/);
  assert(text.split("\n").every((it) => it.length <= 100), text);
  assert(!text.includes("\x1b"), text);
});

Deno.test("formatHerd() goes without columns on a narrow terminal, and fits it", () => {
  const now = look(0, { Ann: ANN, Bob: "nothing listens" });
  const heads = (columns: number) => {
    const lines = formatHerd(undefined, now, { colour: false, columns }).split("\n");
    for (const it of lines.slice(0, 3)) assert(it.length <= columns, `${columns}: ${it}`);
    return lines[0];
  };
  const all = "SERVER  STATE  VERSION  CLIENTS  DIGEST    CONN  REQ/S  CHANGES/S  NEIGHBOURS";
  assertEquals(heads(all.length), all);
  assertEquals(
    heads(all.length - 1),
    "SERVER  STATE  CLIENTS  DIGEST    CONN  REQ/S  CHANGES/S  NEIGHBOURS",
  );
  assertEquals(heads(50), "SERVER  STATE  CLIENTS  REQ/S  NEIGHBOURS");
  assertEquals(heads(40), "SERVER  STATE  CLIENTS  NEIGHBOURS");
});

/** Two servers with HTTP ports that ask for a token, and one that is not there. */
async function withHerd(run: (file: string, herd: TestHerd) => Promise<void>): Promise<void> {
  const links = [["Ann", "Bob"]] as const;
  const http = ["Ann", "Bob", "Eve"];
  await using herd = new TestHerd({ links, lone: ["Eve"], http, token: TOKEN });
  for (const name of ["Ann", "Bob"]) await herd.start(name);
  using file = topologyFile(herd.servers, links);
  await run(file.path, herd);
}

test("herd status shows that records are equal, and fails for a server that is down", async () => {
  await withHerd(async (file, herd) => {
    await exchange(herd.port("Ann"), "IAMAT a +1+1 1\nIAMAT b +1+1 1\n");
    await until(() => herd.node("Bob").store.size === 2);
    const context = new TestContext({ env: { HERD_API_TOKEN: TOKEN }, columns: 40 });
    assertEquals(await status.invoke(["--topology", file], context), 1);
    assertMatch(context.stdout.text, /^Ann +ready .* 2 .*Bob$/m);
    assertMatch(context.stdout.text, /2 of 3 servers up, in sync: 2 records, [\da-f]{16}\n/);
    assertMatch(context.stdout.text, /^Eve: nothing listens at 127/m);
  });
});

test("herd status --json has everything, and says when a token is missing", async () => {
  await withHerd(async (file) => {
    const context = new TestContext();
    assertEquals(await status.invoke(["--json", "--topology", file], context), 1);
    const { herd, sync, servers } = JSON.parse(context.stdout.text);
    assertEquals({ herd, sync }, { herd: "test", sync: "unknown" });
    assertMatch(
      servers[0].reason,
      /^127\.0\.0\.1:\d+ asks for a token, or for another one; put it into HERD_API_TOKEN$/,
    );
    const allowed = new TestContext({ env: { HERD_API_TOKEN: TOKEN } });
    await status.invoke(["--json", "--topology", file], allowed);
    const seen = JSON.parse(allowed.stdout.text);
    assertEquals(seen.sync, "in sync");
    assertEquals(seen.servers[1].status.digest.digest, "0".repeat(16));
  });
});

test("herd status on a terminal draws the table again and again until the signal", async () => {
  using file = topologyFile({ Ann: { host: "127.0.0.1", port: 1 } });
  const context = new TestContext();
  Object.defineProperty(context.stdout, "isTerminal", { value: true });
  const running = status.invoke(["--topology", file.path], context);
  await until(() => context.stdout.text.split("\x1b[H\x1b[J").length >= 3);
  context.stop.abort();
  assertEquals(await running, 0);
  const { text } = context.stdout;
  assert(text.startsWith("\x1b[?1049h\x1b[?25l"), text);
  assertMatch(
    text,
    /\[\?1049lSERVER .*\n.*\n\n.*nobody answers\nAnn: has no HTTP port: "http" gives .*\n$/,
  );
});
