// A town that is full of clients, for attacks that ask for them.

import { encode } from "../../src/base/bytes.ts";
import { connectTo } from "../support/load/rude_client.ts";
import { pause, rate, writeAll } from "./attacking.ts";

/** Clients in the town. */
export const TOWN = 50_000;

/** Clients that are told at one time. */
const CHUNK = 1_000;

/** Time between two chunks of those that move, in milliseconds. */
const MOVE_MS = 50;

/** Puts clients into the town. */
export async function fillTown(port: number): Promise<void> {
  using connection = await connectTo(port);
  for (let from = 0; from < TOWN; from += CHUNK) {
    await tell(connection, { from, count: CHUNK, second: 1520023934 });
  }
}

/** Has clients of the town move until the signal, so many at one time; the rate a second, for people. */
export async function moveTown(port: number, stop: AbortSignal, count: number): Promise<string> {
  using connection = await connectTo(port);
  const startMs = performance.now();
  let moved = 0;
  for (let second = 1520023935; !stop.aborted; second++) {
    await tell(connection, { from: moved % TOWN, count, second });
    moved += count;
    await pause(MOVE_MS, stop);
  }
  return rate(moved, startMs);
}

async function tell(
  connection: Deno.Conn,
  { from, count, second }: {
    readonly from: number;
    readonly count: number;
    readonly second: number;
  },
): Promise<void> {
  let lines = "";
  for (let i = from; i < from + count; i++) {
    const [north, west] = [i % 250, Math.floor(i / 250)].map((it) => String(it).padStart(3, "0"));
    lines += `IAMAT town-${i} +34.068${north}-118.445${west} ${second}\n`;
  }
  await writeAll(connection, encode(lines));
  const buffer = new Uint8Array(262_144);
  for (let replies = 0; replies < count;) {
    const length = await connection.read(buffer);
    if (length === null) throw new Error("The town could not be filled");
    for (let i = 0; i < length; i++) if (buffer[i] === 0x0a) replies++;
  }
}
