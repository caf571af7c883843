// What kind of herd a trial is about: its graph, the delays and sizes, what is promised. Drawn
// from the trial's seed, mostly small and sparse: few paths heal little, and so show most.

import { encode } from "../../../src/base/bytes.ts";
import { LINK_TIMINGS, type LinkTimings } from "../../../src/flood/environment.ts";
import { MAX_AT_BYTES } from "../../../src/flood/follow.ts";
import { Secrets } from "../../../src/flood/mac.ts";
import { MAX_POS_BYTES } from "../../../src/flood/messages.ts";
import type { SinkTimings } from "../../../src/store/durable_sink.ts";
import type { World } from "../world/world.ts";

/** Two neighbours. */
export type Edge = readonly [string, string];

/** What kind of herd a trial is about. */
export interface Setup {
  readonly names: readonly string[];
  readonly edges: readonly Edge[];
  /** What servers promise of what they acknowledge; `none` keeps no file. */
  readonly durability: "commit" | "relaxed" | "none";
  /** Time for which records are kept; undefined keeps them for ever. */
  readonly retainSeconds: number | undefined;
  /** Mean time between servers' looks whether they lack something, in seconds; 0 for never. */
  readonly verifySeconds: number;
  readonly secrets: Secrets;
  /** Servers whose links speak version 1 of the protocol, as an older program does. */
  readonly older: ReadonlySet<string>;
  readonly linkTimings: LinkTimings;
  readonly sinkTimings: Partial<SinkTimings>;
  /** Few clients: their records move in the feeds all the time. */
  readonly clients: readonly string[];
  /** The longest that a transaction takes. */
  readonly maxCommitMs: number;
  /** The longest that bytes are under way, but for few that take much longer. */
  readonly maxDelayMs: number;
  /** Bytes that may be under way on a wire in one direction. */
  readonly windowBytes: number;
}

const CLIENTS = [..."abcdefghijklmnop"];

const SECRET = new Secrets([encode("the secret of the simulated herd, 32 bytes or more")]);
/** Links without MACs. */
export const NO_SECRET: Secrets = new Secrets([]);

/** Draws one. */
export function drawSetup(world: World): Setup {
  const size = drawSize(world);
  const names = Array.from({ length: size }, (_, i) => `S${i}`);
  return {
    names,
    edges: drawEdges(world, names),
    durability: world.pick(["commit", "relaxed", "relaxed", "none"]),
    retainSeconds: world.happens(0.15) ? world.pick([1, 6]) : undefined,
    // Drawn from nothing, so that other trials go as they would without.
    verifySeconds: names.length > 5 ? 0.2 : 0,
    // MACs cost more than all the rest of a batch, and have tests of their own.
    secrets: world.happens(0.1) ? SECRET : NO_SECRET,
    older: new Set(world.happens(0.15) ? names.filter(() => world.happens(0.5)) : []),
    linkTimings: {
      ...LINK_TIMINGS,
      heartbeatMs: 150,
      secondLookMs: 10,
      silenceMs: 700,
      handshakeMs: 700,
      firstBackoffMs: 10,
      maxBackoffMs: 200,
      backlogStallMs: world.pick([50, 300]),
      minSumsRecords: 1,
      // Room for one or two lines: a reader is behind most of the time, and says so by its POS.
      // Often a window of one batch.
      minWindowBytes: world.pick([1, 1, 200, 10_000]),
      maxWindowBytes: 10_000,
      batchBytes: MAX_AT_BYTES + MAX_POS_BYTES + world.below(120),
    },
    sinkTimings: {
      gatherMs: world.pick([2, 10, 30, 60]),
      // Few records a transaction, so that some do not reach the feed's end.
      maxRecords: world.pick([1, 2, 3, 10, 10_000]),
      maxTurns: world.pick([1, 1, 2, 100]),
      heldMs: 100,
      idleMs: 20,
      retryMs: 50,
    },
    clients: CLIENTS.slice(0, world.pick([3, 12, 16])),
    maxCommitMs: world.pick([2, 20, 60]),
    maxDelayMs: world.pick([2, 5, 20]),
    windowBytes: world.pick([100, 150, 150, 400, 64 * 1024]),
  };
}

function drawSize(world: World): number {
  if (world.happens(0.85)) return 3 + world.below(3);
  return world.happens(0.85) ? 6 + world.below(5) : 11 + world.below(20);
}

/** A tree, with few edges more. */
function drawEdges(world: World, names: readonly string[]): Edge[] {
  const edges: Edge[] = [];
  for (let i = 1; i < names.length; i++) edges.push([names[world.below(i)]!, names[i]!]);
  const more = world.happens(0.4) ? 0 : world.below(names.length);
  for (let i = 0; i < more; i++) {
    const [one, other] = [world.pick(names), world.pick(names)];
    const isNew = !edges.some((it) => it.includes(one) && it.includes(other));
    if (one !== other && isNew) edges.push([one, other]);
  }
  return edges;
}
