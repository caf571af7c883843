// The long trial of faults, for people: `deno task faults`, or with the number of rounds. It does to a
// herd of processes what faults_test.ts does, again and again, and prints what was measured.

import { FaultHerd, type FaultHerdOptions, NAMES } from "../support/herds/fault_herd.ts";
import {
  cutWires,
  flipOneBit,
  pauseAndStall,
  restartAll,
  restartOne,
  type Return,
  slowDown,
} from "../support/herds/faults.ts";
import { measureWindow, type WindowOptions } from "../support/load/loss_window.ts";
import { countArgument } from "./count_argument.ts";
import { temporaryFolder } from "../support/files/temporary.ts";

const SILENT_MS = 6_000;
const FLIPS = 20;
const SAMPLES = 500;
const RATE = 3_000;

const rounds = countArgument(5);
await onHerd({}, async (herd) => {
  for (const losesData of [false, true]) {
    const returns: Return[] = [];
    for (let i = 0; i < rounds; i++) {
      for (const name of NAMES) returns.push(await restartOne(herd, name, losesData));
    }
    tell(losesData ? "one is killed and loses its data" : "one is killed", returns);
  }
  tell("all are killed at once", await repeat(() => restartAll(herd)));
});
await onHerd({ hasSecret: true, hasHttp: true }, async (herd) => {
  tell(
    "one is paused and a wire stalled",
    await repeat((round) =>
      pauseAndStall(herd, NAMES[round % NAMES.length]!, herd.wires.Holiday, SILENT_MS)
    ),
  );
  tell("wires are slow by 100 ms", await repeat(() => slowDown(herd, 100)));
  tell("wires are cut five times", await repeat(() => cutWires(herd, 5)));
  let reasons = new Map<string, number>();
  for (let i = 0; i < FLIPS * rounds; i++) {
    const reason = await flipOneBit(herd, i % 2 === 0 ? "Welsh" : "Holiday");
    reasons = reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  print(`${FLIPS * rounds} bits were altered, and each ended the link:`);
  for (const [reason, count] of reasons) print(`  ${count} times: ${reason}`);
});
print("From the reply to a client until one neighbour has the update, in ms:");
await tellWindow("at rest", { rate: 0, args: [] });
await tellWindow(`at ${RATE} updates/s`, { rate: RATE, args: [] });
await tellWindow(`at ${RATE} updates/s, commit`, { rate: RATE, args: ["--durability", "commit"] });

async function onHerd(
  options: Omit<FaultHerdOptions, "folder">,
  harm: (herd: FaultHerd) => Promise<void>,
): Promise<void> {
  using folder = temporaryFolder();
  await using herd = await FaultHerd.start({ ...options, folder: folder.path });
  await harm(herd);
  await (options.hasHttp ? herd.finishExactly() : herd.finish());
  print(`The slowest answer of a server that was there took ${herd.load.slowestMs.toFixed(0)} ms`);
}

async function repeat<T>(harm: (round: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let round = 0; round < rounds; round++) results.push(await harm(round));
  return results;
}

function tell(what: string, results: readonly ({ agreedMs: number } & Partial<Return>)[]): void {
  print(`${what}: agreed after ${distribution(results.map((it) => it.agreedMs))} ms`);
  const losses = results.flatMap(({ loss }) => loss ?? []);
  const lost = losses.reduce((sum, it) => sum + it.lost, 0);
  const lostMs = Math.max(0, ...losses.map((it) => it.lostMs));
  if (lost > 0) print(`  ${lost} updates were lost, the oldest ${lostMs.toFixed(1)} ms old`);
}

async function tellWindow(
  what: string,
  options: Pick<WindowOptions, "rate" | "args">,
): Promise<void> {
  using folder = temporaryFolder();
  const windows = await measureWindow({ ...options, folder: folder.path, samples: SAMPLES });
  const early = windows.filter((it) => it < 0).length / windows.length * 100;
  print(`  ${what}: ${distribution(windows)}; ${early.toFixed(0)}% were there before the reply`);
}

function distribution(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!.toFixed(1);
  return `${at(0.5)} (median), ${at(0.99)} (99th percentile), ${at(1)} (most)`;
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
