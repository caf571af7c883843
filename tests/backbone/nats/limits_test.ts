// Real NATS servers with limits: for a message, a stream, an account; and streams that somebody else
// has set up.

import { assertEquals, assertGreater, assertMatch, assertStringIncludes } from "@std/assert";
import type { StreamConfig } from "@nats-io/jetstream";
import { MAX_BODY_BYTES } from "../../../src/protocol/update.ts";
import { healthOf } from "../../../src/server/health.ts";
import type { HerdNode } from "../../../src/server/node.ts";
import { type NatsServers, testWithNats } from "../../support/processes/nats.ts";
import { until } from "../../support/waiting.ts";
import {
  put,
  startNatsNode,
  streamInfo,
  tellNode,
  untilLevel,
  untilSame,
  withManager,
} from "./herd.ts";

const body = (client: string, time = 1) => `Ann +0.000000000 ${client} +1+1 ${time}`;
const LONG = "x".repeat(2_000);

/** A cluster needs a while to agree on who leads. */
const ELECTED_MS = 60_000;

const untilPublished = (node: HerdNode) => until(() => node.status.backbone!.unpublished === 0);

function makeStream(nats: NatsServers, config: Partial<StreamConfig>): Promise<unknown> {
  const usual = { name: "herd_test", subjects: ["herd.test.at.*"], max_msgs_per_subject: 1 };
  return withManager(nats, (manager) => manager.streams.add({ ...usual, ...config }));
}

function changeStream(nats: NatsServers, config: Partial<StreamConfig>): Promise<unknown> {
  return withManager(nats, (manager) => manager.streams.update("herd_test", config));
}

testWithNats(
  "a record that NATS cannot take ends nothing, and all others are published",
  async (startNats) => {
    await using stack = new AsyncDisposableStack();
    const nats = stack.use(await startNats({ config: "max_payload: 1024\n" }));
    const [ann, bob] = ["Ann", "Bob"].map((it) => stack.use(startNatsNode(nats, it)));
    await untilLevel(ann!);
    await tellNode(ann!, LONG);
    for (let i = 0; i < 100; i++) put(ann!, body(`c${i}`));
    await until(() => bob!.store.records === 100);
    await untilPublished(ann!);
    const { passedOver, connects, faults } = ann!.status.backbone!;
    assertEquals({ passedOver, connects }, { passedOver: 1, connects: 1 });
    assertMatch(
      faults.join(),
      new RegExp(`up to 1024 bytes, and a record can have ${MAX_BODY_BYTES}`),
    );
    const { degraded } = healthOf(ann!.status);
    assertStringIncludes(degraded.join(), "does not take 1 of its records");
  },
);

testWithNats(
  "a record that the stream cannot take is published when it takes longer ones",
  async (startNats) => {
    await using stack = new AsyncDisposableStack();
    const nats = stack.use(await startNats());
    await makeStream(nats, { max_msg_size: 1_024 });
    const timings = { maxInspectMs: 200 };
    const [ann, bob] = ["Ann", "Bob"].map((it) => stack.use(startNatsNode(nats, it, { timings })));
    await untilLevel(ann!);
    put(ann!, body(LONG));
    put(ann!, body("kiwi"));
    await until(() => bob!.store.records === 1);
    assertEquals(ann!.status.backbone!.passedOver, 1);
    await changeStream(nats, { max_msg_size: -1 });
    await untilSame([ann!, bob!], 2);
    assertEquals(ann!.status.backbone!.passedOver, 0);
    assertEquals(ann!.status.backbone!.faults, []);
  },
);

