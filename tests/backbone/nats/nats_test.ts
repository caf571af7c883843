// Servers on a real NATS server with JetStream. Left out where `nats-server` is not installed.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { nkeys } from "@nats-io/nats-core";
import { issueCertificate } from "../../../src/cli/certs/certificate_authority.ts";
import { type NodeOptions, startNode } from "../../../src/server/node.ts";
import { diskStorage } from "../../../src/server/records/storage.ts";
import { SystemClock } from "../../../src/server/system.ts";
import { silentLog } from "../../../src/base/log.ts";
import { daysFromNow, TestAuthority } from "../../support/tls/certificates.ts";
import { exchange } from "../../support/herds/client.ts";
import { until } from "../../support/waiting.ts";
import { freePort } from "../../support/processes/ports.ts";
import { loneOptions } from "../../support/herds/herd.ts";
import { testWithNats } from "../../support/processes/nats.ts";
import { temporaryFolder } from "../../support/files/temporary.ts";
import {
  deleteStream,
  put,
  recordsOf,
  startNatsNode,
  tellNode,
  untilLevel,
  untilSame,
} from "./herd.ts";

const NAMES = ["Goloman", "Hands", "Holiday", "Welsh", "Wilkes"];

testWithNats(
  "servers on one NATS server know what each is told, and a newcomer all of it from the stream",
  async (startNats) => {
    await using stack = new AsyncDisposableStack();
    const nats = stack.use(await startNats());
    const start = (name: string) => stack.use(startNatsNode(nats, name));
    const nodes = NAMES.map(start);
    const reply = await tellNode(nodes[0]!, "kiwi");
    for (const node of nodes) {
      const found = await until(async () => {
        const text = await exchange(node.address.port, "WHATSAT kiwi 1 1\n");
        return text.startsWith("AT ") && text;
      });
      assertEquals(found.slice(0, reply.length), reply);
    }
    await Promise.all(nodes.map((node, index) => tellNode(node, `client${index}`)));
    const records = await untilSame(nodes, 6);
    await Promise.all(nodes.map((it) => it.stop()));
    const newcomer = start("Goloman");
    await until(() => newcomer.store.records === 6);
    assertEquals(recordsOf(newcomer), records);
    assertEquals(newcomer.status.backbone!.published, 0);
  },
);

testWithNats("servers go on while NATS is away, and level when it is back", async (startNats) => {
  await using stack = new AsyncDisposableStack();
  const nats = stack.use(await startNats());
  const [ann, bob] = ["Ann", "Bob"].map((it) => stack.use(startNatsNode(nats, it)));
  await tellNode(ann!, "before");
  await untilSame([ann!, bob!], 1);
  await until(() => ann!.status.backbone!.unpublished === 0);
  await nats.killAll();
  await until(() => ann!.status.backbone!.server === undefined);
  assertMatch(await tellNode(ann!, "meanwhile"), /^AT Ann /);
  assertMatch(await tellNode(bob!, "too"), /^AT Bob /);
  await until(() => /refused/i.test(ann!.status.backbone!.trouble ?? ""));
  assertEquals(ann!.status.backbone!.unpublished, 1);
  await nats.startAll();
  await untilSame([ann!, bob!], 3);
  await until(() => ann!.status.backbone!.unpublished === 0);
  // The stream had kept what was there before: nobody published it again.
  assertEquals(ann!.status.backbone!.published, 2);
  assertEquals(bob!.status.backbone!.published, 1);
});

testWithNats("servers fill a stream anew that was deleted", async (startNats) => {
  await using stack = new AsyncDisposableStack();
  const nats = stack.use(await startNats());
  const nodes = ["Ann", "Bob", "Cem"].map((it) => stack.use(startNatsNode(nats, it)));
  for (let i = 0; i < 200; i++) put(nodes[i % 3]!, `Ann +0.000000000 c${i} +1+1 ${i}`);
  await untilSame(nodes, 200);
  await deleteStream(nats);
  await until(() => nodes.every((it) => it.status.backbone!.connects === 2));
  const newcomer = stack.use(startNatsNode(nats, "Dia"));
  await untilSame([...nodes, newcomer], 200);
});

