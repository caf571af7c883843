// Attacks on a server by watchers of changes, over and over until they are told to stop.

import { encode } from "../../src/base/bytes.ts";
import { AnswerReader } from "../../src/http/wire/answer.ts";
import { connectTo, sendAndReset } from "../support/load/rude_client.ts";
import { type Attack, close, each, pause, rate, stopped, writeAll } from "./attacking.ts";
import { fillTown, moveTown, TOWN } from "./town.ts";

const MAX_ANSWER_BYTES = 10_000_000;

/** Bytes that a slow reader takes at one time, and the time between two of them. */
const SLOW_BYTES = 256;
const SLOW_MS = 250;

/** Updates at one time while watchers watch. */
const MOVES = 500;

/** Areas of every size, and filters as long as they may be. */
const AREAS = [
  "bbox=-180,-90,180,90",
  "bbox=179.9,-90,-179.9,90",
  "bbox=-118.4451,34.0689,-118.4451,34.0689",
  "near=0,0&radius=20038",
  "near=90,0&radius=0",
  `prefix=${"%ff".repeat(4_000)}`,
  "changedSince=0.000000001&bbox=-180,-90,180,90",
  "",
];

/** What a client may say that it has, true or not. */
const LAST_IDS = [
  "",
  "now",
  "0:0",
  `${"0".repeat(32)}:999999999999999`,
  `${"f".repeat(64)}:1`,
  "x".repeat(20_000),
  "-1",
];

const watch = (query: string, lastId?: string) =>
  `GET /v1/changes?${query} HTTP/1.1\r\nHost: localhost\r\n` +
  `${lastId === undefined ? "" : `Last-Event-ID: ${lastId}\r\n`}\r\n`;

/** The attacks by name. */
export const WATCH_ATTACKS = {
  /** Watchers of the whole world take all places and read nothing, while it moves. */
  async watchUnread(port, stop, http) {
    await fillTown(port);
    let open = 0;
    const watching = each(200, stop, async () => {
      using connection = await connectTo(http, stop);
      await writeAll(connection, encode(watch(AREAS[0]!)));
      const { status } = await new AnswerReader(connection, MAX_ANSWER_BYTES).head();
      if (status !== 200) return await pause(1_000, stop);
      open++;
      await stopped(stop);
    });
    const moved = await moveTown(port, stop, MOVES);
    await watching;
    return `${open} watch all and read nothing, ${moved} moves/s`;
  },

  /** The same, and each reads a little now and then. */
  async watchSlowly(port, stop, http) {
    await fillTown(port);
    let bytes = 0;
    const watching = each(100, stop, async () => {
      using connection = await connectTo(http, stop);
      const ended = () => close(connection);
      stop.addEventListener("abort", ended, { once: true });
      await writeAll(connection, encode(watch(AREAS[0]!)));
      const buffer = new Uint8Array(SLOW_BYTES);
      for (let count: number | null = 0; count !== null && !stop.aborted; bytes += count ?? 0) {
        count = await connection.read(buffer);
        await pause(SLOW_MS, stop);
      }
      stop.removeEventListener("abort", ended);
    });
    const moved = await moveTown(port, stop, MOVES);
    await watching;
    return `100 watch all and took ${bytes.toLocaleString("en")} bytes, ${moved} moves/s`;
  },

  /** Watchers of every area, with every kind of Last-Event-ID, that are reset at any time. */
  async watchBriefly(port, stop, http) {
    await fillTown(port);
    const startMs = performance.now();
    let count = 0;
    const watching = each(16, stop, async () => {
      const query = AREAS[count % AREAS.length]!;
      const lastId = LAST_IDS[Math.floor(count / AREAS.length) % LAST_IDS.length];
      count++;
      const request = watch(query, lastId === "" ? undefined : lastId);
      if (count % 3 === 0) return await sendAndReset(http, request);
      using connection = await connectTo(http, stop);
      await writeAll(connection, encode(request));
      await new AnswerReader(connection, MAX_ANSWER_BYTES).head();
    });
    const moved = await moveTown(port, stop, MOVES);
    await watching;
    return `${rate(count, startMs)} watchers/s of ${
      TOWN.toLocaleString("en")
    } clients, ${moved} moves/s`;
  },
} satisfies Record<string, Attack>;
