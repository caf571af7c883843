// The table of a herd: what two looks at it come to.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { noRequests } from "../../../src/server/clients/request_counts.ts";
import type { FullStatus, HerdLook } from "../../../src/cli/status/ask.ts";
import { formatHerd, isWell, syncOf } from "../../../src/cli/status/table.ts";

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

/** The cell of neighbours of a server with these links, on an output of that many columns. */
function neighbours(
  links: readonly Partial<FullStatus["links"][number]>[],
  { columns = 200, colour = false } = {},
): string {
  const all = links.map((it) => ({ ...LINK, ...it }));
  const text = formatHerd(undefined, look(0, { Ann: { ...ANN, links: all } }), { colour, columns });
  return text.split("\n")[1]!.split("-  ").at(-1)!;
}

Deno.test("formatHerd() says of a link what is wrong with it, and how far it is behind", () => {
  const table: [link: Partial<FullStatus["links"][number]>, shown: string][] = [
    [{}, "Bob"],
    [{ isFollowing: false }, "Bob down"],
    [{ isFollowed: false }, "Bob deaf"],
    [{ isFollowing: false, isFollowed: false, lagPositions: 5 }, "Bob down"],
    [{ lagPositions: 1, lagSeconds: null }, "Bob -1 (0.0 s)"],
    [{ lagPositions: 1_000, lagSeconds: 59.96 }, "Bob -1,000 (60.0 s)"],
    // A lag in time without one in positions is over.
    [{ lagPositions: 0, lagSeconds: 3 }, "Bob"],
    [{ backlogToSend: 1 }, "Bob backlog 1"],
    [{ lagPositions: 2, lagSeconds: 0.5, backlogToSend: 3 }, "Bob -2 (0.5 s) backlog 3"],
  ];
  for (const [link, shown] of table) assertEquals(neighbours([link]), shown);
});

Deno.test("formatHerd() marks a link that is broken or a second behind", () => {
  const coloured = (link: Partial<FullStatus["links"][number]>) =>
    neighbours([link], { colour: true });
  assertEquals(coloured({ lagPositions: 1, lagSeconds: 0.99 }), "Bob -1 (1.0 s)");
  assertEquals(coloured({ lagPositions: 1, lagSeconds: 1 }), "\x1b[33mBob -1 (1.0 s)\x1b[39m");
  assertEquals(coloured({ isFollowed: false }), "\x1b[31mBob deaf\x1b[39m");
  // A server that is not ready stands out as a whole; one that is degraded works.
  const row = (status: Partial<FullStatus>) =>
    formatHerd(undefined, look(0, { Ann: { ...ANN, ...status } }), { colour: true, columns: 120 })
      .split("\n")[1]!;
  assert(row({ isReady: false }).startsWith("\x1b[31mAnn     not ready"));
  assert(row({ troubles: ["one"] }).startsWith("Ann     degraded"));
});

Deno.test("formatHerd() shows as many neighbours as fit, to the last column", () => {
  const links = ["Bob", "Eve", "Joe"].map((neighbour) => ({ neighbour }));
  // The columns before have 67 characters, spaces included.
  const first = "SERVER  STATE  VERSION  CLIENTS  DIGEST    CONN  REQ/S  CHANGES/S  ".length;
  const of = (space: number) => neighbours(links, { columns: first + space });
  assertEquals([13, 12, 11, 10].map(of), [
    "Bob, Eve, Joe",
    "Bob, Eve, …",
    "Bob, Eve, …",
    "Bob, Eve",
  ]);
});

Deno.test("formatHerd() has rates of the time between two looks at one run of a server", () => {
  const later: FullStatus = {
    ...ANN,
    feed: { id: "f", position: 20_003 },
    requests: { ...ANN.requests, iamat: 101, whatsat: 52, invalid: 9 },
  };
  const rates = (seconds: number, before: FullStatus | string | undefined) => {
    const text = formatHerd(
      before === undefined ? undefined : look(1_000, { Ann: before }),
      look(1_000 + seconds * 1_000, { Ann: later }),
      plain,
    );
    return text.split("\n")[1]!.split(/ +/).slice(6, 8);
  };
  assertEquals(rates(1, ANN), ["7", "3"]);
  assertEquals(rates(0.5, ANN), ["14", "6"]);
  // No time passed, none before, or another run.
  assertEquals(rates(0, ANN), ["-", "-"]);
  assertEquals(rates(1, undefined), ["-", "-"]);
  assertEquals(rates(1, "gone"), ["-", "-"]);
  assertEquals(rates(1, { ...ANN, feed: { id: "g", position: 1 } }), ["-", "-"]);
});

Deno.test("formatHerd() sums up what the herd is in", () => {
  const one: FullStatus = { ...ANN, digest: { ...ANN.digest, records: 1 } };
  const unequal = look(0, { Ann: ANN, Bob: { ...ANN, digest: other } });
  const table: [before: HerdLook | undefined, now: HerdLook, said: string][] = [
    [undefined, look(0, { Ann: one }), "1 of 1 servers up, in sync: 1 record, 0123456789abcdef"],
    [undefined, look(0, { Eve: "gone", Ann: ANN }), "1 of 2 servers up, in sync: 12,345 records"],
    [undefined, unequal, "2 of 2 servers up, records are changing"],
    [unequal, unequal, "2 of 2 servers up, not in sync, though nothing changes"],
    [undefined, look(0, { Ann: "gone" }), "0 of 1 servers up, nobody answers"],
  ];
  for (const [before, now, said] of table) {
    const summary = formatHerd(before, now, plain).split("\n\n")[1]!;
    assert(summary.startsWith(`test: ${said}`), summary);
  }
  // A server that answered in one look alone has changed.
  assertEquals(syncOf(look(0, { Ann: ANN, Bob: "gone" }), unequal), "changing");
});
