// `deno task bench`: measures a herd beside what people would use in its place, prints tables, and
// keeps the results as JSON and pictures. See README.md in this folder.

import type { Bench } from "./cases/bench_case.ts";
import { cases } from "./cases/cases.ts";
import { createGenerator, findCompiler } from "./generator/generator.ts";
import { describeMachine } from "./figures/machine.ts";
import { readOptions, USAGE } from "./options.ts";
import { caseTable, targetTable } from "./report/table.ts";
import { savePictures } from "./report/pictures.ts";
import type { CaseResult, Report } from "./figures/result.ts";
import { Terminal } from "./report/terminal.ts";

const options = readOptions(Deno.args);
const terminal = new Terminal();
if (typeof options === "string") {
  terminal.print(options);
  Deno.exit(options === USAGE ? 0 : 2);
}

const folder = await Deno.makeTempDir({ prefix: "herd-bench-" });
try {
  const compiler = options.mayCompile ? await findCompiler() : undefined;
  const generator = await createGenerator(compiler, folder);
  const machine = await describeMachine(compiler);
  const bench: Bench = {
    isQuick: options.isQuick,
    generator,
    compiler,
    folder,
    builds: [
      ...options.beside === undefined ? [] : [{ label: "before", main: options.beside }],
      { label: "now", main: undefined },
    ],
    progress: (text) => terminal.progress(text),
  };
  if (!generator.isNative) {
    terminal.print(
      "There is no compiler of C here: the load comes from Deno, which is slower than what it " +
        "measures, so that figures are too low\n",
    );
  }
  const results: CaseResult[] = [];
  for (const it of cases.filter(options.isChosen)) {
    terminal.title(it.title);
    const result = { name: it.name, title: it.title, ...await it.run(bench) };
    results.push(result);
    terminal.print(caseTable(result));
  }
  terminal.print(targetTable(results));
  const report: Report = {
    date: new Date().toISOString().slice(0, 10),
    machine,
    generator: generator.name,
    isQuick: options.isQuick,
    cases: results,
  };
  if (options.out !== undefined) {
    await Deno.writeTextFile(options.out, JSON.stringify(report, rounded) + "\n");
    const pictures = await savePictures(report, options.out.replace(/[^/]*$/, ""));
    terminal.print([options.out, ...pictures].map((it) => `Wrote ${it}`).join("\n"));
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}

/** Five digits are more than any of these figures is good for. */
function rounded(_name: string, value: unknown): unknown {
  return typeof value === "number" ? Number(value.toPrecision(5)) : value;
}
