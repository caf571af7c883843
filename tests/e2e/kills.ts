// The long trial of durability, for people: `deno task kills`, or with the number of kills. It kills
// a server under load again and again, and prints what it acknowledged and then had not.

import { type Kill, killAgainAndAgain, type KillOptions } from "../support/load/kills.ts";
import { countArgument } from "./count_argument.ts";
import { temporaryFolder } from "../support/files/temporary.ts";

/** What `relaxed` may lose: less than either of these. */
const WINDOW_MS = 50;
const WINDOW_CHANGES = 10_000;

const kills = countArgument(200);
const commit = await trial("commit, one server", { durability: "commit", servers: 1 });
const relaxed = await trial("relaxed, one server", { durability: "relaxed", servers: 1 });
const herd = await trial("relaxed, first of a chain of three", {
  durability: "relaxed",
  servers: 3,
});
await trial("relaxed, first of a chain of three, its data lost too", {
  durability: "relaxed",
  servers: 3,
  losesData: true,
});
for (const each of [relaxed, herd]) {
  const over = each.filter((it) => it.lostMs > WINDOW_MS && it.lost > WINDOW_CHANGES).length;
  if (over > 0) print(`In ${over} kills more than ${WINDOW_MS} ms and ${WINDOW_CHANGES} changes`);
}
if (commit.some(({ lost }) => lost > 0)) {
  print("An update was lost that commit had acknowledged");
  Deno.exit(1);
}

async function trial(
  name: string,
  options: Pick<KillOptions, "durability" | "servers" | "losesData">,
): Promise<Kill[]> {
  using folder = temporaryFolder();
  const done: Kill[] = [];
  const onKill = (kill: Kill) => void done.push(kill);
  await killAgainAndAgain({ ...options, folder: folder.path, kills, onKill });
  const acknowledged = sum(done.map((it) => it.acknowledged));
  const lost = done.map((it) => it.lost);
  print(`${name}: ${kills} kills, ${acknowledged} acknowledged, ${sum(lost)} lost`);
  if (sum(lost) > 0) {
    print(`  changes lost by one kill: ${distribution(lost, 0)}`);
    print(`  their age in ms:          ${distribution(done.map((it) => it.lostMs), 1)}`);
  }
  return done;
}

function distribution(values: readonly number[], digits: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!.toFixed(digits);
  return `median ${at(0.5)}, 90th percentile ${at(0.9)}, most ${at(1)}`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, it) => total + it, 0);
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
