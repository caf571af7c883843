// Dependencies: which code runs is written down, to the byte, and CI holds to it.

import { assert, assertEquals, assertMatch } from "@std/assert";
import project from "../../deno.json" with { type: "json" };
import dashboard from "../../src/http/dashboard/deno.json" with { type: "json" };
import { testWith } from "../support/test.ts";
import { sources } from "./sources.ts";

const root = new URL("../../", import.meta.url);
/** A package of npm in one version, or the folder of one. */
const PACKAGE = /^npm:\/?((?:@[\w-]+\/)?[\w.-]+@\d+\.\d+\.\d+)\/?$/;

/** Where the stand-ins of the standard library are: for all code, and for tests alone. */
const STD = ["src/std/", "tests/std/"];

const imports = { ...project.imports, ...dashboard.imports };
const test = testWith("project");

Deno.test("every package has one exact version, and the standard library is linked", () => {
  for (const [name, specifier] of Object.entries(imports)) {
    if (name.startsWith("@std/")) {
      assert(STD.some((it) => project.links.includes(`./${it}${name.slice(5)}`)), name);
    } else {
      assertMatch(specifier, PACKAGE, name);
    }
  }
});

test("the lock file has each package with a checksum, and CI runs with it frozen", async () => {
  const lock = JSON.parse(await Deno.readTextFile(new URL("deno.lock", root)));
  for (const specifier of Object.values(imports)) {
    const [, wanted] = PACKAGE.exec(specifier) ?? [];
    if (wanted === undefined) continue;
    const locked = Object.keys(lock.npm).find((it) => it.replace(/_.*$/, "") === wanted);
    assertMatch(lock.npm[locked ?? ""]?.integrity ?? "", /^sha512-/, specifier);
  }
  const ci = await Deno.readTextFile(new URL(".ci/run", root));
  assertMatch(ci, /deno@\d+\.\d+\.\d+ task ok$/m);
  const ok = await Deno.readTextFile(new URL("tests/ok.ts", root));
  assertMatch(ok, /\["check", "--frozen"\]/);
});

test("the lock file asks for no package that nothing names any more", async () => {
  const { specifiers } = JSON.parse(await Deno.readTextFile(new URL("deno.lock", root)));
  const texts = await Promise.all(
    STD.flatMap((folder) => sources(folder.slice(0, -1)))
      .map((path) => Deno.readTextFile(new URL(path, root))),
  );
  const named = [...Object.values(imports), ...texts].join("\n").replaceAll("npm:/", "npm:");
  assertEquals(Object.keys(specifiers).filter((it) => !named.includes(it)), []);
});

test("no source names a package that deno.json does not, or takes code from a URL", async () => {
  const named: string[] = [];
  for (const folder of ["src/", "tests/"]) await collect(new URL(folder, root), named);
  assertEquals(named, []);
});

test("properties are drawn by fast-check as tests/support/properties.ts sets it", async () => {
  const own = "tests/support/properties.ts";
  const importers: string[] = [];
  for (const path of sources("tests")) {
    const text = await Deno.readTextFile(new URL(path, root));
    if (/^import .* from "fast-check"/m.test(text)) importers.push(path);
  }
  assertEquals(importers, [own]);
});

/** Finds specifiers of packages and URLs in sources; those in STD stand in for a registry. */
async function collect(folder: URL, named: string[]): Promise<void> {
  for await (const entry of Deno.readDir(folder)) {
    const url = new URL(entry.name + (entry.isDirectory ? "/" : ""), folder);
    if (STD.some((it) => url.pathname.includes(`/${it}`)) || entry.name === "node_modules") {
      continue;
    }
    if (entry.isDirectory) await collect(url, named);
    else if (/\.[jt]s$/.test(entry.name)) {
      const text = await Deno.readTextFile(url);
      for (
        const [specifier] of text.matchAll(
          /(?<=\b(?:from|import)\s*\(?\s*")(npm|jsr|https?):[^"]+/g,
        )
      ) {
        named.push(`${url.pathname}: ${specifier}`);
      }
    }
  }
}