testWithNats(
  "a server goes on reading from a stream that is full, and publishes when there is room",
  async (startNats) => {
    await using stack = new AsyncDisposableStack();
    const nats = stack.use(await startNats());
    const { New: discard } = { New: "new" as StreamConfig["discard"] };
    await makeStream(nats, { max_msgs: 50, discard });
    const timings = { firstPauseMs: 100, maxPauseMs: 500 };
    const [ann, bob] = ["Ann", "Bob"].map((it) => stack.use(startNatsNode(nats, it, { timings })));
    await Promise.all([ann!, bob!].map((it) => untilLevel(it)));
    for (let i = 0; i < 200; i++) put(ann!, body(`c${i}`));
    await until(() => bob!.store.records === 50);
    await until(() => ann!.status.backbone!.faults.some((it) => /takes nothing/.test(it)));
    assertEquals(ann!.status.backbone!.connects, 1);
    assertEquals(ann!.status.backbone!.isLevel, true);
    await changeStream(nats, { max_msgs: -1 });
    await untilSame([ann!, bob!], 200);
    await until(() => !ann!.status.backbone!.faults.some((it) => /takes nothing/.test(it)));
    await untilPublished(ann!);
  },
);

testWithNats(
  "an account's limits are told apart: room, and what a server may not do",
  async (startNats) => {
    await using stack = new AsyncDisposableStack();
    const config = `accounts {
    small { jetstream { max_file: 30K, max_mem: 0, max_streams: 1 }, users: [{ user: s, password: s }] }
    none { users: [{ user: n, password: n }] }
  }\n`;
    const nats = stack.use(await startNats({ config }));
    const timings = { firstPauseMs: 100, maxPauseMs: 500 };
    const start = (name: string, credentials: string) =>
      stack.use(startNatsNode(nats, name, { nats: { credentials }, timings }));
    const [ann, bob] = [start("Ann", "s:s"), start("Bob", "s:s")];
    await Promise.all([ann, bob].map((it) => untilLevel(it)));
    for (let i = 0; i < 1_000; i++) put(ann, body(`c${i}`));
    await until(() => ann.status.backbone!.faults.some((it) => /takes nothing/.test(it)));
    assertEquals(ann.status.backbone!.connects, 1);
    assertGreater(ann.status.backbone!.unpublished, 0);
    assertGreater(bob.store.records, 0);
    const unwanted = start("Cem", "n:n");
    await until(() => unwanted.status.backbone!.trouble);
    assertMatch(unwanted.status.backbone!.trouble!, /jetstream not enabled/i);
  },
);

testWithNats(
  "a cluster of three with too little room for an account loses nothing",
  async (startNats) => {
    await using stack = new AsyncDisposableStack();
    const config = `accounts {
    SYS { users: [{ user: sys, password: sys }] }
    herd { jetstream { max_file: 200K, max_mem: 0 }, users: [{ user: h, password: h }] }
  }
  system_account: SYS\n`;
    const nats = stack.use(await startNats({ count: 3, config }));
    const timings = { firstPauseMs: 100, maxPauseMs: 500, steadyMs: 500 };
    const [ann, bob] = ["Ann", "Bob"].map((it) =>
      stack.use(startNatsNode(nats, it, { nats: { credentials: "h:h" }, timings }))
    );
    await Promise.all([ann!, bob!].map((it) => untilLevel(it, ELECTED_MS)));
    for (let i = 0; i < 4_000; i++) put(ann!, body(`c${i}`));
    await until(
      () => ann!.status.backbone!.faults.some((it) => /takes nothing/.test(it)),
      ELECTED_MS,
    );
    assertGreater(ann!.status.backbone!.unpublished, 0);
    assertGreater(bob!.store.records, 0);
    // What is not published is still offered, and nothing was skipped for want of room.
    assertEquals(ann!.status.backbone!.passedOver, 0);
  },
);

