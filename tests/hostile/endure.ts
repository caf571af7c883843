// `deno task endure`: a long time of mixed load and faults, compressed. Five servers are asked, attacked
// and cut off from neighbours that are killed and paused, in rounds; three of them live through all of
// it. Fails if one of these holds more memory at the end than after the warm-up by over 10 %, has lost
// descriptors, or left a request unanswered.

import { parseArgs } from "@std/cli/parse-args";
import { processContext } from "../../src/cli/process/process_context.ts";
import {
  type Behaviour,
  breakingOff,
  finding,
  hanging,
  type PlacesUpstream,
  refusing,
  startPlacesUpstream,
} from "../support/fakes/places_upstream.ts";
import { temporaryFolder } from "../support/files/temporary.ts";
import type { ATTACKS } from "./attacks.ts";
import type { LoadOptions, LoadResult } from "./load.ts";
import { startHelper } from "./process.ts";
import { startVictim, type Victim, type VictimOptions } from "./victim.ts";
import { pause } from "../support/waiting.ts";
import { writeTopology } from "../support/files/topology_file.ts";

const HELP = `Run a herd under load, attacks and faults, and see what it costs in the long run

Usage: deno task endure [--minutes <n>]

  --minutes <n>  How long; a round takes 35 s, and the first third is the warm-up (default: 11)
`;

/** Those that live through everything, and those that are killed and paused. */
const STEADY = ["Goloman", "Hands", "Holiday"];
const UNSTABLE = ["Welsh", "Wilkes"];

/** What happens in a round, to one steady server each, to another one each round; then it is quiet. */
const ROUND: readonly (keyof typeof ATTACKS)[] = [
  "idle",
  "churn",
  "greedy",
  "drip",
  "resets",
  "longline",
  "places",
  "flood",
  "crowd",
];
const ATTACK_MS = 3_000;
const QUIET_MS = 8_000;
const ROUND_MS = ROUND.length * ATTACK_MS + QUIET_MS;

/** What the places service does, a few seconds each. */
const TROUBLES: readonly Behaviour[] = [
  finding(5),
  hanging,
  finding(20),
  refusing(500),
  refusing(429),
  breakingOff,
];
const TROUBLE_MS = 3_000;

const SAMPLE_MS = 250;

/** More memory than this, against the level after the warm-up, is a leak. */
const MAX_GROWTH = 0.1;

/** Connections to neighbours that come back and to the places service, give or take. */
const MAX_MORE_DESCRIPTORS = 4;

const { stdout } = processContext();
const say = (line: string) => stdout.write(`${line}\n`);

async function main(args: string[]): Promise<number> {
  const options = parseArgs(args, { string: ["minutes"], boolean: ["help"] });
  const rounds = Math.floor(Number(options.minutes ?? 11) * 60_000 / ROUND_MS);
  if (options.help || !(rounds >= 3)) {
    say(HELP);
    return options.help ? 0 : 2;
  }
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder()).path;
  const upstream = stack.use(startPlacesUpstream());
  const herd = stack.use(new Herd(folder, upstream.url));
  await herd.startAll();
  const stop = new AbortController();
  const faults = [troubleUpstream(upstream, stop.signal), herd.troubleUnstable(stop.signal)];
  const load = startHelper("load.ts", JSON.stringify(herd.loadOptions()));
  const levels: Level[][] = [];
  for (let round = 0; round < rounds; round++) {
    const level = await runRound(herd, round);
    levels.push(level);
    const memory = level.map((it, i) => `${STEADY[i]} ${it.memory.toFixed(0)} MiB`);
    say(`Round ${round + 1} of ${rounds}: ${memory.join(", ")}`);
  }
  stop.abort();
  await Promise.all(faults);
  return report(levels, await load.end() as LoadResult);
}

/** What a server held in one round. */
interface Level {
  /** Memory on average, in MiB. */
  readonly memory: number;
  /** The fewest descriptors: what attackers hold comes on top. */
  readonly descriptors: number;
}

/** Attacks in turn, then quiet; gives what each steady server held meanwhile. */
async function runRound(herd: Herd, round: number): Promise<Level[]> {
  const samples: { memory: number; descriptors: number }[][] = herd.steady.map(() => []);
  const sampling = setInterval(() => {
    for (const [i, it] of herd.steady.entries()) {
      samples[i]!.push({ memory: it.memory(), descriptors: it.descriptors() });
    }
  }, SAMPLE_MS);
  for (const [i, attack] of ROUND.entries()) {
    const target = herd.steady[(i + round) % herd.steady.length]!;
    const attacker = startHelper("attacks.ts", attack, String(target.port));
    await pause(ATTACK_MS);
    await attacker.end();
  }
  await pause(QUIET_MS);
  clearInterval(sampling);
  return samples.map((of) => ({
    memory: mean(of.map((it) => it.memory)),
    descriptors: Math.min(...of.map((it) => it.descriptors)),
  }));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, it) => sum + it, 0) / values.length;
}

