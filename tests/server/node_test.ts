// The order in which the parts of a server start and stop.

import { assertEquals, assertThrows } from "@std/assert";
import type { StreamConnection } from "../../src/backbone/stream.ts";
import { encode } from "../../src/base/bytes.ts";
import { startNode } from "../../src/server/node.ts";
import { memoryStorage, type Storage } from "../../src/server/records/storage.ts";
import { recordingLog } from "../support/fakes/log.ts";
import { ShiftedClock } from "../support/fakes/shifted_clock.ts";
import { MemoryMedium } from "../support/fakes/memory_disk.ts";
import { loneOptions, NO_PLACES } from "../support/herds/herd.ts";
import { freePort } from "../support/processes/ports.ts";
import { testWith } from "../support/test.ts";
import { TestAuthority } from "../support/tls/certificates.ts";
import { until, within } from "../support/waiting.ts";
import { connectTo } from "../support/load/rude_client.ts";
import { send } from "../support/herds/client.ts";
import { DiskError } from "../../src/store/disk.ts";
import type { Durability } from "../../src/store/durable_sink.ts";

const test = testWith("sockets");

const hostname = "127.0.0.1";

function isFree(address: Deno.ListenOptions): boolean {
  try {
    Deno.listen(address).close();
    return true;
  } catch {
    return false;
  }
}

function storageOn(
  medium: MemoryMedium,
  onClose = () => {},
  durability: Durability = "relaxed",
): Storage {
  const disk = medium.open();
  const close = () => {
    onClose();
    return disk.close();
  };
  return {
    ...memoryStorage(),
    disk: {
      disk: { saved: disk.saved, segments: disk.segments, commit: disk.commit, close },
      segments: [],
      durability,
    },
  };
}

test("startNode() leaves no port open and writes nothing when the port of links is taken", async () => {
  const authority = await TestAuthority.make();
  const credentials = await authority.credentials("Goloman");
  using taken = Deno.listen({ hostname, port: 0 });
  const address = { hostname, port: freePort() };
  const medium = new MemoryMedium();
  assertThrows(
    () =>
      startNode(loneOptions({
        address,
        tls: { credentials, linkAddress: { hostname, port: taken.addr.port }, clients: false },
        storage: storageOn(medium),
        retainSeconds: 60,
        backbone: { connect: () => Promise.reject(new Error("nobody is asked")) },
      })),
    Deno.errors.AddrInUse,
  );
  await until(() => isFree(address));
  assertEquals(medium.transactions, []);
});

test("HerdNode.stop() ends clients, then the backbone, saves the records, and then lets go of places", async () => {
  const order: string[] = [];
  const log = recordingLog();
  const medium = new MemoryMedium();
  const node = startNode(loneOptions({
    log: {
      ...log,
      info(event, fields) {
        if (event === "connection.closed" || event === "server.stopped") order.push(event);
        log.info(event, fields);
      },
    },
    storage: storageOn(medium, () => order.push("disk.closed")),
    backbone: {
      connect: (signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            order.push("backbone.stopped");
            reject(signal.reason);
          });
        }),
    },
    places: {
      name: "test",
      nearby: () => NO_PLACES,
      [Symbol.dispose]: () => void order.push("places.closed"),
    },
  }));
  using _client = await Deno.connect({ ...node.address, transport: "tcp" });
  await until(() => node.status.clients.connections === 1);
  const stopping = node.stop();
  assertEquals(node.status.isStopping, true);
  await stopping;
  assertEquals(order, [
    "connection.closed",
    "backbone.stopped",
    "disk.closed",
    "places.closed",
    "server.stopped",
  ]);
  assertEquals(medium.mark, { feedId: node.store.feed.id, position: 0 });
  assertEquals(node.stop(), stopping);
});

test("HerdNode.stop() ends with a disk that takes nothing, and confirms nothing", async () => {
  const log = recordingLog();
  const medium = new MemoryMedium();
  for (let i = 0; i < 100; i++) medium.failures.push(new DiskError("full"));
  const storage = storageOn(medium, () => {}, "commit");
  const node = startNode(loneOptions({ log, storage, limits: { drainMs: 50 } }));
  using client = await connectTo(node.address.port);
  await send(client, "IAMAT kiwi +34-118 1\n");
  await until(() => node.store.records === 1);
  const replied = client.read(new Uint8Array(100)).catch(() => null);
  await within(node.stop(), "the server to stop");
  assertEquals(await within(replied, "the end of the connection"), null);
  assertEquals(medium.mark, undefined);
  assertEquals(log.entries.filter((it) => it.event === "store.unsaved").length, 1);
});

/** A stream with one message: from its start on, each reader is given it. */
function streamOf(body: string): StreamConnection {
  const condition = { maxMessageBytes: 1_000_000, faults: [] };
  const ended = Promise.withResolvers<string>();
  const takenSeconds = Date.now() / 1000;
  return {
    server: "test",
    id: "stream",
    end: 1,
    condition,
    ended: ended.promise,
    inspect: () => Promise.resolve(condition),
    read({ after }, { message, through }) {
      if (after === 0) message({ sequence: 1, body: encode(body), takenSeconds });
      through();
      return Promise.resolve();
    },
    last: () => Promise.resolve(undefined),
    publish() {},
    close: () => Promise.resolve(ended.resolve("closed")),
  };
}

test("HerdNode reads the backbone again when its horizon was ahead", async () => {
  const clock = new ShiftedClock();
  const body = `Hands +0.000000000 kiwi +1-1 ${clock.seconds - 60}`;
  clock.offSeconds = 7_200;
  let connects = 0;
  const connect = () => Promise.resolve((connects++, streamOf(body)));
  await using node = startNode(
    loneOptions({ clock, retainSeconds: 3_600, backbone: { connect } }),
  );
  await until(() => node.store.horizon > 0 && node.store.size === 0);
  assertEquals(connects, 1);
  clock.offSeconds = 0;
  // The jump back has to last.
  await until(() => {
    clock.forward(1);
    return node.store.size === 1;
  });
  assertEquals(connects, 2);
});