const unusable: Record<string, [config: Partial<StreamConfig>, reason: RegExp]> = {
  "that keeps messages until they are read": [
    { retention: "workqueue" as StreamConfig["retention"] },
    /keeps messages by 'workqueue'/,
  ],
  "that takes other subjects": [{ subjects: ["other.*"] }, /does not take 'herd.test.at.\*'/],
  "that acknowledges nothing": [{ no_ack: true }, /acknowledges nothing/],
};
for (const [name, [config, reason]] of Object.entries(unusable)) {
  testWithNats(`a server refuses a stream ${name}`, async (startNats) => {
    await using stack = new AsyncDisposableStack();
    const nats = stack.use(await startNats());
    await makeStream(nats, config);
    const ann = stack.use(startNatsNode(nats, "Ann"));
    await until(() => ann.status.backbone!.trouble);
    assertMatch(ann.status.backbone!.trouble!, reason);
    assertEquals(healthOf(ann.status).unready.length, 1);
  });
}

const lossy: Record<string, [config: Partial<StreamConfig>, fault: RegExp]> = {
  "an age": [{ max_age: 60e9 }, /keeps messages for 60 s/],
  "a number of messages": [{ max_msgs: 100 }, /drops the oldest over 100 messages/],
  "a number of bytes": [{ max_bytes: 100_000 }, /drops the oldest over 100000 bytes/],
  "a history of each client": [{ max_msgs_per_subject: 5 }, /keeps 5 messages of each client/],
};
for (const [name, [config, fault]] of Object.entries(lossy)) {
  testWithNats(`a server says that a stream with ${name} loses records`, async (startNats) => {
    await using stack = new AsyncDisposableStack();
    const nats = stack.use(await startNats());
    await makeStream(nats, config);
    const ann = stack.use(startNatsNode(nats, "Ann"));
    await untilLevel(ann);
    const { degraded } = healthOf(ann.status);
    assertMatch(degraded.join(), fault);
  });
}

testWithNats("servers with different times to keep clients say so", async (startNats) => {
  await using stack = new AsyncDisposableStack();
  const nats = stack.use(await startNats());
  const start = (name: string, maxAgeSeconds: number | undefined) =>
    stack.use(startNatsNode(nats, name, { nats: { maxAgeSeconds } }));
  const ann = start("Ann", 7_200);
  await untilLevel(ann);
  const [same, other] = [start("Bob", 7_200), start("Cem", undefined)];
  await Promise.all([same, other].map((it) => untilLevel(it)));
  for (const it of [ann, same]) assertEquals(healthOf(it.status).degraded, []);
  assertMatch(healthOf(other.status).degraded.join(), /for 7200 s.*asks for ever/);
});

testWithNats(
  "a server that stops leaves no reader in NATS, nor does one that has read a backlog",
  async (startNats) => {
    await using stack = new AsyncDisposableStack();
    const nats = stack.use(await startNats());
    const consumers = async () => (await streamInfo(nats)).state.consumer_count;
    const ann = stack.use(startNatsNode(nats, "Ann"));
    for (let i = 0; i < 100; i++) put(ann, body(`c${i}`));
    await untilLevel(ann);
    await untilPublished(ann);
    const bob = stack.use(startNatsNode(nats, "Bob"));
    await untilSame([ann, bob], 100);
    await until(async () => await consumers() === 2);
    await bob.stop();
    assertEquals(await consumers(), 1);
    await ann.stop();
    assertEquals(await consumers(), 0);
  },
);

testWithNats(
  "what clients tell a newcomer is published while it reads the stream",
  async (startNats) => {
    await using stack = new AsyncDisposableStack();
    const nats = stack.use(await startNats());
    const ann = stack.use(startNatsNode(nats, "Ann"));
    for (let i = 0; i < 20_000; i++) put(ann, body(`c${i}`));
    await untilLevel(ann);
    await until(() => ann.status.backbone!.unpublished === 0, 30_000);
    const bob = stack.use(startNatsNode(nats, "Bob"));
    await until(() => bob.store.records > 0);
    const told = bob.store.records;
    await tellNode(bob, "kiwi");
    await until(() => ann.store.records === 20_001);
    // It was published first, and not when all was read.
    assertGreater(20_000, told);
    await untilSame([ann, bob], 20_001, 30_000);
  },
);
