// A client never speaks for a server: whatever AT line it sends is an invalid request.

import { assertEquals } from "@std/assert";
import fc from "../../support/properties.ts";
import { formatAuth, formatFollow, LINK_VERSION } from "../../../src/flood/messages.ts";
import { Instant } from "../../../src/base/instant.ts";
import { startNode } from "../../../src/server/node.ts";
import { bodyOf } from "../../support/reference/arbitraries.ts";
import { exchange } from "../../support/herds/client.ts";
import { loneOptions } from "../../support/herds/herd.ts";
import { testWith } from "../../support/test.ts";
import { posAt } from "../../support/herds/link_lines.ts";

const test = testWith("sockets");
const TOKEN = "0123456789abcdef0123456789abcdef";

/** Where nobody listens: port 1 is reserved. */
const NOWHERE = { hostname: "127.0.0.1", port: 1 };

/** Lines that servers say to each other, as they should be, and a little off. */
const linkLine = fc.oneof(
  fc.tuple(
    fc.constantFrom("AT", " AT", "\tAT", "at", "AT\r", "AT\0"),
    fc.constantFrom(" ", "  ", "\t", "\v"),
    bodyOf("kiwi"),
    fc.constantFrom("", " Goloman", " Hands", " Hands ", " Hands\r", " Hands Hands"),
  ).map((parts) => parts.join("")),
  fc.constantFrom(
    "AT",
    formatAuth({ held: { feedId: TOKEN, position: 7 }, clock: new Instant() }) + "-",
    posAt(9) + "-",
    "ACK 7",
    `LEAD/1 Hands ${TOKEN} ${TOKEN} 1 ${TOKEN} -`,
    "FOLLOW/1 test Hands Goloman x y",
    `AT Hands +0.000000000 ${"k".repeat(5_000)} +1+1 1 Hands`,
  ),
);

test("AT lines of all forms from a client are invalid requests, and change nothing", async () => {
  await using node = startNode(loneOptions({ neighbours: new Map([["Hands", NOWHERE]]) }));
  const { port } = node.address;
  const at = await exchange(port, "IAMAT kiwi +1+1 5\n");
  const end = node.store.feed.end;
  await fc.assert(
    fc.asyncProperty(fc.array(linkLine, { maxLength: 50 }), async (lines) => {
      // A connection that begins with FOLLOW asks for a link; this one is a client's.
      const request = ["hello", ...lines, "WHATSAT kiwi 1 0"].join("\n");
      const replies = lines.map((it) => `? ${it.slice(0, 4_096)}\n`).join("");
      const reply = await exchange(port, `${request}\n`);
      assertEquals(reply.slice(0, reply.indexOf(at)), `? hello\n${replies}`);
    }),
    { numRuns: 50 },
  );
  assertEquals({ size: node.store.size, end: node.store.feed.end }, { size: 1, end });
});

test("AT lines from who asked for a link and proved nothing end the connection", async () => {
  await using node = startNode(loneOptions({ neighbours: new Map([["Hands", NOWHERE]]) }));
  const follow = formatFollow({
    version: LINK_VERSION,
    herd: "test",
    follower: "Hands",
    leader: "Goloman",
    incarnation: TOKEN,
    nonce: TOKEN,
  });
  await fc.assert(
    fc.asyncProperty(linkLine.filter((it) => !it.startsWith("AUTH")), async (line) => {
      const reply = await exchange(node.address.port, `${follow}\n${line}\n`);
      assertEquals(reply.split(" ")[0], `LEAD/${LINK_VERSION}`);
      assertEquals(reply.split("\n").length, 2);
    }),
    { numRuns: 50 },
  );
  assertEquals(node.store.size, 0);
});
