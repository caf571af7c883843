// No file imports itself by way of others, not even for a type.

import { assertEquals } from "@std/assert";
import { testWith } from "../support/test.ts";
import { importCircles } from "./circles.ts";
import { importsOf } from "./layers.ts";
import { projectRoot, sources } from "./sources.ts";

testWith("project")("sources have no circles of imports", () => {
  const imports = new Map(
    ["main.ts", ...sources("src"), ...sources("tests")].map((path) => {
      const specifiers = importsOf(Deno.readTextFileSync(new URL(path, projectRoot)));
      const relative = specifiers.filter((it) => it.startsWith("."));
      return [path, relative.map((it) => new URL(it, `file:///${path}`).pathname.slice(1))];
    }),
  );
  assertEquals(importCircles(imports), []);
});

Deno.test("importCircles() finds each group of files that import each other", () => {
  const imports = {
    a: ["b", "x"],
    b: ["c"],
    c: ["a", "d"],
    d: ["e"],
    e: ["d", "f"],
    f: ["f"],
    g: ["a", "h"],
    h: [],
  };
  assertEquals(importCircles(new Map(Object.entries(imports))), [["a", "b", "c"], ["d", "e"], [
    "f",
  ]]);
  assertEquals(importCircles(new Map([["a", ["b", "c"]], ["b", ["c"]], ["c", []]])), []);
});
