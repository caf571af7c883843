// No folder of the sources is crowded.

import { assertEquals, assertGreater } from "@std/assert";
import { testWith } from "../support/test.ts";
import { crowdedFolders, MAX_FILES } from "./folders.ts";
import { files } from "./sources.ts";

testWith("project")("no folder of the sources has more files than one finds his way in", () => {
  const paths = files("src");
  assertGreater(paths.length, 200);
  assertEquals(crowdedFolders(paths), []);
});

Deno.test("crowdedFolders() counts the files of each folder, and neither README nor folders", () => {
  const names = (count: number) => Array.from({ length: count }, (_, index) => `${index}.ts`);
  const full = names(MAX_FILES).map((it) => `src/a/${it}`);
  const others = ["src/a/README.md", ...names(3).map((it) => `src/a/b/${it}`)];
  assertEquals(crowdedFolders([...full, ...others]), []);
  assertEquals(crowdedFolders([...full, ...others, "src/a/more.css"]), [
    `src/a has ${MAX_FILES + 1} files: at most ${MAX_FILES}`,
  ]);
  assertEquals(
    crowdedFolders(names(MAX_FILES + 1).map((it) => `src/${it}`)),
    [`src has ${MAX_FILES + 1} files: at most ${MAX_FILES}`],
  );
});
