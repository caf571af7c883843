// The command line of `deno task soak`.

import { faults } from "../checks/planted_mistakes.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { TestContext } from "../../support/fakes/context.ts";
import { ProgressBar } from "../../../src/cli/transfer/progress_bar.ts";
import { soak } from "./soak.ts";

Deno.test("soak() runs trials and says that all is well", async () => {
  const context = new TestContext();
  assertEquals(await soak(["--trials", "3", "--first", "1"], context), 0);
  assertEquals(context.stdout.text, "3 trials from seed 1 on\n3 trials, 0 failed\n");
});

Deno.test("soak() prints the seeds of trials that fail, and --seed shows what happens", async () => {
  const names = Object.keys(faults);
  const number = `${names.indexOf("naming the feed's end instead of the cursor") + 1}`;
  const context = new TestContext();
  assertEquals(await soak(["--trials", "5", "--first", "1", "--fault", number], context), 1);
  const seed = /^Seed (\d+) .+ lacks /m.exec(context.stdout.text)?.[1];
  assertMatch(context.stdout.text, /\d+ trials, [1-5] failed/);
  const replay = new TestContext();
  assertEquals(await soak(["--seed", seed!, "--fault", number], replay), 1);
  assertStringIncludes(replay.stdout.text, "VIOLATION");
});

Deno.test("soak() refuses options that are none, and says what is meant", async () => {
  for (
    const [args, answer] of [
      [["--trails", "3"], "Unknown argument '--trails': did you mean '--trials'?\n"],
      [["--trials", "0"], "Option '--trials' takes a whole number from 1 to 1000000000, not '0'\n"],
      [["--seed", "x"], "Option '--seed' takes a whole number from 0 to 4294967295, not 'x'\n"],
    ] as const
  ) {
    const context = new TestContext();
    assertEquals(await soak(args, context), 2);
    assertEquals(context.stderr.text, answer);
  }
  const help = new TestContext();
  assertEquals(await soak(["--help"], help), 0);
  assertMatch(help.stdout.text, /Usage: deno task soak/);
});

Deno.test("ProgressBar draws over itself on a terminal, and prints few lines elsewhere", () => {
  const show = (isTerminal: boolean) => {
    let written = "";
    let nowMs = 0;
    const output = { isTerminal, colour: false, write: (text: string) => written += text };
    const bar = new ProgressBar(output, 100, { nowMs: () => nowMs });
    for (let done = 1; done <= 100; done++) {
      nowMs += 300;
      bar.show(done, "0 failed");
    }
    bar.clear();
    return written;
  };
  assertEquals(show(true).split("\r").length, 102);
  assertMatch(show(true), /█{15}░{15} 50 of 100, 0 failed, 15 s left/);
  assertEquals(show(false).split("\n").length, 3);
  assertMatch(show(false), /^34 of 100, 0 failed, 20 s left\n/);
});
