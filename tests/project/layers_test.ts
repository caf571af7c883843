// Imports go only to the left, and what a folder may not touch it does not:
//   base <- protocol <- store <- flood, backbone, places <- server, topology <- http, cli <- main.ts

import { assert, assertEquals } from "@std/assert";
import { layerProblems } from "./layers.ts";
import { testWith } from "../support/test.ts";
import { projectRoot, sources } from "./sources.ts";

testWith("project")("sources respect the layers", () => {
  const paths = ["main.ts", ...sources("src")];
  for (
    const folder of ["base", "protocol", "store", "flood", "backbone", "places", "server", "cli"]
  ) {
    assert(paths.some((it) => it.startsWith(`src/${folder}/`)), `no sources in ${folder}`);
  }
  const problems = paths.flatMap((path) =>
    layerProblems(path, Deno.readTextFileSync(new URL(path, projectRoot)))
  );
  assertEquals(problems, []);
});

Deno.test("layerProblems() finds an import to the right, however it is written", () => {
  const right =
    "src/store/feed.ts imports '../server/node.ts': store may import from base, protocol";
  for (
    const text of [
      'import { startNode } from "../server/node.ts";',
      'import type {\n  HerdNode,\n} from "../server/node.ts";',
      'import "../server/node.ts";',
      'export * from "../server/node.ts";',
      'const node = await import("../server/node.ts");',
      'new URL("../server/node.ts", import.meta.url)',
    ]
  ) {
    assertEquals(layerProblems("src/store/feed.ts", text), [right], text);
  }
});

Deno.test("layerProblems() knows who may import whom", () => {
  const table: [from: string, to: string, allowed: boolean][] = [
    ["src/protocol/a.ts", "./b.ts", true],
    ["src/protocol/a.ts", "../base/b.ts", true],
    ["src/base/a.ts", "../protocol/b.ts", false],
    ["src/protocol/a.ts", "../store/b.ts", false],
    ["src/protocol/a.ts", "../std/log/mod.ts", false],
    ["src/store/a.ts", "../protocol/b.ts", true],
    ["src/flood/a.ts", "../store/b.ts", true],
    ["src/flood/a.ts", "../places/b.ts", false],
    ["src/backbone/a.ts", "../store/b.ts", true],
    ["src/backbone/a.ts", "../flood/b.ts", false],
    ["src/server/a.ts", "../backbone/b.ts", true],
    ["src/places/a.ts", "../protocol/b.ts", true],
    ["src/places/a.ts", "../store/b.ts", false],
    ["src/server/a.ts", "../places/b.ts", true],
    ["src/server/a.ts", "../topology/b.ts", false],
    ["src/topology/a.ts", "../server/b.ts", false],
    ["src/http/a.ts", "../topology/b.ts", true],
    ["src/server/a.ts", "../cli/b.ts", false],
    ["src/http/a.ts", "../server/b.ts", true],
    ["src/http/a.ts", "../cli/b.ts", false],
    ["src/cli/a.ts", "../http/b.ts", true],
    ["src/cli/a.ts", "../../deno.json", true],
    ["src/cli/a.ts", "../../main.ts", false],
    ["src/cli/a.ts", "../../tests/b.ts", false],
    ["src/cli/a.ts", "@std/cli/parse-args", true],
    ["src/cli/a.ts", "node:readline", true],
    ["src/cli/a.ts", "npm:valibot@1.5.0", false],
    ["src/std/cli/mod.ts", "npm:deno-std@1.4.0/cli/mod.js", true],
    ["main.ts", "./src/cli/a.ts", true],
    ["main.ts", "./src/server/a.ts", false],
  ];
  for (const [from, to, allowed] of table) {
    const problems = layerProblems(from, `import "${to}";`);
    assertEquals(problems.length === 0, allowed, `${from} -> ${to}: ${problems}`);
  }
});