/**
 * Compares the last third of the rounds with the second; the first is the warm-up. The level of a
 * third is that of its highest round: a collector gives memory back when it likes, and a dip proves
 * as little as the end of one.
 */
function report(levels: readonly Level[][], result: LoadResult): number {
  const third = Math.floor(levels.length / 3);
  const [middle, last] = [levels.slice(third, -third), levels.slice(-third)];
  let failures = 0;
  say("\nServer     MiB after warm-up   at the end   change   descriptors then   at the end");
  for (const [i, name] of STEADY.entries()) {
    const memory = (rounds: readonly Level[][]) => Math.max(...rounds.map((it) => it[i]!.memory));
    const fewest = (rounds: readonly Level[][]) =>
      Math.min(...rounds.map((it) => it[i]!.descriptors));
    const [warm, end, open, left] = [memory(middle), memory(last), fewest(middle), fewest(last)];
    const change = end / warm - 1;
    if (change > MAX_GROWTH) failures++;
    if (left > open + MAX_MORE_DESCRIPTORS) failures++;
    say([
      name.padEnd(9),
      warm.toFixed(0).padStart(19),
      end.toFixed(0).padStart(12),
      `${change < 0 ? "" : "+"}${(change * 100).toFixed(1)} %`.padStart(8),
      open.toFixed(0).padStart(18),
      left.toFixed(0).padStart(12),
    ].join(" "));
  }
  const { requests, unanswered, reconnects, p50, p99, max } = result;
  if (unanswered > 0) failures++;
  say(
    `\n${requests.toLocaleString("en")} requests, ${unanswered} unanswered by servers that live, ` +
      `whose replies took ${p50} ms (p50), ${p99} ms (p99), ${max} ms (max); ` +
      `${reconnects.toLocaleString("en")} times no answer from killed and paused ones`,
  );
  say(failures === 0 ? "It endures" : `${failures} of its promises did not hold`);
  return failures === 0 ? 0 : 1;
}

/** The five servers. */
class Herd implements AsyncDisposable {
  readonly #folder: string;
  readonly #upstream: string;
  readonly #ports: ReadonlyMap<string, number>;
  readonly #victims = new Map<string, Victim>();

  constructor(folder: string, upstream: string) {
    this.#folder = folder;
    this.#upstream = upstream;
    const { servers } = writeTopology(folder);
    this.#ports = new Map(Object.entries(servers).map(([name, { port }]) => [name, port]));
  }

  get steady(): Victim[] {
    return STEADY.map((it) => this.#victims.get(it)!);
  }

  async startAll(): Promise<void> {
    await Promise.all([...STEADY, ...UNSTABLE].map((it) => this.#start(it)));
  }

  loadOptions(): LoadOptions {
    const unstable = UNSTABLE.map((it) => this.#ports.get(it)!);
    return { ports: [...this.#ports.values()], unstable, clientsPerServer: 10, ids: 2_000 };
  }

  /** Kills, pauses or stops one of the unstable servers after the other, until the signal. */
  async troubleUnstable(stop: AbortSignal): Promise<void> {
    const troubles = ["SIGKILL", "SIGSTOP", "SIGTERM"] as const;
    for (let i = 0; !stop.aborted; i++) {
      const name = UNSTABLE[i % UNSTABLE.length]!;
      const victim = this.#victims.get(name)!;
      await pause(2_000);
      victim.kill(troubles[i % troubles.length]!);
      // Longer than the silence after which neighbours give it up.
      await pause(6_000);
      if (troubles[i % troubles.length] === "SIGSTOP") victim.kill("SIGCONT");
      else {
        await victim.status;
        await this.#start(name);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#victims.values()].map((it) => it[Symbol.asyncDispose]()));
  }

  async #start(name: string): Promise<void> {
    this.#victims.set(name, await startVictim(this.#optionsOf(name)));
  }

  #optionsOf(name: string): VictimOptions {
    // One asks a service that fails, the others the gazetteer.
    const google = ["--places", "google", "--google-url", this.#upstream, "--places-timeout", "1"];
    return {
      name,
      port: this.#ports.get(name)!,
      topology: `${this.#folder}/topology.json`,
      folder: this.#folder,
      args: ["--unread-timeout", "2", ...name === STEADY[0] ? google : ["--places", "gazetteer"]],
      env: { GOOGLE_PLACES_API_KEY: "none" },
    };
  }
}

async function troubleUpstream(upstream: PlacesUpstream, stop: AbortSignal): Promise<void> {
  for (let i = 0; !stop.aborted; i++) {
    upstream.behave(TROUBLES[i % TROUBLES.length]!);
    await pause(TROUBLE_MS);
  }
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
