// No folder of the sources is crowded, and no file long.

import { assertEquals, assertGreater } from "@std/assert";
import { testWith } from "../support/test.ts";
import { crowdedFolders, longFiles, MAX_FILES, MAX_LINES } from "./folders.ts";
import { files, projectRoot, sources } from "./sources.ts";

testWith("project")("no folder of the sources has more files than one finds his way in", () => {
  const paths = files("src");
  assertGreater(paths.length, 200);
  assertEquals(crowdedFolders(paths), []);
});

testWith("project")("no file of the sources is longer than one reads at a time", () => {
  // The text of a thread has no imports, so all of it is in one file.
  const paths = sources("src").filter((it) => !it.endsWith("_worker.js"));
  const texts = new Map(paths.map((it) => [it, Deno.readTextFileSync(new URL(it, projectRoot))]));
  assertGreater(texts.size, 200);
  assertEquals(longFiles(texts), []);
});

Deno.test("longFiles() counts lines", () => {
  const lines = (count: number) => "line\n".repeat(count);
  const texts = new Map([["src/a.ts", lines(MAX_LINES)], ["src/b.ts", lines(MAX_LINES + 1)]]);
  assertEquals(longFiles(texts), [`src/b.ts has ${MAX_LINES + 1} lines: at most ${MAX_LINES}`]);
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
