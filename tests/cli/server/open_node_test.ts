// A server that cannot listen: it says why, and leaves its records as it found them.

import { assertEquals, assertRejects } from "@std/assert";
import { Failure } from "../../../src/cli/command/errors.ts";
import { listen } from "../../../src/cli/server/open_node.ts";
import { diskStorage } from "../../../src/server/records/storage.ts";
import { SystemClock } from "../../../src/server/system.ts";
import { recordingLog } from "../../support/fakes/log.ts";
import { temporaryFolder } from "../../support/files/temporary.ts";
import { lineOf, tellNode } from "../../support/herds/client.ts";
import { loneOptions } from "../../support/herds/herd.ts";
import { testWith } from "../../support/test.ts";

const test = testWith("sockets", "disk");

test("listen() says who is in the way, and leaves the mark of the clean stop before it", async () => {
  using folder = temporaryFolder();
  const clock = new SystemClock();
  const log = recordingLog();
  const options = {
    folder: folder.path,
    herd: "test",
    server: "Goloman",
    durability: "relaxed",
    clock,
    log,
  } as const;
  const open = async (port = 0) => {
    const storage = await diskStorage(options);
    const address = { hostname: "127.0.0.1", port };
    return { storage, parts: { ...loneOptions({ address, log }), clock, storage } };
  };
  const restarts = () =>
    log.entries.filter((it) => it.event === "store.restored").map(({ fields }) => fields);

  const first = await listen((await open()).parts);
  const kiwi = await tellNode(first, "kiwi +34-118 1000");
  const { id, end } = first.store.feed;
  await first.stop();

  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  const { parts } = await open(port);
  await assertRejects(
    () => listen(parts),
    Failure,
    `Cannot listen on 127.0.0.1:${port}: another program does already`,
  );

  // Closed, or it could not be opened again; and clean, or neighbours would be told everything anew.
  const again = await open();
  assertEquals(restarts().map((it) => it.afterCleanStop), [true, true, true]);
  const { formerFeeds } = again.storage.store.feed;
  assertEquals(formerFeeds.find((it) => it.feedId === id), {
    feedId: id,
    position: end,
    acknowledged: undefined,
  });
  const node = await listen(again.parts);
  assertEquals(await lineOf(node, "kiwi"), kiwi);
  await node.stop();
});
