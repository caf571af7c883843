// The herd's secret is changed while the herd runs: one server after the other is restarted, three
// times, and at no time are two of them unable to follow each other.

import { assertEquals } from "@std/assert";
import { type HerdNode, startNode } from "../../../src/server/node.ts";
import { exchange } from "../../support/herds/client.ts";
import { until } from "../../support/waiting.ts";
import { freePort } from "../../support/processes/ports.ts";
import { loneOptions } from "../../support/herds/herd.ts";
import { type RecordingLog, recordingLog } from "../../support/fakes/log.ts";
import { secretsOf } from "../../support/herds/tampered_link.ts";
import { testWith } from "../../support/test.ts";

const test = testWith("sockets");

const NAMES = ["A", "B", "C"];
const STEPS = [["old"], ["old", "new"], ["new", "old"], ["new"]];

test("a herd changes its secret in three rounds, and every server hears of everything meanwhile", async () => {
  const ports = new Map(NAMES.map((name) => [name, freePort()]));
  const address = (name: string) => ({ hostname: "127.0.0.1", port: ports.get(name)! });
  const nodes = new Map<string, HerdNode>();
  const logs: RecordingLog[] = [];
  await using stack = new AsyncDisposableStack();
  const start = (name: string, secrets: readonly string[]) => {
    const log = recordingLog({ debugEnabled: false });
    logs.push(log);
    const node = startNode(loneOptions({
      name,
      address: address(name),
      neighbours: new Map(NAMES.filter((it) => it !== name).map((it) => [it, address(it)])),
      // A letter makes a secret: "o" of the old one, "n" of the new one.
      secrets: secretsOf(...secrets.map((it) => it[0]!)),
      log,
    }));
    nodes.set(name, stack.use(node));
  };
  const areLinked = () =>
    [...nodes.values()].every((node) =>
      [...node.status.neighbours.values()].every((it) => it.isFollowing && it.isFollowed)
    );

  for (const name of NAMES) start(name, STEPS[0]!);
  let told = 0;
  for (const secrets of STEPS.slice(1)) {
    for (const name of NAMES) {
      await nodes.get(name)!.stop();
      start(name, secrets);
      await until(areLinked);
      for (const teller of NAMES) {
        await exchange(ports.get(teller)!, `IAMAT client${told++} +1+1 ${Date.now() / 1000}\n`);
      }
      await until(() => [...nodes.values()].every((node) => node.store.size === told));
    }
  }
  assertEquals(told, 27);
  const refusals = logs.flatMap((log) => log.entries)
    .filter(({ fields }) => String(fields.reason).includes("does not verify"));
  assertEquals(refusals, []);
});
