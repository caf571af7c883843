// A herd on NATS beside one on its own links: updates that reach all, the time to the last server, and
// a server that comes back with nothing.

import { HAS_NATS, startNats } from "../../support/processes/nats.ts";
import { Asker } from "../herd/asker.ts";
import type { Bench, BenchCase } from "./bench_case.ts";
import { checkSame, type HerdServers, startHerdServers, untilLevel } from "../herd/herd_servers.ts";
import { cpuSeconds } from "../figures/processes.ts";
import { type Figure, figure, type Row } from "../figures/result.ts";
import { spreadOf } from "../figures/statistics.ts";
import { PLAIN } from "../herd/variants.ts";

const CLIENTS = 20_000;
/** What servers are between: nothing but links, one NATS server, or three with three copies. */
const KINDS = [
  { label: "links", natsServers: 0 },
  { label: "NATS", natsServers: 1 },
  { label: "NATS, three copies", natsServers: 3 },
] as const;

/** The case. */
export const backbone: BenchCase = {
  name: "backbone",
  title: "Links, and a backbone: 20,000 clients, updates that reach all servers",
  isExtra: true,
  async run(bench) {
    if (!HAS_NATS) return { rows: [], notes: ["nats-server is not installed here."] };
    const rows: Row[] = [];
    for (const count of bench.isQuick ? [5] : [5, 30]) {
      for (const kind of KINDS) {
        bench.progress(`${count} servers, ${kind.label}`);
        rows.push(await measure(bench, count, kind));
      }
    }
    return {
      rows,
      notes: [
        "NATS runs on the same cores: its processor time is in the rates, and in a column of its own.",
        "The last server: from the reply of one server until every other one answers with the update.",
        "Back after: a server that lost all has all 20,000 records again, counted from when it listens.",
      ],
    };
  },
};

async function measure(
  bench: Bench,
  count: number,
  { label, natsServers }: typeof KINDS[number],
): Promise<Row> {
  await using stack = new AsyncDisposableStack();
  const nats = natsServers === 0 ? undefined : stack.use(await startNats({ count: natsServers }));
  const addresses = nats?.addresses.map(({ host, port }) => `nats://${host}:${port}`);
  const herd = stack.use(
    await startHerdServers(bench, {
      count,
      variant: PLAIN,
      ...addresses === undefined ? {} : { backbone: addresses },
    }),
  );
  const natsSeconds = () => (nats?.pids ?? []).reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  await untilLevel(herd.ports);
  const bursts = [];
  for (let round = 0; round <= (bench.isQuick ? 1 : 3); round++) {
    const it = await burst(bench, herd, natsSeconds);
    if (round > 0) bursts.push(it);
  }
  await checkSame(herd.ports, CLIENTS);
  const last = spreadOf(await timesToLast(herd, bench.isQuick ? 50 : 200));
  const servers = spreadOf(bursts.map((it) => it.serverMicros));
  const figures: Record<string, Figure> = {
    "updates/s": figure(spreadOf(bursts.map((it) => it.perSecond)), "/s"),
    "CPU/update": figure(servers, "us"),
    "of a server": { value: servers.median / count, unit: "us" },
    "of NATS": figure(spreadOf(bursts.map((it) => it.natsMicros)), "us"),
    "last server": { value: last.median, unit: "ms" },
    "back after": { value: await comeBack(herd), unit: "ms" },
  };
  return { label: `${count} servers, ${label}`, figures };
}

/** Updates every client once, as fast as all servers take it together, until all have all. */
async function burst({ generator }: Bench, herd: HerdServers, natsSeconds: () => number) {
  const [servers, nats] = [herd.cpuSeconds(), natsSeconds()];
  const load = await generator.load({
    ports: herd.ports,
    connections: Math.max(10, herd.ports.length),
    depth: 100,
    requests: CLIENTS,
    clients: CLIENTS,
    inOrder: true,
  });
  const levelMs = await untilLevel(herd.ports);
  return {
    perSecond: CLIENTS / (load.seconds + levelMs / 1000),
    serverMicros: (herd.cpuSeconds() - servers) / CLIENTS * 1e6,
    natsMicros: (natsSeconds() - nats) / CLIENTS * 1e6,
  };
}

/** Milliseconds until the last server knows what the first one was told, at rest. */
async function timesToLast({ ports }: HerdServers, samples: number): Promise<number[]> {
  using stack = new DisposableStack();
  const [first, ...others] = await Promise.all(
    ports.map(async (port) => stack.use(await Asker.connect(port))),
  );
  const times: number[] = [];
  for (let i = 0; i < samples; i++) {
    const client = `last-${i}`;
    await first!.tell(client);
    const startedMs = performance.now();
    await Promise.all(others.map((it) => it.untilKnown(client)));
    times.push(performance.now() - startedMs);
  }
  return times;
}

/** Milliseconds from listening until a server that was killed has everything again. */
async function comeBack(herd: HerdServers): Promise<number> {
  const name = herd.names[1]!;
  await herd.stop(name, "SIGKILL");
  using asker = await Asker.connect(herd.ports[0]!);
  await asker.tell("told-while-away");
  const { port } = await herd.start(name);
  const listensMs = performance.now();
  using witness = await Asker.connect(port);
  await witness.untilKnown("told-while-away");
  const ms = performance.now() - listensMs;
  for (let client = 0; client < CLIENTS; client += 997) {
    const id = `c${String(client).padStart(12, "0")}`;
    if (await witness.find(id) === undefined) throw new Error(`it has the last, but not '${id}'`);
  }
  return ms;
}
