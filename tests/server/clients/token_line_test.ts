// The line port where it asks for tokens, and where it does not.

import { assert, assertEquals } from "@std/assert";
import { startNode } from "../../../src/server/node.ts";
import { recordingLog } from "../../support/fakes/log.ts";
import { exchange } from "../../support/herds/client.ts";
import { loneOptions } from "../../support/herds/herd.ts";
import { startHttp } from "../../support/herds/http.ts";
import { bearerFor, tokenFor, tokenKeys } from "../../support/herds/tokens.ts";
import { within } from "../../support/waiting.ts";
import { testWith } from "../../support/test.ts";

const test = testWith("sockets");
const iamat = (client: string) => `IAMAT ${client} +34.06893-118.445127 1520023934.918963997\n`;

/** Replies without what differs from run to run. */
function plain(replies: string): string[] {
  return replies.split("\n").filter((it) => it !== "")
    .map((it) => it.replace(/ [+-]\d+\.\d{9} /, " skew ").replace(/ \d{10}$/, " exp"));
}

const AT = (client: string) =>
  `AT Goloman skew ${client} +34.06893-118.445127 1520023934.918963997`;

test("a connection begins with a token, which says what lines are answered", async () => {
  await using node = startNode(loneOptions({ tokens: tokenKeys() }));
  const { port } = node.address;
  const [kiwi, all, reader] = await Promise.all([
    tokenFor("kiwi*", "tell"),
    tokenFor("*", "read", "tell"),
    tokenFor("kiwi", "read"),
  ]);
  const no = (line: string) => `? ${line.trimEnd()}`;
  const whatsat = "WHATSAT kiwi 10 0\n";
  const table: [lines: string[], replies: string[]][] = [
    [[iamat("kiwi")], [no(iamat("kiwi"))]],
    [[whatsat], [no(whatsat)]],
    [["TOKEN\n", "TOKEN \n", "TOKEN x.y.z\n", iamat("kiwi")], [
      "? TOKEN",
      "? TOKEN ",
      "? TOKEN x.y.z",
      no(iamat("kiwi")),
    ]],
    [[`TOKEN ${kiwi}\n`, iamat("kiwi"), iamat("kiwi/../x"), iamat("plum"), whatsat], [
      "TOKEN kiwi* tell exp",
      AT("kiwi"),
      AT("kiwi/../x"),
      no(iamat("plum")),
      no(whatsat),
    ]],
    // A later one takes its place, and a bad one changes nothing.
    [[
      `TOKEN ${kiwi}\n`,
      iamat("plum"),
      `  TOKEN   ${all} \r\n`,
      iamat("plum"),
      "TOKEN bad\n",
      iamat("plum"),
    ], [
      "TOKEN kiwi* tell exp",
      no(iamat("plum")),
      "TOKEN * read,tell exp",
      AT("plum"),
      "? TOKEN bad",
      AT("plum"),
    ]],
    [[`TOKEN ${reader}\n`, iamat("kiwi"), "WHATSAT plum 10 0\n"], [
      "TOKEN kiwi read exp",
      no(iamat("kiwi")),
      "? WHATSAT plum 10 0",
    ]],
    [[`TOKEN ${"x".repeat(5_000)}\n`, iamat("kiwi")], [
      `? TOKEN ${"x".repeat(4_090)}`,
      no(iamat("kiwi")),
    ]],
  ];
  for (const [lines, replies] of table) {
    assertEquals(plain(await exchange(port, lines.join(""))), replies);
  }
  const reply = await exchange(port, `TOKEN ${reader}\n${whatsat}`);
  assert(reply.includes("\nAT Goloman "), reply);
});

test("a token that expires while a connection is open allows nothing any more", async () => {
  const keys = tokenKeys();
  await using node = startNode(loneOptions({ tokens: keys }));
  const token = await keys.sign({ subject: "*", scopes: ["tell"], seconds: 1 });
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: node.address.port });
  const bytes = new Uint8Array(8192);
  const say = async (text: string) => {
    await connection.write(new TextEncoder().encode(text));
    const length = await within(connection.read(bytes), `a reply to ${text}`);
    return new TextDecoder().decode(bytes.subarray(0, length!));
  };
  assert((await say(`TOKEN ${token}\n`)).startsWith("TOKEN * tell "));
  // The token's second ends soon, whatever the machine does meanwhile.
  let reply = "";
  const endMs = Date.now() + 10_000;
  while (!reply.startsWith("? IAMAT") && Date.now() < endMs) reply = await say(iamat("kiwi"));
  assertEquals(reply, `? ${iamat("kiwi")}`);
  connection.close();
});

test("a port that asks for no tokens answers TOKEN like any other line", async () => {
  const log = recordingLog();
  await using node = startNode(loneOptions({ log }));
  const token = await tokenFor("*", "tell");
  const reply = await exchange(node.address.port, `TOKEN ${token}\n${iamat("kiwi")}`);
  assertEquals(plain(reply), [`? TOKEN ${token}`, AT("kiwi")]);
});

test("no token gets into the log, with or without tokens asked for", async () => {
  const token = await tokenFor("*", "tell");
  for (const tokens of [undefined, tokenKeys()]) {
    const log = recordingLog();
    await using node = startNode(loneOptions({ log, tokens }));
    await exchange(node.address.port, `TOKEN ${token}\nTOKEN ${token}x\n${iamat("kiwi")}`);
    const text = log.entries.map(({ event, fields }) =>
      event +
      Object.values(fields).map((it) =>
        it instanceof Uint8Array ? new TextDecoder().decode(it) : String(it)
      ).join(" ")
    ).join("\n");
    assert(text.includes("IAMAT kiwi"), text);
    assert(!text.includes(token.split(".")[1]!), text);
  }
});

test("lines on a WebSocket are held to the token that opened it", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node, { tokens: tokenKeys() });
  const replies: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = await http.open("/v1/line", {
    headers: await bearerFor("kiwi*", "tell"),
    onMessage: (data) => {
      replies.push(String(data));
      if (replies.join("").split("\n").length > 3) resolve();
    },
  });
  socket.send(iamat("kiwi1") + iamat("plum") + "WHATSAT kiwi1 1 0\n");
  await within(promise, "three replies");
  assertEquals(plain(replies.join("")), [
    AT("kiwi1"),
    `? ${iamat("plum").trimEnd()}`,
    "? WHATSAT kiwi1 1 0",
  ]);
  socket.close();
});
