// Fresh news on a backbone beside a backlog: how late the last server knows what one was told, while a
// newcomer reads the stream, servers fill one that was deleted, or catch up with what moved while NATS
// was away.

import { deleteStream, streamInfo } from "../../backbone/nats/herd.ts";
import { HAS_NATS, type NatsServers, startNats } from "../../support/processes/nats.ts";
import type { Figure, Row } from "../figures/result.ts";
import { Asker } from "../herd/asker.ts";
import { type HerdServers, startHerdServers } from "../herd/herd_servers.ts";
import { PLAIN } from "../herd/variants.ts";
import type { Bench, BenchCase } from "./bench_case.ts";

const SERVERS = 5;
const RECORDS = 300_000;
const MOVED = 100_000;

/** Told one after the other, this long after the last one was known everywhere. */
const PAUSE_MS = 20;

/** Of so many records it is asked whether a server has them all. */
const SAMPLES = 200;

/** What keeps the servers busy, and when that is over. */
interface Trouble {
  readonly label: string;
  begin(setting: Setting): Promise<() => Promise<boolean>>;
}

interface Setting {
  readonly bench: Bench;
  readonly herd: HerdServers;
  readonly nats: NatsServers;
  readonly records: number;
}

const troubles: readonly Trouble[] = [
  { label: "at rest", begin: () => Promise.resolve(() => Promise.resolve(true)) },
  {
    label: "a newcomer reads the stream",
    async begin({ herd, records }) {
      const name = herd.names[1]!;
      await herd.stop(name, "SIGKILL");
      const { port } = await herd.start(name);
      return () => hasAll(port, records);
    },
  },
  {
    label: "the stream was deleted",
    async begin({ nats, records }) {
      await deleteStream(nats, "herd_bench");
      return async () => {
        const info = await streamInfo(nats, "herd_bench").catch(() => undefined);
        return (info?.state.messages ?? 0) >= records;
      };
    },
  },
  {
    label: "NATS was away while a third moved",
    async begin({ bench, herd, nats, records }) {
      await nats.killAll();
      const moved = Math.min(MOVED, records);
      await load(bench, herd.ports, moved);
      const times = await Promise.all(herd.ports.map((port) => timeOf(port, idOf(moved - 1))));
      await nats.startAll();
      const newest = Math.max(...times);
      return async () => {
        const found = await Promise.all(herd.ports.map((port) => timeOf(port, idOf(moved - 1))));
        return found.every((it) => it === newest);
      };
    },
  },
];

/** The case. */
export const backboneNews: BenchCase = {
  name: "backbone-news",
  title: "A backbone: fresh news beside a backlog of 300,000 records",
  isExtra: true,
  async run(bench) {
    if (!HAS_NATS) return { rows: [], notes: ["nats-server is not installed here."] };
    const records = bench.isQuick ? RECORDS / 10 : RECORDS;
    await using stack = new AsyncDisposableStack();
    const nats = stack.use(await startNats());
    const backbone = nats.addresses.map(({ host, port }) => `nats://${host}:${port}`);
    const herd = stack.use(
      await startHerdServers(bench, { count: SERVERS, variant: PLAIN, backbone }),
    );
    const setting: Setting = { bench, herd, nats, records };
    bench.progress(`${records} records`);
    await load(bench, [herd.ports[0]!], records);
    for (const port of herd.ports) while (!(await hasAll(port, records))) await sleep(100);
    const rows: Row[] = [];
    for (const trouble of troubles) {
      bench.progress(trouble.label);
      rows.push(await measure(setting, trouble));
    }
    return {
      rows,
      notes: [
        `${SERVERS} servers and NATS on the same cores. Late: from the reply of one server until all ` +
        "others answer with the update, one update after the other, told to each server in turn.",
      ],
    };
  },
};

async function measure(setting: Setting, { label, begin }: Trouble): Promise<Row> {
  const isOver = await begin(setting);
  const startedMs = performance.now();
  using stack = new DisposableStack();
  const askers = await Promise.all(
    setting.herd.ports.map(async (port) => stack.use(await Asker.connect(port))),
  );
  const times: number[] = [];
  for (let count = 0; count < 200 || !(await isOver()); count++) {
    const client = `${label.replaceAll(" ", "-")}-${count}`;
    const teller = askers[count % askers.length]!;
    await teller.tell(client);
    const toldMs = performance.now();
    await Promise.all(askers.filter((it) => it !== teller).map((it) => it.untilKnown(client)));
    times.push(performance.now() - toldMs);
    await sleep(PAUSE_MS);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): Figure => ({
    value: times[Math.min(times.length - 1, Math.floor(times.length * share))]!,
    unit: "ms",
  });
  const lastedSeconds = (performance.now() - startedMs) / 1000;
  return {
    label,
    figures: {
      "late, p50": at(0.5),
      "p99": at(0.99),
      "most": at(1),
      "lasted": { value: lastedSeconds, unit: "s" },
    },
  };
}

const idOf = (client: number) => `c${String(client).padStart(12, "0")}`;

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function load(
  { generator }: Bench,
  ports: readonly number[],
  clients: number,
): Promise<void> {
  await generator.load({
    ports,
    connections: 10,
    depth: 100,
    requests: clients,
    clients,
    inOrder: true,
  });
}

/** The time of a client's record at a server. */
async function timeOf(port: number, client: string): Promise<number> {
  using asker = await Asker.connect(port);
  return Number((await asker.find(client))?.split(" ")[5]);
}

async function hasAll(port: number, records: number): Promise<boolean> {
  using asker = await Asker.connect(port);
  for (let sample = SAMPLES; sample >= 0; sample--) {
    const client = Math.min(records - 1, Math.floor(records / SAMPLES * sample));
    if (await asker.find(idOf(client)) === undefined) return false;
  }
  return true;
}
