// `deno task hostile`: attacks a server in one way after the other, and prints a table of how long a
// well-behaved client of lines and one of HTTP waited meanwhile, and what it cost the server. Marks what
// is over its bounds. Fails over nothing but a client that was dropped or a server that died: what times
// mean, on this machine, is for its reader.

import { parseArgs } from "@std/cli/parse-args";
import { processContext } from "../../src/cli/process/process_context.ts";
import { freePort } from "../support/processes/ports.ts";
import { hanging, startPlacesUpstream } from "../support/fakes/places_upstream.ts";
import { connectTo } from "../support/load/rude_client.ts";
import { until } from "../support/waiting.ts";
import { temporaryFolder } from "../support/files/temporary.ts";
import type { ATTACKS } from "./attacks.ts";
import type { ProbeResult } from "./probe.ts";
import { startHelper } from "./process.ts";
import { startVictim, type Victim, type VictimOptions } from "./victim.ts";

const HELP = `Attack a server, and measure how long well-behaved clients wait meanwhile

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
  /** True if its places come from a service that hangs. */
  readonly hangs?: boolean;
  /** True if its places are a file of 200,000 in one town. */
  readonly isDense?: boolean;
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
  { attack: "town", what: "WHATSAT in a town of 200,000 places", isDense: true },
  { attack: "starve", what: "Idle lines, health checks, 1,024 fds", descriptors: 1_024 },
  { attack: "silence", what: "Silent HTTP connections" },
  { attack: "silence", what: "Silent HTTP connections, 128 fds", descriptors: 128 },
  { attack: "endless", what: "WebSocket messages without end" },
  { attack: "tiny", what: "WebSocket frames of one byte" },
  { attack: "map", what: "The world map, not read" },
  { attack: "heads", what: "HEAD on streams" },
  { attack: "streams", what: "Streams that nobody reads" },
  { attack: "slowHeads", what: "HTTP heads byte by byte" },
  { attack: "slowBodies", what: "HTTP bodies byte by byte" },
  { attack: "near", what: "Who is near, in a dense town" },
  { attack: "watchUnread", what: "Watchers of all, read nothing" },
  { attack: "watchSlowly", what: "Watchers of all, read slowly" },
  { attack: "watchBriefly", what: "Watchers that come and go" },
];

/** Bounds for a well-behaved client's p99, in milliseconds, and for the server's memory. */
const MAX_P99_MS = 25;
const MAX_MIB = 512;

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
  print(`p50, p99 and max in ms; '!' marks a p99 over ${MAX_P99_MS} ms and over ${MAX_MIB} MiB`);
  print(row("Attack", "lines", "HTTP", "CPU", "MiB", "What it did"));
  let failures = 0;
  for (const scenario of chosen) {
    const { lines, http, did, cpu, before, most, hasDied } = await run(
      scenario,
      folder.path,
      seconds,
    );
    const trouble = [
      ...hasDied ? ["THE SERVER DIED"] : [],
      ...lines.wasDropped ? ["THE CLIENT OF LINES WAS DROPPED"] : [],
      ...http.wasDropped ? ["THE CLIENT OF HTTP WAS DROPPED"] : [],
    ];
    if (trouble.length > 0) failures++;
    print(row(
      scenario.what,
      times(lines),
      times(http),
      `${(cpu / seconds * 100).toFixed(0)} %`,
      `${before.toFixed(0)}-${most.toFixed(0)}${most > MAX_MIB ? "!" : ""}`,
      [
        ...trouble,
        did,
        ...http.reconnects > 0 ? [`HTTP connected ${http.reconnects} times more`] : [],
      ]
        .join(": "),
    ));
  }
  return failures === 0 ? 0 : 1;
}

function times({ p50, p99, max }: ProbeResult): string {
  const ms = (it: number) => it.toFixed(it < 10 ? 2 : 0);
  return `${ms(p50)} ${ms(p99)}${p99 > MAX_P99_MS ? "!" : ""} ${ms(max)}`;
}

async function run(scenario: Scenario, folder: string, seconds: number) {
  await using upstream = startPlacesUpstream();
  upstream.behave(hanging);
  const http = freePort();
  await using victim = await startVictim(victimOptions(scenario, folder, upstream.url, http));
  let hasDied = false;
  victim.status.then(() => hasDied = true);
  await until(() => connectTo(http).then((it) => (it.close(), true), () => false));
  const probes = [
    startHelper("probe.ts", "lines", String(victim.port)),
    startHelper("probe.ts", "http", String(http)),
  ];
  // They have to be there first: later they may be the ones too many.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const before = victim.memory();
  const startCpu = victim.cpu();
  const attack = startHelper("attacks.ts", scenario.attack, String(victim.port), String(http));
  const most = await watchMemory(victim, seconds);
  const cpu = victim.cpu() - startCpu;
  const [lines, web] = await Promise.all(probes.map((it) => it.end())) as ProbeResult[];
  const did = await attack.end() as string;
  return { lines: lines!, http: web!, did, cpu, before, most, hasDied };
}

function victimOptions(
  scenario: Scenario,
  folder: string,
  url: string,
  http: number,
): VictimOptions {
  const port = freePort();
  const topology = `${folder}/topology.json`;
  const servers = { Goloman: { host: "127.0.0.1", port, http } };
  Deno.writeTextFileSync(topology, JSON.stringify({ herd: "test", servers, links: [] }));
  const places = scenario.hangs
    ? ["--places", "google", "--google-url", url]
    : scenario.isDense
    ? ["--places", `file:${writeTown(folder)}`]
    : [];
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

/** Writes a file of places within some 5 km of those that attackers ask about; gives its path. */
function writeTown(folder: string): string {
  let text = "name,lat,lon\n";
  for (let i = 0; i < 200_000; i++) {
    // The golden ratio and a root spread them evenly.
    const [north, east] = [i * 0.618033988749895 % 1, i * 0.414213562373095 % 1];
    text += `Place ${i},${(34.04 + north / 20).toFixed(7)},${(-118.47 + east / 20).toFixed(7)}\n`;
  }
  const path = `${folder}/town.csv`;
  Deno.writeTextFileSync(path, text);
  return path;
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
  return [what.padEnd(38), ...cells.map((it) => it.padStart(16)), `  ${did}`].join(" ");
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
