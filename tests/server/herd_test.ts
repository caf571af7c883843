// Flooding between real servers in one process, over real sockets.

import { assertEquals, assertMatch } from "@std/assert";
import { Secrets } from "../../src/flood/mac.ts";
import { exchange } from "../support/herds/client.ts";
import { type RecordingLog, recordingLog } from "../support/fakes/log.ts";
import { startNode } from "../../src/server/node.ts";
import { until } from "../support/waiting.ts";
import { loneOptions, startHerd, type TestHerd } from "../support/herds/herd.ts";
import { encode } from "../../src/base/bytes.ts";
import { testWith } from "../support/test.ts";

const test = testWith("sockets");
const secrets = () => new Secrets([encode("a secret of the herd, long enough for it")]);

const NAMES = ["Goloman", "Hands", "Holiday", "Welsh", "Wilkes"];

async function whereIs(herd: TestHerd, name: string, client: string): Promise<string | undefined> {
  const reply = await exchange(herd.port(name), `WHATSAT ${client} 1 1\n`);
  return reply.startsWith("AT ") ? reply.slice(0, reply.indexOf("\n")) : undefined;
}

for (const [how, options] of [["without", {}], ["with", { secrets: secrets() }]] as const) {
  test(`a herd ${how} a secret floods a location to every server, verbatim`, async () => {
    await using herd = await startHerd({ options });
    const reply = await exchange(
      herd.port("Goloman"),
      "IAMAT kiwi +34.068930-118.445127 1520023934.918963997\n",
    );
    assertMatch(reply, /^AT Goloman \+\d+\.\d{9} kiwi \+34/);
    for (const name of NAMES) {
      assertEquals(`${await until(() => whereIs(herd, name, "kiwi"))}\n`, reply);
    }
  });
}

test("a server that comes back with nothing has everything within a second; others carry on", async () => {
  await using herd = await startHerd({ options: { secrets: secrets() } });
  const tell = (name: string, client: string) =>
    exchange(herd.port(name), `IAMAT ${client} +1+1 ${Date.now() / 1000}\n`);
  await tell("Welsh", "from-welsh");
  await until(() => whereIs(herd, "Hands", "from-welsh"));
  await herd.stop("Welsh");
  await tell("Goloman", "meanwhile");
  await until(() => whereIs(herd, "Wilkes", "meanwhile"));
  await herd.start("Welsh");
  const size = () => herd.node("Welsh").store.size === 2;
  await until(size);
  // Its own news comes back to it from the neighbour that had heard it.
  assertMatch((await whereIs(herd, "Welsh", "from-welsh"))!, /^AT Welsh /);
  await tell("Welsh", "again");
  await until(() => whereIs(herd, "Hands", "again"));
});

test("a server whose secret is another one is followed by nobody and follows nobody", async () => {
  const log = recordingLog();
  const rightLog = recordingLog();
  const options = { secrets: secrets(), log: rightLog };
  await using right = await startHerd({ links: [["A", "B"]], options });
  await right.stop("B");
  const { leads } = right.node("A").status.neighbours.get("B")!;
  await using wrong = startNode(loneOptions({
    name: "B",
    address: { hostname: "127.0.0.1", port: right.port("B") },
    neighbours: new Map([["A", right.node("A").address]]),
    secrets: new Secrets([encode("another secret that is also long enough")]),
    log,
  }));
  await exchange(wrong.address.port, "IAMAT stranger +1+1 1\n");
  await exchange(right.port("A"), "IAMAT friend +1+1 1\n");
  const told = ({ entries }: RecordingLog) =>
    entries.filter(({ level, fields }) =>
      level === "warn" && /same secret/.test(`${fields.reason}`)
    )
      .map(({ event, fields }) => `${event}: ${fields.reason}`);
  await until(() => told(log).length >= 2 && told(rightLog).length >= 2);
  // Both say it, as who dials and as who is dialled.
  const reasons = [
    "link.refused: the follower closed the connection at LEAD: do both servers have the same secret?",
    "link.unreachable: LEAD does not verify: do both servers have the same secret?",
  ];
  for (const it of [log, rightLog]) assertEquals([...new Set(told(it))].sort(), reasons);
  assertEquals({ rightSize: right.node("A").store.size, wrongSize: wrong.store.size }, {
    rightSize: 1,
    wrongSize: 1,
  });
  assertEquals(wrong.status.neighbours.get("A")!.follows, 0);
  assertEquals(right.node("A").status.neighbours.get("B")!.leads, leads);
});
