// Well-behaved clients of several servers, as a process of its own: each asks one thing after the other
// and counts what was not answered. A server that is in trouble by design is named "unstable"; there a
// broken connection is what has to be expected, and the client connects again.
// deno run --allow-net=127.0.0.1 tests/hostile/load.ts '<JSON of LoadOptions>'

import { encode } from "../../src/base/bytes.ts";
import { connectTo } from "../support/load/rude_client.ts";
import { pause } from "../support/waiting.ts";

/** What to do. */
export interface LoadOptions {
  readonly ports: readonly number[];
  /** Ports whose servers are killed and paused. */
  readonly unstable: readonly number[];
  readonly clientsPerServer: number;
  /** How many ids they use, so that the servers' records do not grow. */
  readonly ids: number;
}

/** What came of it. */
export interface LoadResult {
  readonly requests: number;
  /** Requests to stable servers that got no whole reply in time, or whose connection broke. */
  readonly unanswered: number;
  /** Connections to unstable servers that broke. */
  readonly reconnects: number;
  /** How long stable servers took, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** A reply that takes longer counts as none, in milliseconds. */
const PATIENCE_MS = 20_000;

/** Latencies are kept in buckets of a tenth of a millisecond. */
const BUCKETS = PATIENCE_MS * 10;

async function run(options: LoadOptions, stop: AbortSignal): Promise<LoadResult> {
  const histogram = new Uint32Array(BUCKETS + 1);
  const counts = { requests: 0, unanswered: 0, reconnects: 0 };
  const client = async (port: number) => {
    const isStable = !options.unstable.includes(port);
    while (!stop.aborted) {
      try {
        await converse(port, options.ids, stop, (tookMs) => {
          counts.requests++;
          if (isStable) histogram[Math.min(BUCKETS, Math.floor(tookMs * 10))]!++;
        });
      } catch {
        if (isStable) counts.unanswered++;
        else counts.reconnects++;
        await pause(100);
      }
    }
  };
  await Promise.all(
    options.ports.flatMap((port) =>
      Array.from({ length: options.clientsPerServer }, () => client(port))
    ),
  );
  const at = (share: number) => percentile(histogram, share);
  return { ...counts, p50: at(0.5), p99: at(0.99), max: at(1) };
}

/** Asks on one connection until the signal, or until something goes wrong. */
async function converse(
  port: number,
  ids: number,
  stop: AbortSignal,
  answered: (tookMs: number) => void,
): Promise<void> {
  using connection = await connectTo(port);
  const late = () => connection.close();
  const buffer = new Uint8Array(65_536);
  while (!stop.aborted) {
    const id = `client-${Math.floor(Math.random() * ids)}`;
    const isQuestion = Math.random() < 0.2;
    const time = (Date.now() / 1000).toFixed(6);
    const request = isQuestion
      ? `WHATSAT ${id} ${Math.floor(Math.random() * 50)} ${Math.floor(Math.random() * 21)}\n`
      : `IAMAT ${id} +34.068930-118.445127 ${time}\n`;
    const startMs = performance.now();
    const timer = setTimeout(late, PATIENCE_MS);
    try {
      await connection.write(encode(request));
      await readReply(connection, buffer, isQuestion);
    } finally {
      clearTimeout(timer);
    }
    answered(performance.now() - startMs);
    await pause(Math.random() * 40);
  }
}

/** Reads one whole reply, which of a question may also be that the client is unknown. */
async function readReply(connection: Deno.Conn, buffer: Uint8Array, isQuestion: boolean) {
  let tail = "";
  let isUnknown = false;
  do {
    const count = await connection.read(buffer);
    if (count === null) throw new Error("The connection ended in the middle of a reply");
    if (tail === "") isUnknown = buffer[0] === 0x3f;
    tail = (tail + String.fromCharCode(...buffer.subarray(Math.max(0, count - 2), count))).slice(
      -2,
    );
  } while (!(isQuestion && !isUnknown ? tail === "\n\n" : tail.endsWith("\n")));
}

function percentile(histogram: Uint32Array, share: number): number {
  const total = histogram.reduce((sum, it) => sum + it, 0);
  let rest = total * share;
  for (let i = 0; i <= BUCKETS; i++) {
    rest -= histogram[i]!;
    if (rest <= 0) return (i + 1) / 10;
  }
  return 0;
}

if (import.meta.main) {
  const stop = new AbortController();
  Deno.stdin.readable.pipeTo(new WritableStream()).finally(() => stop.abort());
  const result = await run(JSON.parse(Deno.args[0]!), stop.signal);
  await Deno.stdout.write(encode(`${JSON.stringify(result)}\n`));
  Deno.exit();
}
