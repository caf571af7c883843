// Holds the pages to the tree: links between them lead somewhere, and files that they name exist.

import { assert, assertEquals } from "@std/assert";
import { brokenLinks, missingFiles } from "./pages.ts";
import { parseTopology } from "../../src/topology/topology.ts";
import { testWith } from "../support/test.ts";

const test = testWith("disk");

const tree = new Map([
  ["README.md", "# Herd\n[a](src/README.md#the-map) [b](src/gone.md) [c](src/README.md#gone)"],
  ["src/README.md", "## The map\n`base/clock.ts` and `gone.ts`, [up](../README.md), https://x"],
  ["src/base/clock.ts", ""],
]);

Deno.test("brokenLinks() finds links to files and headings that are not there", () => {
  assertEquals(brokenLinks(tree), [
    "README.md: src/gone.md",
    "README.md: src/README.md#gone",
  ]);
});

Deno.test("missingFiles() finds sources that are named and are not there", () => {
  assertEquals(missingFiles(tree), ["src/README.md: gone.ts"]);
});

test("all links and file names of the pages lead somewhere", async () => {
  const pages = await projectPages();
  assertEquals(brokenLinks(pages), []);
  assertEquals(missingFiles(pages), []);
});

test("each herd that a page shows in full is one that the servers take", async () => {
  const herds: string[] = [];
  for (const [path, text] of await projectPages()) {
    for (const [shown] of text.matchAll(/^\{\n? *"herd"[^]*?(?=\n```)|\{ "herd"[^]*?(?=' >)/gm)) {
      if (shown.includes("...")) continue;
      parseTopology(shown, path);
      herds.push(path);
    }
  }
  for (const page of ["README.md", "src/topology/README.md", "src/server/README.md"]) {
    assert(herds.includes(page), `${page} shows no herd: ${herds}`);
  }
});

/** All files of the project by path; only pages have their text. */
async function projectPages(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const root = new URL("../../", import.meta.url);
  async function visit(folder: string): Promise<void> {
    for await (const { name, isDirectory } of Deno.readDir(new URL(folder, root))) {
      if (name === "node_modules" || name === ".git" || folder === "" && name === "data") continue;
      const path = folder + name;
      if (isDirectory) await visit(`${path}/`);
      else {files.set(
          path,
          name.endsWith(".md") ? await Deno.readTextFile(new URL(path, root)) : "",
        );}
    }
  }
  await visit("");
  return files;
}
