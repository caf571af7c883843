// The client protocol over real sockets: tables of request and reply.

import { assertEquals, assertMatch } from "@std/assert";
import type { Clock } from "../../../src/base/clock.ts";
import { startNode } from "../../../src/server/node.ts";
import { SystemClock } from "../../../src/server/system.ts";
import { exchange, readAll, readUntil, send } from "../../support/herds/client.ts";
import { until, within } from "../../support/waiting.ts";
import { loneOptions, NO_PLACES, placesOf } from "../../support/herds/herd.ts";
import { testWith } from "../../support/test.ts";

const test = testWith("sockets");

/** The wall clock stands still at this time; timers run. */
class StillClock extends SystemClock implements Clock {
  override now(into: { set(seconds: number, nanos: number): void }): void {
    into.set(1520023935, 182837383);
  }
}

const options = () => loneOptions({ clock: new StillClock() });

/** Requests on one connection, and all that comes back; `?` stands for `? ` and the line itself. */
const table: [name: string, request: string, reply: string][] = [
  [
    "IAMAT",
    "IAMAT kiwi.cs.ucla.edu +34.068930-118.445127 1520023934.918963997\n",
    "AT Goloman +0.263873386 kiwi.cs.ucla.edu +34.068930-118.445127 1520023934.918963997\n",
  ],
  [
    "IAMAT from a clock that is ahead",
    "IAMAT k +34-118 1520023938.182837383\n",
    "AT Goloman -3.000000000 k +34-118 1520023938.182837383\n",
  ],
  [
    "white space of all six kinds, and bytes that only look like it",
    " IAMAT\t\va\xa0\xff\f+1-1\r1520023935.182837383 \r\n",
    "AT Goloman +0.000000000 a\xa0\xff +1-1 1520023935.182837383\n",
  ],
  ["an empty line", "\n", "? \n"],
  ["CRLF comes back", "HELLO\r\n", "? HELLO\r\n"],
  ["a last line without newline", "IAMAT", "? IAMAT\n"],
  ["nothing", "", ""],
  ["a first line that only begins like a link", "FOLLOW/ me home\n", "? FOLLOW/ me home\n"],
  ["an unknown client", "WHATSAT nobody 10 5\n", "? WHATSAT nobody 10 5\n"],
  [
    "AT from a client",
    "AT Hands +0.000000000 k +1+1 1 Hands\n",
    "? AT Hands +0.000000000 k +1+1 1 Hands\n",
  ],
  [
    "FOLLOW after another line",
    "x\nFOLLOW/1 test Hands Goloman 0 0\n",
    "? x\n? FOLLOW/1 test Hands Goloman 0 0\n",
  ],
  [
    "an older IAMAT is answered and changes nothing",
    "IAMAT k +1+1 20\nIAMAT k +2+2 10\nIAMAT k +3+3 20.000\nWHATSAT k 1 1\n",
    "AT Goloman +1520023915.182837383 k +1+1 20\n" +
    "AT Goloman +1520023925.182837383 k +2+2 10\n" +
    "AT Goloman +1520023915.182837383 k +3+3 20.000\n" +
    "AT Goloman +1520023915.182837383 k +1+1 20\n" +
    '{\n   "html_attributions" : [],\n   "results" : [],\n   "status" : "ZERO_RESULTS"\n}\n\n',
  ],
  [
    "a line over 4,096 bytes",
    `${"x".repeat(5000)}\nIAMAT k +1+1 1520023935.182837383\n`,
    `? ${"x".repeat(4096)}\nAT Goloman +0.000000000 k +1+1 1520023935.182837383\n`,
  ],
];

for (const [name, request, reply] of table) {
  test(`a server answers ${name}`, async () => {
    await using node = startNode(options());
    assertEquals(await exchange(node.address.port, request), reply);
  });
}

