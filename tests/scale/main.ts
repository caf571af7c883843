// `deno task scale`: simulates herds of growing size and prints the tables of README.md in this folder.

import { parseArgs } from "@std/cli";
import type { Delays } from "./graph.ts";
import { measure } from "./measure.ts";
import { messagesTable, type Row, timesTable } from "./report.ts";

/** Delays of wires between cities, and within a room. */
const FAR: Delays = { minMs: 5, maxMs: 15 };
const NEAR: Delays = { minMs: 0.1, maxMs: 0.3 };

const USAGE = `Usage: deno task scale [--servers 5,50,200,1000] [--seed 1]

Simulates a herd of each size and prints what flooding and catching up cost. 1,000 servers take
a minute or two, and 3 GB of memory.`;

const args = parseArgs(Deno.args, {
  string: ["servers", "seed"],
  boolean: ["help"],
  default: { servers: "5,50,200,1000", seed: "1" },
});
const sizes = args.servers.split(",").map(Number);
const seed = Number(args.seed);
if (args.help) {
  print(USAGE);
} else if (![...sizes, seed].every(Number.isSafeInteger) || sizes.some((it) => it < 5)) {
  print(`${USAGE}\n\nSizes are whole numbers from 5 on`);
  Deno.exitCode = 2;
} else {
  const rows: Row[] = [];
  for (const size of sizes) {
    print(`Simulating ${size} servers ...`);
    rows.push({ far: await measure(size, FAR, seed), near: await measure(size, NEAR, seed) });
  }
  print(`\n${messagesTable(rows)}\n${timesTable(rows)}`);
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}
