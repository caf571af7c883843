// How long an acknowledged update is at one server alone: from the reply to a client until a neighbour
// has applied it. The server is a process; the client and the neighbour, which runs the project's own
// links, are in this one, so that one clock measures both.

import { encode } from "../../../src/base/bytes.ts";
import { startNode } from "../../../src/server/node.ts";
import type { Store } from "../../../src/store/store.ts";
import { denoGenerator } from "../../bench/generator/generator.ts";
import { readUntil, send } from "../herds/client.ts";
import { loneOptions } from "../herds/herd.ts";
import { recordingLog } from "../fakes/log.ts";
import { startServer } from "../processes/server_process.ts";
import { pause } from "../waiting.ts";
import { writeTopology } from "../files/topology_file.ts";

/** From one measured update to the next. */
const PAUSE_MS = 5;
/** Time for which the load goes on before and after the samples. */
const MARGIN_SECONDS = 2;

/** What to measure. */
export interface WindowOptions {
  /** An empty folder. */
  readonly folder: string;
  readonly samples: number;
  /** Updates a second of other clients; none with 0. */
  readonly rate: number;
  /** Further options of the server. */
  readonly args: readonly string[];
}

/**
 * The time from reply to neighbour of each sample, in milliseconds, ascending. It is negative for an
 * update that the neighbour had before the client had its reply.
 */
export async function measureWindow(options: WindowOptions): Promise<number[]> {
  const { folder, samples, rate, args } = options;
  const { file, topology } = writeTopology(folder, { links: [["Goloman", "Hands"]] });
  const log = recordingLog({ debugEnabled: false });
  const address = (name: string) => ({ hostname: "127.0.0.1", port: topology.server(name).port });
  await using _server = await startServer("Goloman", { file, topology, folder, args });
  await using neighbour = startNode(loneOptions({
    name: "Hands",
    address: address("Hands"),
    neighbours: new Map([["Goloman", address("Goloman")]]),
    log,
  }));
  await log.next("link.following");
  const load = rate === 0 ? undefined : denoGenerator().load({
    ports: [topology.server("Goloman").port],
    connections: 10,
    rate,
    seconds: 2 * MARGIN_SECONDS + samples * 2 * PAUSE_MS / 1_000,
    clients: 10_000,
  });
  if (load !== undefined) await pause(MARGIN_SECONDS * 1_000);
  const windows: number[] = [];
  using connection = await Deno.connect(address("Goloman"));
  connection.setNoDelay(true);
  for (let i = 0; i < samples; i++) {
    windows.push(await sample(connection, neighbour.store, `sample-${i}`));
    await pause(PAUSE_MS);
  }
  await load;
  return windows.sort((a, b) => a - b);
}

async function sample(connection: Deno.TcpConn, store: Store, client: string): Promise<number> {
  const id = encode(client);
  const applied = Promise.withResolvers<number>();
  const look = () => {
    if (store.find(id, 0, id.length) === 0) store.feed.onChange(look);
    else applied.resolve(performance.now());
  };
  store.feed.onChange(look);
  await send(connection, `IAMAT ${client} +34-118 ${(Date.now() / 1_000).toFixed(3)}\n`);
  await readUntil(connection, "\n");
  const repliedMs = performance.now();
  return await applied.promise - repliedMs;
}
