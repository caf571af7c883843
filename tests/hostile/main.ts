// `deno task hostile`: attacks a server in one way after the other, and prints a table of how long a
// well-behaved client waited meanwhile, and what it cost the server. Fails over nothing but a client
// that was dropped: what times mean, on this machine, is for its reader.

import { parseArgs } from "@std/cli/parse-args";
import { processContext } from "../../src/cli/process/process_context.ts";
import { freePort } from "../support/processes/ports.ts";
import { hanging, startPlacesUpstream } from "../support/fakes/places_upstream.ts";
import { temporaryFolder } from "../support/files/temporary.ts";
import type { ATTACKS } from "./attacks.ts";
import type { ProbeResult } from "./probe.ts";
import { startHelper } from "./process.ts";
import { startVictim, type Victim, type VictimOptions } from "./victim.ts";

const HELP = `Attack a server, and measure how long a well-behaved client waits meanwhile

Usage: deno task hostile [--seconds <n>] [--only <name>]

  --seconds <n>  How long each attack lasts (default: 10)
  --only <name>  One attack alone
`;

/** An attack, and the server that it needs. */
interface Scenario {
  readonly attack: keyof typeof ATTACKS;
  readonly what: string;
  readonly args?: readonly string[];
  readonly descriptors?: number;
  /** Whether its places come from a service that hangs. */
  readonly hangs?: boolean;
}

const SCENARIOS: readonly Scenario[] = [
  { attack: "nothing", what: "Nothing" },
  { attack: "idle", what: "10,000 idle connections" },
  { attack: "churn", what: "Connections that come and go" },
  { attack: "drip", what: "One byte a second" },
  {
    attack: "greedy",
    what: "WHATSAT without end, replies not read",
    args: ["--unread-timeout", "3"],
  },
  { attack: "flood", what: "IAMAT without end, replies read" },
  { attack: "busy", what: "One IAMAT after the other" },
  { attack: "longline", what: "Lines of 1 GB" },
  { attack: "resets", what: "Resets at every point of a request" },
  { attack: "crowd", what: "More than 1,000 allowed", args: ["--max-connections", "1000"] },
  { attack: "crowd", what: "More than descriptors allow", descriptors: 256 },
  { attack: "places", what: "500 WHATSAT at once, places hang", hangs: true },
];

const { stdout } = processContext();
const print = (line: string) => stdout.write(`${line}\n`);

async function main(args: string[]): Promise<number> {
  const options = parseArgs(args, { string: ["seconds", "only"], boolean: ["help"] });
  const seconds = Number(options.seconds ?? 10);
  const chosen = SCENARIOS.filter((it) => (options.only ?? it.attack) === it.attack);
  if (options.help || !(seconds > 0) || chosen.length === 0) {
    print(HELP);
    return options.help ? 0 : 2;
  }
  using folder = temporaryFolder();
  print(row("Attack", "requests", "p50 ms", "p99 ms", "max ms", "CPU", "MiB", "What it did"));
  let dropped = 0;
  for (const scenario of chosen) {
    const { probe, did, cpu, before, most } = await run(scenario, folder.path, seconds);
    if (probe.wasDropped) dropped++;
    const memory = `${before.toFixed(0)}-${most.toFixed(0)}`;
    const ms = (it: number) => it.toFixed(it < 10 ? 2 : 0);
    print(row(
      scenario.what,
      probe.requests.toLocaleString("en"),
      ms(probe.p50),
      ms(probe.p99),
      ms(probe.max),
      `${(cpu / seconds * 100).toFixed(0)} %`,
      memory,
      probe.wasDropped ? `THE CLIENT WAS DROPPED: ${did}` : did,
    ));
  }
  return dropped === 0 ? 0 : 1;
}

async function run(scenario: Scenario, folder: string, seconds: number) {
  await using upstream = startPlacesUpstream();
  upstream.behave(hanging);
  await using victim = await startVictim(victimOptions(scenario, folder, upstream.url));
  const probe = startHelper("probe.ts", String(victim.port));
  // It has to be there first: later it may be the one too many.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const before = victim.memory();
  const startCpu = victim.cpu();
  const attack = startHelper("attacks.ts", scenario.attack, String(victim.port));
  const most = await watchMemory(victim, seconds);
  const cpu = victim.cpu() - startCpu;
  const result = await probe.end() as ProbeResult;
  const did = await attack.end() as string;
  return { probe: result, did, cpu, before, most };
}

function victimOptions(scenario: Scenario, folder: string, url: string): VictimOptions {
  const port = freePort();
  const topology = `${folder}/topology.json`;
  const servers = { Goloman: { host: "127.0.0.1", port } };
  Deno.writeTextFileSync(topology, JSON.stringify({ herd: "test", servers, links: [] }));
  const places = scenario.hangs ? ["--places", "google", "--google-url", url] : [];
  return {
    name: "Goloman",
    port,
    topology,
    folder,
    args: [...places, ...scenario.args ?? []],
    env: scenario.hangs ? { GOOGLE_PLACES_API_KEY: "none" } : {},
    descriptors: scenario.descriptors,
  };
}

/** The most memory that a process had in so many seconds, in MiB. */
async function watchMemory(victim: Victim, seconds: number): Promise<number> {
  let most = 0;
  for (let i = 0; i < seconds * 4; i++) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    most = Math.max(most, victim.memory());
  }
  return most;
}

function row(what: string, ...cells: string[]): string {
  const did = cells.pop();
  return [what.padEnd(38), ...cells.map((it) => it.padStart(9)), `  ${did}`].join(" ");
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
