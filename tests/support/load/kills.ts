// Kills a server under load again and again, and counts what it acknowledged and then had not.

import type { Durability } from "../../../src/store/durable_sink.ts";
import { AcknowledgedLoad } from "./acknowledged_load.ts";
import { pause, until } from "../waiting.ts";
import { writeTopology } from "../files/topology_file.ts";
import { chainOf } from "../herds/shape.ts";
import { type ServerProcess, startServer } from "../processes/server_process.ts";

/** The load that a server is killed under: many small groups are under way at any moment. */
const LOAD = { connections: 8, depth: 32, clients: 2_000 };

/** The moment of a kill, in milliseconds after the first reply, and after first news at a neighbour. */
const MIN_KILL_MS = 20;
const MAX_KILL_MS = 400;

/** What to do. */
export interface KillOptions {
  /** An empty folder. */
  readonly folder: string;
  readonly durability: Durability;
  /** Servers in a chain; the first one takes the load and is killed, the others live on. */
  readonly servers: number;
  readonly kills: number;
  /** True if the killed server loses its data too: it comes back with what the others have. */
  readonly losesData?: boolean;
  /** Told after each kill and restart. */
  onKill?(kill: Kill): void;
}

/** One kill and what came of it. */
export interface Kill {
  /** Updates that were acknowledged in this life. */
  readonly acknowledged: number;
  /** How many of them are not there after the restart: neither they nor newer ones. */
  readonly lost: number;
  /** The time from the oldest of them, or else 0, until the last reply, in milliseconds. */
  readonly lostMs: number;
}

/**
 * Runs a chain of servers as processes and kills the first one.
 *
 * @throws {Error} If something that was there after one restart is not after the next, or if the
 * servers do not agree in the end.
 */
export async function killAgainAndAgain(options: KillOptions): Promise<Kill[]> {
  const { folder, durability, servers, kills, losesData = false, onKill } = options;
  const names = Array.from({ length: servers }, (_, index) => `Server${index + 1}`);
  const shape = servers === 1 ? { lone: names } : { links: chainOf(names) };
  const herd = { ...writeTopology(folder, shape), folder };
  const load = new AcknowledgedLoad(LOAD);
  const args = ["--durability", durability, "--log-level", "error"];
  await using stack = new AsyncDisposableStack();
  const others = await Promise.all(
    names.slice(1).map(async (name) => stack.use(await startServer(name, { ...herd, args }))),
  );
  const start = async () => stack.use(await startServer(names[0]!, { ...herd, args }));
  const done: Kill[] = [];
  let server = await start();
  let before: readonly number[] = new Array(LOAD.clients).fill(0);
  while (done.length < kills) {
    load.start(server.port);
    await until(() => load.acknowledged.length > 0);
    // A neighbour that does not follow yet says nothing of what a herd at work loses.
    const [neighbour] = others;
    if (neighbour !== undefined) {
      await until(async () => {
        const stored = await load.stored(neighbour.port);
        return stored.some((number, client) => number > before[client]!);
      });
    }
    await pause(MIN_KILL_MS + Math.random() * (MAX_KILL_MS - MIN_KILL_MS));
    await server.end("SIGKILL");
    await load.stop();
    if (losesData) await Deno.remove(`${folder}/data/${names[0]}`, { recursive: true });
    server = await start();
    const after = await level([server, ...others], load);
    after.forEach((number, client) => {
      if (number < before[client]!) throw new Error(`Client ${client} was moved back in time`);
    });
    before = after;
    const kill = losses(load, after);
    done.push(kill);
    onKill?.(kill);
  }
  return done;
}

/** What all servers have of each client, once they have the same. */
function level(servers: readonly ServerProcess[], load: AcknowledgedLoad): Promise<number[]> {
  return until(async () => {
    const [first, ...others] = await Promise.all(servers.map(({ port }) => load.stored(port)));
    return others.every((it) => it.every((number, client) => number === first![client])) && first;
  });
}

function losses(load: AcknowledgedLoad, stored: readonly number[]): Kill {
  const { acknowledged } = load;
  const lost = acknowledged.filter(({ number }) => number > stored[load.clientOf(number)]!);
  const lostMs = lost.length === 0 ? 0 : acknowledged.at(-1)!.atMs - lost[0]!.atMs;
  return { acknowledged: acknowledged.length, lost: lost.length, lostMs };
}
