// A short run of the fuzzer, always the same inputs; `deno task fuzz` goes on for as long as wanted.
// And the fuzzer itself: it must find what is wrong, and make it short.

import { assert, assertEquals } from "@std/assert";
import { testWith } from "../support/test.ts";
import { Chance } from "./chance.ts";
import { Fuzzer, readCorpus } from "./fuzzer.ts";
import { requestLine } from "./grammar.ts";
import { expectSame } from "./target.ts";
import { TARGETS } from "./targets/mod.ts";
import { escape, unescape } from "./text.ts";

/** Inputs of one target: as many as take about half a second. */
const INPUTS: Record<string, number> = {
  requests: 30_000,
  updates: 15_000,
  messages: 15_000,
  sessions: 600,
  followers: 600,
  leaders: 3_000,
  http: 4_000,
  frames: 2_500,
};

for (const target of TARGETS) {
  testWith("project")(
    `the program agrees with the reference over ${target.name}, kept and made up`,
    async () => {
      const fuzzer = new Fuzzer(target, await readCorpus(target), 1);
      const finding = await fuzzer.replay() ?? await fuzzer.run(INPUTS[target.name]!);
      if (finding) throw new Error(`With '${escape(finding.input)}'`, { cause: finding.error });
      assert(fuzzer.count > INPUTS[target.name]!);
    },
  );
}

Deno.test("Fuzzer finds a mistake, and shortens what shows it", async () => {
  const target = {
    name: "mistaken",
    generate: requestLine,
    check: (input: string) => expectSame(/\d\xa0/.test(input), false),
  };
  const finding = await new Fuzzer(target, [], 1).run(1_000_000);
  assertEquals(finding?.input.length, 2);
  assertEquals(finding?.target, "mistaken");
});

Deno.test("Fuzzer makes the same inputs of the same seed", async () => {
  const inputsOf = async (seed: number) => {
    const inputs: string[] = [];
    const check = (input: string) => void inputs.push(input);
    await new Fuzzer({ name: "", generate: requestLine, check }, ["kept"], seed).run(50);
    return inputs;
  };
  assertEquals(await inputsOf(7), await inputsOf(7));
  assert((await inputsOf(7)).join() !== (await inputsOf(8)).join());
});

Deno.test("unescape() gives back what escape() was given, on one line", () => {
  const chance = new Chance(1);
  for (let i = 0; i < 500; i++) {
    let text = "";
    while (!chance.oneIn(20)) {
      text += chance.pick(`\\x0a\n${String.fromCharCode(chance.below(256))}`);
    }
    assertEquals(unescape(escape(text)), text);
    assert(/^[\x20-\x7e]*$/.test(escape(text)));
  }
});