Deno.test("layerProblems() knows which rooms of a folder may import from each other", () => {
  const table: [from: string, to: string, allowed: boolean][] = [
    ["src/server/readers/a.ts", "./b.ts", true],
    ["src/server/readers/a.ts", "../limits.ts", true],
    ["src/server/readers/a.ts", "../turns/pace.ts", true],
    ["src/server/readers/a.ts", "../clients/session.ts", false],
    ["src/server/records/a.ts", "../clients/session.ts", false],
    ["src/server/records/a.ts", "../disk/sqlite_disk.ts", true],
    ["src/server/disk/a.ts", "../records/storage.ts", false],
    ["src/server/links/a.ts", "../clients/session.ts", false],
    ["src/server/clients/a.ts", "../links/dial.ts", false],
    ["src/server/node.ts", "./clients/clients.ts", true],
    ["src/http/wire/a.ts", "../api/b.ts", false],
    ["src/http/wire/a.ts", "../../server/clients/b.ts", true],
    ["src/http/dashboard/map/a.ts", "../data/b.ts", true],
    ["src/http/dashboard/map/a.ts", "../../wire/b.ts", false],
    ["src/places/google/a.ts", "../upstream/b.ts", true],
    ["src/places/upstream/a.ts", "../google/b.ts", false],
    ["src/cli/command/a.ts", "../server/b.ts", false],
    ["src/cli/commands.ts", "./commands/up.ts", true],
    ["src/cli/commands/up.ts", "./flags.ts", true],
    ["src/cli/herd.ts", "./commands/up.ts", false],
    ["src/cli/server/a.ts", "../commands/up.ts", false],
    ["src/store/new_room/a.ts", "../new_room/b.ts", true],
    ["src/store/new_room/a.ts", "../other_room/b.ts", false],
  ];
  for (const [from, to, allowed] of table) {
    const problems = layerProblems(from, `import "${to}";`);
    assertEquals(problems.length === 0, allowed, `${from} -> ${to}: ${problems}`);
  }
  assertEquals(layerProblems("src/server/readers/a.ts", 'import "../clients/session.ts";'), [
    "src/server/readers/a.ts imports '../clients/session.ts': server/readers may import from turns",
  ]);
  assertEquals(layerProblems("src/cli/herd.ts", 'import "./commands/up.ts";'), [
    "src/cli/herd.ts imports './commands/up.ts': only src/cli/commands.ts imports from cli/commands",
  ]);
});

Deno.test("layerProblems() finds the machine in folders that are handed it", () => {
  for (
    const name of [
      "Deno",
      "Date.now",
      "performance",
      "setTimeout",
      "Math.random",
      "crypto.getRandomValues",
      "fetch",
    ]
  ) {
    const problem = `src/flood/a.ts uses '${name}': flood is handed clocks, chance and sockets`;
    assertEquals(layerProblems("src/flood/a.ts", `x = ${name}(1);`), [problem]);
    assertEquals(layerProblems("src/flood/a.ts", `x = \`\${${name}(1)}\`;`), [problem]);
    assertEquals(layerProblems("src/flood/a.ts", `// ${name}\n/* ${name} */ x = "${name}";`), []);
  }
  assertEquals(layerProblems("src/server/a.ts", "x = fetch(Date.now() + Math.random());"), []);
});

Deno.test("layerProblems() finds waits that no clock rules", () => {
  for (const name of ["performance", "setTimeout", "setInterval"]) {
    const problem = `src/http/a.ts uses '${name}': waits are on the clock that is passed in`;
    assertEquals(layerProblems("src/http/a.ts", `x = ${name}(1);`), [problem]);
    assertEquals(layerProblems("src/server/system.ts", `x = ${name}(1);`), []);
    assertEquals(layerProblems("src/http/dashboard/main.ts", `x = ${name}(1);`), []);
  }
});

Deno.test("layerProblems() keeps the process to the command line", () => {
  for (const name of ["args", "exit", "env", "addSignalListener"]) {
    assertEquals(layerProblems("src/server/a.ts", `x = Deno.${name};`), [
      `src/server/a.ts uses 'Deno.${name}': only cli and main.ts speak for the process`,
    ]);
    assertEquals(layerProblems("src/cli/a.ts", `x = Deno.${name};`), []);
    assertEquals(layerProblems("main.ts", `x = Deno.${name};`), []);
  }
});