test("a server answers in request order while places are waited for, on that connection alone", async () => {
  const answers: (() => void)[] = [];
  await using node = startNode({
    ...options(),
    places: placesOf(() => {
      const { promise, resolve } = Promise.withResolvers<typeof NO_PLACES>();
      answers.push(() => resolve(NO_PLACES));
      return promise;
    }),
  });
  const { port } = node.address;
  using slow = await Deno.connect({ hostname: "127.0.0.1", port });
  await send(slow, "IAMAT k +1+1 1\nWHATSAT k 1 1\nx\nIAMAT k +2+2 2\nWHATSAT k 1 1\ny\n");
  slow.closeWrite();
  await until(() => answers.length === 2);
  // Another connection is not held back, and sees what the slow one said after its question.
  assertMatch(await exchange(port, "IAMAT k +9+9 2\nz\n"), /^AT .*\n\? z\n$/);
  answers[1]!();
  answers[0]!();
  const lines = (await readAll(slow)).split("\n").filter((it) => /^(AT|\?)/.test(it));
  assertEquals(lines.map((it) => it.replace(/[+]\d+[.]\d{9} /, "")), [
    "AT Goloman k +1+1 1",
    "AT Goloman k +1+1 1",
    "? x",
    "AT Goloman k +2+2 2",
    "AT Goloman k +2+2 2",
    "? y",
  ]);
});

test("a server answers every line of a long pipeline, however it is cut", async () => {
  await using node = startNode(options());
  const lines = Array.from({ length: 20_000 }, (_, i) => {
    return i % 3 === 0 ? "\n" : `IAMAT c${i % 100} +1+1 1520023935.182837383\n`;
  });
  const expected = lines.map((line) =>
    line === "\n" ? "? \n" : `AT Goloman +0.000000000 ${line.slice(6)}`
  );
  assertEquals(await exchange(node.address.port, lines.join("")), expected.join(""));
  assertEquals(node.status.clients.requests.iamat, lines.filter((it) => it !== "\n").length);
  assertEquals(node.store.size, 100);
});

test("HerdNode.stop() answers what is in hand, and frees the port at once", async () => {
  const node = startNode(options());
  const { port } = node.address;
  using client = await Deno.connect({ hostname: "127.0.0.1", port });
  await send(client, "one\n");
  assertEquals(await readUntil(client, "\n"), "? one\n");
  const stopped = node.stop();
  await send(client, "two\n");
  assertEquals(await readAll(client), "? two\n");
  await within(stopped, "the server to stop");
  await using again = startNode({ ...options(), address: { hostname: "127.0.0.1", port } });
  assertEquals(await exchange(again.address.port, "three"), "? three\n");
});

test("HerdNode.stop() does not wait for places that hang: the client gets its answer", async () => {
  const node = startNode({
    ...options(),
    limits: { drainMs: 400 },
    places: placesOf((_where, _radius, _bound, signal) =>
      new Promise((resolve) => {
        const status = "UNKNOWN_ERROR";
        signal.addEventListener("abort", () => resolve({ ...NO_PLACES, status }));
      })
    ),
  });
  using client = await Deno.connect({ hostname: "127.0.0.1", port: node.address.port });
  await send(client, "IAMAT k +1+1 1\nWHATSAT k 1 1\n");
  await readUntil(client, "\n");
  const stopped = node.stop();
  assertMatch(await readAll(client), /^AT Goloman [^]*"UNKNOWN_ERROR"\n}\n\n$/);
  await within(stopped, "the server to stop");
});

test("HerdNode.stop() ends while a client that has half-closed waits for places", async () => {
  const { promise, resolve } = Promise.withResolvers<typeof NO_PLACES>();
  let asked = false;
  const node = startNode({
    ...options(),
    limits: { drainMs: 300 },
    places: placesOf(() => {
      asked = true;
      return promise;
    }),
  });
  using client = await Deno.connect({ hostname: "127.0.0.1", port: node.address.port });
  await send(client, "IAMAT k +1+1 1\nWHATSAT k 1 1\n");
  await client.closeWrite();
  await until(() => asked);
  const stopped = node.stop();
  setTimeout(() => resolve(NO_PLACES), 150);
  assertMatch(await readAll(client), /"ZERO_RESULTS"\n}\n\n$/);
  await within(stopped, "the server to stop");
});

test("a server answers what comes behind a reply that was waited for, at the smallest limit", async () => {
  await using node = startNode({
    ...options(),
    limits: { maxPlacesPerConnection: 1 },
    places: placesOf(() => Promise.resolve(NO_PLACES)),
  });
  const reply = await exchange(
    node.address.port,
    "IAMAT k +1+1 1\nWHATSAT k 1 1\nFOLLOW/ me home\n",
  );
  assertMatch(reply, /\? FOLLOW\/ me home\n$/);
});
