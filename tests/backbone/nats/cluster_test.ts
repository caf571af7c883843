// Servers on a cluster of three real NATS servers, of which one dies, and then all. Left out
// where `nats-server` is not installed.

import { assertEquals, assertStringIncludes } from "@std/assert";
import type { ClusterInfo } from "@nats-io/jetstream";
import type { HerdNode } from "../../../src/server/node.ts";
import { until } from "../../support/waiting.ts";
import { type NatsServers, testWithNats } from "../../support/processes/nats.ts";
import { put, recordsOf, startNatsNode, streamInfo, untilLevel, untilSame } from "./herd.ts";

const CLIENTS = 50;
/** A cluster needs a while to agree on who leads. */
const ELECTED_MS = 60_000;

testWithNats(
  "servers on a cluster of three level again after the death of its leader, and of all",
  async (startNats) => {
    await using stack = new AsyncDisposableStack();
    const nats = stack.use(await startNats({ count: 3 }));
    const nodes = ["Ann", "Bob", "Cem", "Dia"].map((it) => stack.use(startNatsNode(nats, it)));
    await Promise.all(nodes.map((it) => untilLevel(it, ELECTED_MS)));
    const traffic = stack.use(startTraffic(nodes));
    await until(() => traffic.rounds > 20, ELECTED_MS);

    const leader = await until(() => leaderOf(nats), ELECTED_MS);
    const member = Number(leader.slice("member".length));
    await nats.kill(member);
    await until(async () => ![undefined, leader].includes(await leaderOf(nats)), ELECTED_MS);
    // One that is connected with another member may be level all the while: what it publishes from now
    // on the new leader takes.
    const published = nodes.map((it) => it.status.backbone!.published);
    await until(
      () => nodes.every((it, i) => it.status.backbone!.published > published[i]!),
      ELECTED_MS,
    );
    await Promise.all(nodes.map((it) => untilLevel(it, ELECTED_MS)));
    // Not one that is behind may be left alone with what the others have.
    await nats.start(member);
    await until(() => isReplicated(nats), ELECTED_MS);

    await nats.killAll();
    await until(() => nodes.every((it) => it.status.backbone!.server === undefined), ELECTED_MS);
    const { rounds } = traffic;
    await until(() => traffic.rounds > rounds + 20, ELECTED_MS);
    await nats.startAll();
    await Promise.all(nodes.map((it) => untilLevel(it, ELECTED_MS)));

    traffic.stop();
    const records = await untilSame(nodes, CLIENTS, ELECTED_MS);
    for (const [client, time] of traffic.newest) {
      assertStringIncludes(records, ` ${client} +1+1 ${time}`);
    }
    await until(() => nodes.every((it) => it.status.backbone!.unpublished === 0), ELECTED_MS);
    await Promise.all(nodes.map((it) => it.stop()));
    const newcomer = stack.use(startNatsNode(nats, "newcomer"));
    await untilLevel(newcomer, ELECTED_MS);
    assertEquals(recordsOf(newcomer), records);
    assertEquals(newcomer.status.backbone!.published, 0);
  },
);

/** News at all servers all the time, of the same clients at several at once. */
function startTraffic(nodes: readonly HerdNode[]) {
  const newest = new Map<string, number>();
  let rounds = 0;
  const timer = setInterval(() => {
    rounds++;
    for (let i = 0; i < 10; i++) {
      const client = `c${(rounds * 10 + i) % CLIENTS}`;
      const [node, other] = [nodes[i % nodes.length]!, nodes[(i + rounds) % nodes.length]!];
      const time = 1_000 + rounds * 2;
      put(node, `${node.name} +0.000000000 ${client} +1+1 ${time + 1}`);
      put(other, `${other.name} +0.000000000 ${client} +2+2 ${time}`);
      newest.set(client, time + 1);
    }
  }, 10);
  const stop = () => clearInterval(timer);
  return {
    newest,
    get rounds() {
      return rounds;
    },
    stop,
    [Symbol.dispose]: stop,
  };
}

/** The name of the member that leads the stream; undefined while there is none. */
async function leaderOf(nats: NatsServers): Promise<string | undefined> {
  return (await clusterOf(nats))?.leader;
}

/** True if both followers have what the leader has. */
async function isReplicated(nats: NatsServers): Promise<boolean> {
  return (await clusterOf(nats))?.replicas?.filter((it) => it.current).length === 2;
}

async function clusterOf(nats: NatsServers): Promise<ClusterInfo | undefined> {
  try {
    return (await streamInfo(nats)).cluster;
  } catch {
    return undefined;
  }
}
