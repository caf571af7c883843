// Every promise of src is awaited, returned, caught, or handed to `inBackground`: by their types, which
// no linter of Deno knows.

import { assertEquals } from "@std/assert";
import { testWith } from "../support/test.ts";
import { createProgram } from "./program.ts";
import { findFloatingPromises } from "./promises.ts";
import { projectRoot, sources } from "./sources.ts";

const test = testWith("project", "processes");

const PLANTED = `
import { wsconnect } from "@nats-io/nats-core";
import { awaitedLater, inBackground } from "../src/base/background.ts";
import { until } from "../src/base/waiting.ts";

class Task {
  #running: Promise<void> | undefined;
  readonly #all = new Set<Promise<void>>();
  readonly #later: (() => void)[] = [];
  start() {
    this.run(); // floats
    void this.run(); // floats
    this.#running = this.run(); // floats
    this.#all.add(this.run()); // floats
    this.run().finally(() => {}); // floats
    this.run().then(() => {}); // floats
    this.#running ?? this.run(); // floats
    Math.random() < 0.5 ? this.run() : undefined; // floats
    this.#later.push(() => this.run()); // floats
    until(() => () => {}); // floats
    fetch("http://127.0.0.1/"); // floats
    Deno.stdout.write(new Uint8Array(1)); // floats
    wsconnect({}); // floats
    Promise.all([this.run()]); // floats
    setTimeout(async () => await this.run(), 1); // floats
    [1].forEach(async () => await this.run()); // floats
    addEventListener("abort", () => this.run()); // floats
    addEventListener("abort", () => void this.run()); // floats
  }
  async hold() {
    const held = this.run(); // floats
    await Deno.stat("/");
    await held;
    let tested: Promise<void> | undefined = this.run(); // floats
    if (tested !== undefined) {
      await Deno.stat("/");
      tested = await tested;
    }
  }
  async stop() {
    await this.run();
    this.run().catch(() => {});
    this.run().then(() => {}, () => {});
    this.run().catch(() => {}).finally(() => {});
    inBackground(this.run());
    this.#running = inBackground(this.run());
    this.#all.add(inBackground(this.run()));
    this.#running ??= Promise.resolve().catch(() => {});
    setTimeout(() => inBackground(this.run()), 1);
    const later = this.run();
    await Promise.all([later, this.#running]);
    const kept = awaitedLater(this.run());
    await Deno.stat("/");
    await kept;
    const given = this.run();
    inBackground(given);
    await Deno.stat("/");
    return this.run();
  }
  async run() {}
}
new Task();
`;

test("no promise of src is left alone", () => {
  const root = projectRoot.pathname;
  const planted = `${root}src/planted.ts`;
  const paths = ["main.ts", ...sources("src").filter((it) => it.endsWith(".ts"))];
  const program = createProgram(paths.map((it) => root + it), { [planted]: PLANTED });
  const checker = program.getTypeChecker();
  const find = (path: string) => findFloatingPromises(program.getSourceFile(path)!, checker);

  const expected = PLANTED.split("\n").flatMap((line, index) =>
    line.endsWith("// floats") ? [index + 1] : []
  );
  assertEquals(find(planted).map((it) => parseInt(it)), expected);
  assertEquals(paths.flatMap((path) => find(root + path).map((it) => `${path}:${it}`)), []);
});
