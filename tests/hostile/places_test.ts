// WHATSAT over real sockets while the places service hangs, fails or floods: every client gets its
// reply, and nobody else notices.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { createGoogle } from "../../src/places/google/google.ts";
import type { GuardLimits } from "../../src/places/upstream/guard.ts";
import { type HerdNode, startNode } from "../../src/server/node.ts";
import { exchange, readUntil, send } from "../support/herds/client.ts";
import { until } from "../support/waiting.ts";
import { loneOptions } from "../support/herds/herd.ts";
import { recordingLog } from "../support/fakes/log.ts";
import { testWith } from "../support/test.ts";
import {
  type Behaviour,
  breakingOff,
  finding,
  flooding,
  hanging,
  type PlacesUpstream,
  refusing,
  SECRET_TEXT,
  stalling,
  startPlacesUpstream,
  TEST_KEY,
} from "../support/fakes/places_upstream.ts";
import { connectTo, sendAndReset } from "../support/load/rude_client.ts";

const test = testWith("sockets");

function startOn(upstream: PlacesUpstream, limits: Partial<GuardLimits>): HerdNode {
  const places = createGoogle({ apiKey: TEST_KEY, baseUrl: upstream.url, limits });
  return startNode(loneOptions({ places }));
}

/** Questions that differ, so that none is answered by another's call. */
const question = (i: number) => `WHATSAT k ${(i % 500) / 10} ${1 + i % 20}\n`;

const HEAD = "IAMAT k +34.068930-118.445127 1520023934.918963997\n";

/** How the 500 come: all on one connection, or each on its own. */
const WAYS: Record<string, (port: number) => Promise<string[]>> = {
  "one connection": async (port) => [
    await exchange(port, Array.from({ length: 500 }, (_, i) => question(i)).join("")),
  ],
  "500 connections": (port) =>
    Promise.all(Array.from({ length: 500 }, (_, i) => exchange(port, question(i)))),
};

for (const [way, askAll] of Object.entries(WAYS)) {
  test(`500 WHATSAT at once on ${way} are answered by the deadline while the upstream hangs`, async () => {
    await using upstream = startPlacesUpstream();
    upstream.behave(hanging);
    await using node = startOn(upstream, { deadlineMs: 600 });
    const { port } = node.address;
    const at = await exchange(port, HEAD);
    let isOver = false;
    const asked = askAll(port).finally(() => isOver = true);
    await until(() => node.status.clients.requests.whatsat === 500);
    using other = await connectTo(port);
    let answered = 0;
    while (!isOver) {
      await send(other, "IAMAT other +1+1 1\n");
      await readUntil(other, "\n");
      answered++;
    }
    assert(answered > 0, "IAMAT are answered meanwhile");
    const text = (await asked).join("");
    assertEquals(text.split(at).length - 1, 500, "each has its AT line");
    assertEquals(text.match(/"error_message" : "/g)?.length, 500);
    assertEquals(
      text.match(/"status" : "(UNKNOWN_ERROR|OVER_QUERY_LIMIT)"\n}\n\n/g)?.length,
      500,
    );
    assert(upstream.arrivals.length < 100);
  });
}

const FAILURES: [name: string, behaviour: Behaviour, status: string][] = [
  ["refuses", refusing(403), "REQUEST_DENIED"],
  ["has had too much", refusing(429), "OVER_QUERY_LIMIT"],
  ["fails", refusing(500), "UNKNOWN_ERROR"],
  ["hangs", hanging, "UNKNOWN_ERROR"],
  ["stalls", stalling, "UNKNOWN_ERROR"],
  ["breaks off", breakingOff, "UNKNOWN_ERROR"],
  ["floods", flooding, "UNKNOWN_ERROR"],
];

for (const [name, behaviour, status] of FAILURES) {
  test(`a connection gets its replies in order, and lives, when the upstream ${name}`, async () => {
    await using upstream = startPlacesUpstream();
    upstream.behave(behaviour);
    const log = recordingLog();
    await using node = startNode(loneOptions({
      log,
      places: createGoogle({
        apiKey: TEST_KEY,
        baseUrl: upstream.url,
        log,
        limits: { deadlineMs: 200, retryDelayMs: 1 },
      }),
    }));
    using client = await connectTo(node.address.port);
    await send(client, `${HEAD}WHATSAT k 10 5\nhello\n`);
    const reply = await readUntil(client, "? hello\n");
    assertMatch(reply, /^(AT [^\n]+\n)\1\{\n[^]*\n\}\n\n\? hello\n$/);
    assertMatch(reply, new RegExp(`"results" : \\[\\],\n   "status" : "${status}"`));
    await send(client, "still here\n");
    assertEquals(await readUntil(client, "\n"), "? still here\n");
    const said = reply + JSON.stringify(log.entries);
    assert(!said.includes(TEST_KEY) && !said.includes(SECRET_TEXT), said);
  });
}

test("a client that is gone waits for no places any more, and others get them", async () => {
  await using upstream = startPlacesUpstream();
  upstream.behave(hanging);
  await using node = startOn(upstream, { deadlineMs: 60_000, maxConcurrent: 1 });
  const { port } = node.address;
  const questions = Array.from({ length: 20 }, (_, i) => question(i)).join("");
  await exchange(port, HEAD);
  await sendAndReset(port, questions, upstream.arrived(1));
  await until(() => node.status.places.waiting === 0);
  upstream.behave(finding(1));
  assertMatch(await exchange(port, question(99)), /"Place 0"/);
});

test("what an upstream gives appears in no log, whatever is logged", async () => {
  await using upstream = startPlacesUpstream();
  upstream.behave(finding(3));
  const log = recordingLog({ debugEnabled: true });
  await using node = startNode(loneOptions({
    log,
    places: createGoogle({ apiKey: TEST_KEY, baseUrl: upstream.url, log }),
  }));
  const reply = await exchange(node.address.port, `${HEAD}WHATSAT k 10 5\n`);
  assertMatch(reply, /"Place 1"/);
  const said = JSON.stringify(
    log.entries.map(({ event, fields }) => [
      event,
      Object.values(fields).map((it) =>
        it instanceof Uint8Array ? new TextDecoder().decode(it) : it
      ),
    ]),
  );
  assertMatch(said, /line.out/);
  assert(!said.includes("Place 1") && !said.includes(TEST_KEY), said);
});
