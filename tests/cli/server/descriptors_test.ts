import { assertEquals } from "@std/assert";
import { freeDescriptors } from "../../../src/cli/server/descriptors.ts";
import { SteppingPace } from "../../support/fakes/stepping_pace.ts";
import { temporaryFolder } from "../../support/files/temporary.ts";
import { testWith } from "../../support/test.ts";

const test = testWith("disk");

test("freeDescriptors() counts up to the most that is asked for, and lets others work meanwhile", async () => {
  using folder = temporaryFolder();
  const file = `${folder.path}/file`;
  Deno.writeTextFileSync(file, "");
  for (const most of [0, 1, 20, 21, 120]) {
    const pace = new SteppingPace();
    const free = await freeDescriptors({ file, most: () => most, rest: () => pace.pause() });
    assertEquals(free, most);
    assertEquals(pace.pieces, Math.max(1, Math.ceil(most / 20)) + Math.ceil(most / 20));
  }
});

test("freeDescriptors() takes those into account that others take or give back meanwhile", async () => {
  using folder = temporaryFolder();
  const file = `${folder.path}/file`;
  Deno.writeTextFileSync(file, "");
  let most = 200;
  const pace = new SteppingPace((piece) => {
    if (piece === 6) most = 80;
  });
  assertEquals(await freeDescriptors({ file, most: () => most, rest: () => pace.pause() }), 100);
});

test("freeDescriptors() says nothing of a file that cannot be opened", async () => {
  using folder = temporaryFolder();
  const options = { file: `${folder.path}/none`, most: () => 10, rest: () => Promise.resolve() };
  assertEquals(await freeDescriptors(options), undefined);
});
