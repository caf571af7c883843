// A server that opens: it says who is in the way, and keeps those waiting who come before its records.

import { assertEquals, assertThrows } from "@std/assert";
import { Failure } from "../../../src/cli/command/errors.ts";
import { listen } from "../../../src/cli/server/open_node.ts";
import { encode } from "../../../src/base/bytes.ts";
import { withDefaults } from "../../../src/base/defaults.ts";
import { HttpPort } from "../../../src/http/port.ts";
import { makeDoors } from "../../../src/server/doors.ts";
import { startNode } from "../../../src/server/node.ts";
import { SystemClock } from "../../../src/server/system.ts";
import { restore } from "../../../src/store/restore.ts";
import { recordingLog } from "../../support/fakes/log.ts";
import { MemoryMedium } from "../../support/fakes/memory_disk.ts";
import { readUntil, send } from "../../support/herds/client.ts";
import { loneOptions } from "../../support/herds/herd.ts";
import { loneTopology } from "../../support/herds/http.ts";
import { shapeHerd } from "../../support/herds/shape.ts";
import { freePort } from "../../support/processes/ports.ts";
import { testWith } from "../../support/test.ts";
import { within } from "../../support/waiting.ts";

const test = testWith("sockets");
const hostname = "127.0.0.1";

test("listen() says who is in the way, and leaves no port open", () => {
  using taken = Deno.listen({ hostname, port: 0 });
  const { port } = taken.addr;
  const { topology } = shapeHerd({ lone: ["Ann"] });
  const setup = { name: "Ann", topology };
  const inTheWay = `Cannot listen on ${hostname}:${port}: another program does already`;
  assertThrows(
    () => listen({ ...setup, options: { host: undefined, port } }, undefined),
    Failure,
    inTheWay,
  );
  const free = freePort();
  assertThrows(
    () =>
      listen({ ...setup, options: { host: undefined, port: free } }, {
        linkAddress: { hostname, port },
      }),
    Failure,
    inTheWay,
  );
  Deno.listen({ hostname, port: free }).close();
});

/** A medium with one client, and a gate before its records. */
function gatedDisk() {
  const medium = new MemoryMedium();
  medium.segments.set(1, {
    first: 1,
    last: 1,
    positions: new Float64Array([1]),
    bodies: encode("Goloman +0.000000000 kiwi +34-118 1000\n"),
  });
  const disk = medium.open();
  const gate = Promise.withResolvers<void>();
  async function* segments() {
    await gate.promise;
    yield* disk.segments();
  }
  return { disk: { ...disk, segments }, open: gate.resolve };
}

test("who comes while the records are loaded waits for them, and health checks do not", async () => {
  const { topology } = shapeHerd({ lone: ["Goloman"] });
  const log = recordingLog();
  const doors = makeDoors({ clock: new SystemClock(), log });
  const setup = { name: "Goloman", topology, options: { host: undefined, port: 0 } };
  using listeners = listen(setup, undefined);
  await using http = new HttpPort({
    doors,
    topology: loneTopology("Goloman"),
    hostname,
    port: 0,
    token: undefined,
    version: "0.0.0",
  });
  const ask = async (path: string, init?: RequestInit) => {
    const url = `http://${hostname}:${http.address.port}${path}`;
    const response = await within(fetch(url, init), `an answer to ${path}`);
    const { status, headers } = response;
    return { status, retryAfter: headers.get("Retry-After"), body: await response.json() };
  };
  const { disk, open } = gatedDisk();
  const loading = restore(disk, {
    feedId: "n".repeat(32),
    seed: 1,
    pause: () => doors.pace.pause(),
  });

  // Newer news, what is there already, and a question: answered in this order once it is there.
  using early = await within(
    Deno.connect({ hostname, port: listeners.clients.addr.port }),
    "a connection before the records are there",
  );
  await send(early, "IAMAT kiwi +35-119 999\nWHATSAT kiwi 0 0\nIAMAT emu +1+1 2000\n");
  const troubles = ["It is loading its records"];
  assertEquals(await ask("/healthz"), {
    status: 200,
    retryAfter: null,
    body: { status: "degraded", troubles },
  });
  assertEquals(await ask("/readyz"), {
    status: 503,
    retryAfter: "1",
    body: { isReady: false, troubles },
  });
  for (const [path, method] of [["/v1/status", "GET"], ["/v1/clients/emu/location", "PUT"]]) {
    const { status, retryAfter, body } = await ask(path!, { method: method! });
    assertEquals({ status, retryAfter, detail: body.detail }, {
      status: 503,
      retryAfter: "1",
      detail: troubles[0],
    });
  }

  open();
  const { store, held } = await within(loading, "the records");
  const storage = {
    store,
    held,
    disk: { disk, segments: disk.saved.segments, durability: "relaxed" as const },
  };
  const options = withDefaults(loneOptions({ log }), {
    doors,
    storage,
    address: listeners.clients,
  });
  await using node = startNode(options);
  http.serve(node);
  const text = await readUntil(early, " emu +1+1 2000\n");
  const [told, known, _json] = text.split("\n");
  assertEquals(
    known,
    "AT Goloman +0.000000000 kiwi +34-118 1000",
    "the record of the disk is newer",
  );
  assertEquals(told!.endsWith(" kiwi +35-119 999"), true, told);
  assertEquals((await ask("/readyz")).status, 200);
  const { status, body } = await ask("/v1/status");
  assertEquals({ status, clients: body.clients }, { status: 200, clients: 2 });
});