testWithNats(
  "the stream keeps the newest of what servers publish of one client at the same time",
  async (startNats) => {
    await using stack = new AsyncDisposableStack();
    const nats = stack.use(await startNats());
    const nodes = NAMES.map((it) => stack.use(startNatsNode(nats, it)));
    await Promise.all(nodes.map((it) => untilLevel(it)));
    const CLIENTS = 20;
    const ROUNDS = 60;
    const newest = new Map<string, number>();
    for (let round = 0; round < ROUNDS; round++) {
      for (let client = 0; client < CLIENTS; client++) {
        const [node, other] = [nodes[round % 5]!, nodes[(round + client) % 5]!];
        // The newer one first, so that the older one is published later more often than not.
        const time = 1_000 + round * 2 + (client % 2);
        put(node, `${node.name} +0.000000000 c${client} +1+1 ${time + 1}`);
        put(other, `${other.name} +0.000000000 c${client} +2+2 ${time}`);
        newest.set(`c${client}`, time + 1);
      }
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    const records = await untilSame(nodes, CLIENTS);
    for (const [client, time] of newest) assertStringIncludes(records, ` ${client} +1+1 ${time}`);
    assert(nodes.some((it) => it.status.backbone!.repaired > 0), "there was no race");
    await until(() => nodes.every((it) => it.status.backbone!.unpublished === 0));
    await Promise.all(nodes.map((it) => it.stop()));
    const newcomer = stack.use(startNatsNode(nats, "newcomer"));
    await until(() => newcomer.store.records === CLIENTS);
    assertEquals(recordsOf(newcomer), records);
  },
);

testWithNats("a server with a disk goes on from where it was in the stream", async (startNats) => {
  await using stack = new AsyncDisposableStack();
  const nats = stack.use(await startNats());
  const folder = stack.use(temporaryFolder()).path;
  const start = async () => {
    const storage = await diskStorage({
      folder,
      herd: "test",
      server: "Ann",
      durability: "relaxed",
      clock: new SystemClock(),
      log: silentLog,
    });
    return stack.use(startNatsNode(nats, "Ann", { node: { storage } }));
  };
  const bob = stack.use(startNatsNode(nats, "Bob"));
  const ann = await start();
  for (let i = 0; i < 500; i++) put(i % 2 ? ann : bob, `Bob +0.000000000 c${i} +1+1 ${i}`);
  await untilSame([ann, bob], 500);
  await until(() => ann.status.backbone!.unpublished === 0);
  await ann.stop();
  put(bob, "Bob +0.000000000 later +1+1 1000");
  await until(() => bob.status.backbone!.unpublished === 0);
  const again = await start();
  assertEquals(again.store.records, 500);
  await untilSame([again, bob], 501);
  assertEquals(again.status.backbone!.received, 1);
  assertEquals(again.status.backbone!.published, 0);
});

testWithNats("news passes between links and the backbone", async (startNats) => {
  await using stack = new AsyncDisposableStack();
  const nats = stack.use(await startNats());
  // Two regions of two servers: each has one on the backbone.
  const regions = [["West", "Western"], ["East", "Eastern"]].map(([border, inner]) => {
    const ports = { [border!]: freePort(), [inner!]: freePort() };
    const start = (name: string, neighbour: string) => {
      const address = (it: string) => ({ hostname: "127.0.0.1", port: ports[it]! });
      const node: Partial<NodeOptions> = {
        address: address(name),
        neighbours: new Map([[neighbour, address(neighbour)]]),
      };
      return stack.use(
        name === border
          ? startNatsNode(nats, name, { node })
          : startNode(loneOptions({ name, ...node })),
      );
    };
    return [start(border!, inner!), start(inner!, border!)];
  });
  const nodes = regions.flat();
  await Promise.all(nodes.map((it) => tellNode(it, `from-${it.name}`)));
  await untilSame(nodes, 4);
  // The far end is told over the backbone alone, and tells nobody on it again.
  const [, , east] = nodes;
  await until(() => east!.status.backbone!.unpublished === 0);
  assertEquals(east!.status.backbone!.published, 2);
  assertEquals(nodes[0]!.status.backbone!.published, 2);
});

testWithNats(
  "thirty servers on one backbone have the same, also one that lost all",
  async (startNats) => {
    await using stack = new AsyncDisposableStack();
    const nats = stack.use(await startNats());
    const names = Array.from({ length: 30 }, (_, index) => `S${index}`);
    const nodes = names.map((it) => stack.use(startNatsNode(nats, it)));
    await Promise.all(nodes.map((it) => untilLevel(it, 30_000)));
    for (let i = 0; i < 1_500; i++) {
      put(nodes[i % 30]!, `S${i % 30} +0.000000000 c${i % 1_000} +1+1 ${i}`);
    }
    await untilSame(nodes, 1_000, 30_000);
    await nodes[7]!.stop();
    const again = stack.use(startNatsNode(nats, "S7"));
    put(nodes[8]!, "S8 +0.000000000 more +1+1 1");
    await untilSame([...nodes.filter((it) => it !== nodes[7]), again], 1_001, 30_000);
  },
);

testWithNats(
  "a server gives up a NATS server that is there and does not answer",
  async (startNats) => {
    await using stack = new AsyncDisposableStack();
    const nats = stack.use(await startNats());
    const timings = { acknowledgeMs: 300 };
    const [ann, bob] = ["Ann", "Bob"].map((it) => stack.use(startNatsNode(nats, it, { timings })));
    await Promise.all([ann!, bob!].map((it) => untilLevel(it)));
    nats.signal(0, "SIGSTOP");
    await tellNode(ann!, "kiwi");
    await until(() => ann!.status.backbone!.trouble !== undefined);
    // It may have acknowledged just before it stopped.
    assertMatch(
      ann!.status.backbone!.trouble!,
      /not acknowledged within 300 ms|silent|cannot be looked at/,
    );
    nats.signal(0, "SIGCONT");
    await untilSame([ann!, bob!], 1);
  },
);

testWithNats(
  "a server proves itself to NATS, and says so when it is refused",
  async (startNats) => {
    await using stack = new AsyncDisposableStack();
    const pair = nkeys.createUser();
    const config = `authorization { users: [
      { user: herd, password: "a:b" },
      { nkey: ${pair.getPublicKey()} },
      { user: reader, password: r, permissions: { publish: ["$JS.API.>"] } },
      { user: least, password: l, permissions: {
        publish: ["herd.test.at.*", "$JS.API.STREAM.INFO.herd_test", "$JS.API.STREAM.CREATE.herd_test",
          "$JS.API.STREAM.MSG.GET.herd_test",
          "$JS.API.CONSUMER.*.herd_test.>", "$JS.API.CONSUMER.MSG.NEXT.herd_test.>"],
        subscribe: ["_INBOX.>"] } } ] }\n`;
    const nats = stack.use(await startNats({ config }));
    const start = (credentials: string) =>
      stack.use(startNatsNode(nats, credentials, {
        nats: { credentials },
        timings: { acknowledgeMs: 2_000 },
      }));
    // The permissions that the backbone's README names are enough, also to make the stream.
    const good = start("least:l");
    await untilLevel(good);
    await untilLevel(start("herd:a:b"));
    await untilLevel(start(new TextDecoder().decode(pair.getSeed())));
    const bad = start("herd:b");
    await until(() => bad.status.backbone!.trouble);
    assertMatch(bad.status.backbone!.trouble!, /authorization/i);
    const reader = start("reader:r");
    await untilLevel(reader);
    await tellNode(good, "kiwi");
    await untilSame([good, reader], 1);
    await tellNode(reader, "grape");
    const [fault] = await until(() => {
      const { faults } = reader.status.backbone!;
      return faults.length > 0 && faults;
    });
    assertMatch(fault!, /no right to publish/);
    // It goes on reading.
    await tellNode(good, "melon");
    await until(() => reader.store.records === 3);
    assertEquals(reader.status.backbone!.connects, 1);
  },
);

testWithNats(
  "a server talks TLS to NATS, and to no one who cannot prove to be it",
  async (startNats) => {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(temporaryFolder()).path;
    const [ours, another] = await Promise.all([TestAuthority.make(), TestAuthority.make()]);
    const host = { name: "nats", host: "127.0.0.1" };
    const { certificate, key } = await issueCertificate(ours.identity, host, daysFromNow(-1, 1));
    await Deno.writeTextFile(`${folder}/nats.pem`, certificate);
    await Deno.writeTextFile(`${folder}/nats.key`, key);
    const config = `tls { cert_file: "${folder}/nats.pem", key_file: "${folder}/nats.key" }\n`;
    const nats = stack.use(await startNats({ config }));
    const start = (name: string, ca: string) =>
      stack.use(startNatsNode(nats, name, { nats: { tls: { ca } } }));
    const [ann, bob] = ["Ann", "Bob"].map((it) => start(it, ours.identity.certificate));
    await tellNode(ann!, "kiwi");
    await untilSame([ann!, bob!], 1);
    const stranger = start("stranger", another.identity.certificate);
    assert(await until(() => stranger.status.backbone!.trouble));
    assertEquals(stranger.store.records, 0);
    const elsewhere = stack.use(startNatsNode(nats, "elsewhere", {
      nats: {
        servers: [{ host: "localhost", port: nats.addresses[0]!.port }],
        tls: { ca: ours.identity.certificate },
      },
    }));
    assertMatch(
      await until(() => elsewhere.status.backbone!.trouble) as string,
      /not valid for name/i,
    );
    const plain = stack.use(await startNats());
    const strict = stack.use(startNatsNode(plain, "strict", {
      nats: { tls: { ca: ours.identity.certificate } },
    }));
    assertMatch(await until(() => strict.status.backbone!.trouble) as string, /tls/i);
  },
);
