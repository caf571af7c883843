// The herd's secret is changed while the herd runs: one server after the other is restarted, three
// times, and at no time are two of them unable to follow each other.

import { assertEquals } from "@std/assert";
import { exchange } from "../../support/herds/client.ts";
import { until } from "../../support/waiting.ts";
import { TestHerd } from "../../support/herds/herd.ts";
import { type RecordingLog, recordingLog } from "../../support/fakes/log.ts";
import { secretsOf } from "../../support/herds/tampered_link.ts";
import { testWith } from "../../support/test.ts";

const test = testWith("sockets");

const NAMES = ["A", "B", "C"];
const STEPS = [["old"], ["old", "new"], ["new", "old"], ["new"]];

test("a herd changes its secret in three rounds, and every server hears of everything meanwhile", async () => {
  await using herd = new TestHerd({ links: [["A", "B"], ["A", "C"], ["B", "C"]] });
  const logs: RecordingLog[] = [];
  const start = async (name: string, secrets: readonly string[]) => {
    const log = recordingLog({ debugEnabled: false });
    logs.push(log);
    // A letter makes a secret: "o" of the old one, "n" of the new one.
    await herd.start(name, { secrets: secretsOf(...secrets.map((it) => it[0]!)), log });
  };
  const areLinked = () =>
    herd.nodes.every((node) =>
      [...node.status.neighbours.values()].every((it) => it.isFollowing && it.isFollowed)
    );

  for (const name of NAMES) await start(name, STEPS[0]!);
  let told = 0;
  for (const secrets of STEPS.slice(1)) {
    for (const name of NAMES) {
      await herd.stop(name);
      await start(name, secrets);
      await until(areLinked);
      for (const teller of NAMES) {
        await exchange(herd.port(teller), `IAMAT client${told++} +1+1 ${Date.now() / 1000}\n`);
      }
      await until(() => herd.nodes.every((node) => node.store.size === told));
    }
  }
  assertEquals(told, 27);
  const refusals = logs.flatMap((log) => log.entries)
    .filter(({ fields }) => String(fields.reason).includes("does not verify"));
  assertEquals(refusals, []);
});
