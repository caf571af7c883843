// One client that never runs out of requests, beside one that has a single one.

import { assert } from "@std/assert";
import { encode } from "../../src/base/bytes.ts";
import { type HerdNode, startNode } from "../../src/server/node.ts";
import { readUntil, send } from "../support/herds/client.ts";
import { loneOptions, NO_PLACES, placesOf } from "../support/herds/herd.ts";
import { testWith } from "../support/test.ts";
import { connectTo } from "../support/load/rude_client.ts";

const IAMAT = "IAMAT k +1+1 1\n";

/** What the client sends, and how often: for a good part of a second. */
const CASES: Record<string, [request: string, count: number]> = {
  IAMAT: [IAMAT, 500_000],
  WHATSAT: ["WHATSAT k 1 1\n", 100_000],
};

function answered(node: HerdNode): number {
  return node.status.clients.requests.iamat + node.status.clients.requests.whatsat;
}

for (const [kind, [request, count]] of Object.entries(CASES)) {
  testWith("sockets")(
    `a client with ${count} ${kind} at once leaves others their turn`,
    async () => {
      await using node = startNode(loneOptions({ places: placesOf(() => NO_PLACES) }));
      using other = await connectTo(node.address.port);
      await send(other, IAMAT);
      await readUntil(other, "\n");
      const hog = await connectTo(node.address.port);
      const writing = hog.write(encode(request.repeat(count))).catch(() => {});
      const reading = hog.readable.pipeTo(new WritableStream()).catch(() => {});
      while (answered(node) < 100) await new Promise((resolve) => setTimeout(resolve));
      let most = 0;
      for (let i = 0; i < 3; i++) {
        const before = answered(node);
        await send(other, "hello\n");
        await readUntil(other, "\n");
        most = Math.max(most, answered(node) - before);
      }
      // Without turns one hello waits for a good part of all, or for all of it.
      assert(most < count / 4, `${most} of ${count} were answered before one hello`);
      hog.close();
      await Promise.all([writing, reading]);
    },
  );
}
