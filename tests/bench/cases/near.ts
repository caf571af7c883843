// Who is near a point, over HTTP, beside GEOSEARCH of Redis on the same points.

import { encode } from "../../../src/base/bytes.ts";
import { freePort } from "../../support/processes/ports.ts";
import { inTurns, ratio, type Rounds, rowOf } from "../contenders/contest.ts";
import type { Contender } from "../contenders/contender.ts";
import { lineServer } from "../contenders/contenders.ts";
import { openRedis, type RedisServer } from "../contenders/redis.ts";
import { figure, type Row, type Target } from "../figures/result.ts";
import { startHerdServers } from "../herd/herd_servers.ts";
import { PLAIN } from "../herd/variants.ts";
import type { Bench, BenchCase } from "./bench_case.ts";

const CONNECTIONS = 32;
const POINTS = 1_000_000;
const CHUNK = 10_000;

/** Radii in kilometres, with the least share of the rate of Redis where points are spread over the world. */
const RADII = [{ km: 10, goal: 1 / 4 }, { km: 100, goal: 2 / 3 }, { km: 1_000, goal: 1 }];
const WANTED = [10, 100];

/** Redis takes seconds for a search in a crowd: it looks at all that is within the radius. */
const FIRST_SEARCHES = 32;

type Point = readonly [latitude: number, longitude: number];

/** Places of points: all over the world, or in a degree of latitude and of longitude. */
const PLACES: Readonly<Record<string, (north: number, east: number) => Point>> = {
  // Redis has no points nearer to a pole.
  "spread out": (north, east) => [
    Math.asin(2 * north - 1) * 180 / Math.PI * 85 / 90,
    360 * east - 180,
  ],
  "crowded": (north, east) => [34 + north, -118 - east],
};

/** The case. */
export const near: BenchCase = {
  name: "near",
  title: `Who is near, over HTTP, beside GEOSEARCH: a million points, ${CONNECTIONS} connections`,
  isExtra: true,
  async run(bench) {
    const rows: Row[] = [];
    const targets: Target[] = [];
    const notes = new Set<string>();
    for (const [places, placeOf] of Object.entries(PLACES)) {
      await using stack = new AsyncDisposableStack();
      const count = bench.isQuick ? POINTS / 100 : POINTS;
      bench.progress(`${count} points, ${places}`);
      const httpPort = freePort();
      const servers = stack.use(
        await startHerdServers(bench, { count: 1, variant: PLAIN, httpPort }),
      );
      const { pid, port } = servers.all[0]!;
      const redis = await openRedis(bench);
      if (typeof redis === "string") notes.add(redis);
      else stack.use(redis);
      await fill(port, count, placeOf, iamat);
      if (typeof redis !== "string") await fill(redis.port, count, placeOf, geoadd);
      const untouched = { [Symbol.asyncDispose]: () => Promise.resolve() };
      const herd = lineServer(bench, "Herd", pid, httpPort, undefined, untouched);
      for (const { km, goal } of RADII) {
        for (const wanted of WANTED) {
          const what = `${places}, ${km.toLocaleString("en")} km, ${wanted} wanted`;
          const [ours, theirs] = await search(bench, { herd, redis, what, km, wanted });
          rows.push(rowOf(ours!, ours!));
          if (theirs === undefined) continue;
          rows.push(rowOf(theirs, ours!));
          if (places !== "spread out" || wanted !== WANTED[0]) continue;
          targets.push({
            label: `times the searches/s of Redis, ${what}`,
            figure: figure(ratio(ours!, theirs), "x"),
            bound: "at least",
            goal,
          });
        }
      }
    }
    return { rows, targets, notes: [...notes] };
  },
};

interface Search {
  readonly herd: Contender;
  readonly redis: RedisServer | string;
  readonly what: string;
  readonly km: number;
  readonly wanted: number;
}

/** Measures both in turns, at random points of the crowd's degree. */
function search(bench: Bench, { herd, redis, what, km, wanted }: Search): Promise<Rounds[]> {
  const tail = `radius=${km}&limit=${wanted}`;
  const asked: Contender[] = [{
    label: `${what}: Herd`,
    measure: (shape) => herd.measure({ ...shape, kind: "near", tail }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }];
  if (typeof redis !== "string") {
    // Of its twelve digits eight are zeros: the points are within some metres.
    const around = ["FROMLONLAT", "-118.5__rand_int__", "34.5__rand_int__"];
    const within = ["BYRADIUS", `${km}`, "km", "ASC", "COUNT", `${wanted}`];
    const command = ["GEOSEARCH", "pos", ...around, ...within, "WITHDIST", "WITHCOORD"];
    asked.push(redis.contender(`${what}: Redis`, { command, first: FIRST_SEARCHES }));
  }
  return inTurns(bench, asked, { connections: CONNECTIONS, depth: 1, kind: "get" });
}

const iamat = (id: string, [latitude, longitude]: Point) =>
  `IAMAT ${id} ${signed(latitude)}${signed(longitude)} 1520023934\n`;

const geoadd = (id: string, [latitude, longitude]: Point) =>
  `GEOADD pos ${longitude.toFixed(6)} ${latitude.toFixed(6)} ${id}\r\n`;

function signed(degrees: number): string {
  return (degrees < 0 ? "-" : "+") + Math.abs(degrees).toFixed(6);
}

/** Tells a server points, which the golden ratio and a root spread evenly; each is answered by a line. */
async function fill(
  port: number,
  count: number,
  placeOf: (north: number, east: number) => Point,
  commandOf: (id: string, point: Point) => string,
): Promise<void> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const buffer = new Uint8Array(1024 * 1024);
  for (let from = 0; from < count; from += CHUNK) {
    let text = "";
    for (let i = from; i < from + CHUNK; i++) {
      const point = placeOf(i * 0.618033988749895 % 1, i * 0.414213562373095 % 1);
      text += commandOf(`c${i}`, point);
    }
    const bytes = encode(text);
    const sending = (async () => {
      for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
    })();
    for (let replies = 0; replies < CHUNK;) {
      const length = await connection.read(buffer);
      if (length === null) throw new Error("A server ended while it was given points");
      for (let i = 0; i < length; i++) if (buffer[i] === 0x0a) replies++;
    }
    await sending;
  }
}
