// `deno task fuzz`: breaks the parsers and whole connections, for as long as it is told, until
// something differs from the plain reference. Exit status 1 if something does.

import { parseArgs } from "@std/cli/parse-args";
import { processContext } from "../../src/cli/process/process_context.ts";
import { type Finding, Fuzzer, readCorpus } from "./fuzzer.ts";
import { TARGETS } from "./targets/mod.ts";
import { escape } from "./text.ts";

const HELP = `Fuzz the parsers of lines, links, HTTP and WebSockets, and whole connections

Usage: deno task fuzz [--minutes <n>] [--seed <n>] [--target <name>]

  --minutes <n>    How long (default: 1)
  --seed <n>       Where chance begins (default: another one each time, and shown)
  --target <name>  Only one of ${TARGETS.map((it) => it.name).join(", ")}
`;

/** Targets take turns of so many milliseconds. */
const TURN_MS = 250;

/** Where nobody watches a terminal, progress is a line every so many milliseconds. */
const REPORT_MS = 10_000;

/** Inputs between two looks at the clock. */
const ROUND = 50;

const { stdout, stderr } = processContext();

async function main(args: string[]): Promise<number> {
  const options = parseArgs(args, {
    string: ["minutes", "seed", "target"],
    boolean: ["help"],
    alias: { help: "h" },
  });
  if (options.help) {
    stdout.write(HELP);
    return 0;
  }
  const minutes = Number(options.minutes ?? 1);
  const seed = Number(options.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]);
  const targets = TARGETS.filter((it) => (options.target ?? it.name) === it.name);
  if (!(minutes > 0) || !Number.isInteger(seed) || targets.length === 0) {
    stderr.write(HELP);
    return 2;
  }
  stdout.write(`Seed ${seed}\n`);
  const fuzzers = await Promise.all(targets.map(async (target) => ({
    name: target.name,
    fuzzer: new Fuzzer(target, await readCorpus(target), seed),
  })));
  const finding = await fuzz(fuzzers, minutes * 60_000);
  if (finding === undefined) return 0;
  stdout.write(`${describe(finding)}\n`);
  return 1;
}

type Named = { readonly name: string; readonly fuzzer: Fuzzer };

async function fuzz(fuzzers: readonly Named[], forMs: number): Promise<Finding | undefined> {
  const { isTerminal } = stdout;
  const startMs = performance.now();
  let reportedMs = startMs;
  for (const { fuzzer } of fuzzers) {
    const finding = await fuzzer.replay();
    if (finding) return finding;
  }
  while (performance.now() - startMs < forMs) {
    for (const { fuzzer } of fuzzers) {
      const turnMs = performance.now();
      while (performance.now() - turnMs < TURN_MS) {
        const finding = await fuzzer.run(ROUND);
        if (finding) return finding;
      }
    }
    if (isTerminal || performance.now() - reportedMs > REPORT_MS) {
      reportedMs = performance.now();
      stdout.write(progress(fuzzers, reportedMs - startMs, isTerminal));
    }
  }
  stdout.write(`${progress(fuzzers, performance.now() - startMs, isTerminal)}\n`);
}

function progress(fuzzers: readonly Named[], ms: number, isTerminal: boolean): string {
  const counts = fuzzers.map(({ name, fuzzer }) => `${name} ${fuzzer.count.toLocaleString("en")}`);
  const line = `${(ms / 60_000).toFixed(1)} min: ${counts.join(", ")}`;
  return isTerminal ? `\r\x1b[K${line}` : `${line}\n`;
}

function describe({ target, input, error }: Finding): string {
  return `\n${error instanceof Error ? error.stack : error}\n\n` +
    `Found with '${target}'. When it is mended, keep it in tests/fuzz/corpus/${target}.txt:\n` +
    escape(input);
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
