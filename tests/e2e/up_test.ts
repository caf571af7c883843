// `herd up`: every server of a topology as a child of one process, restarted, stopped and ended with it.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { temporaryFolder } from "../support/files/temporary.ts";
import { writeTopology } from "../support/files/topology_file.ts";
import { exchange } from "../support/herds/client.ts";
import { MAIN, runHerd } from "../support/processes/server_process.ts";
import { testWith } from "../support/test.ts";
import { until, within } from "../support/waiting.ts";

const test = testWith("sockets", "disk", "processes", "linux");
const links = [["Ann", "Bob"]] as const;

/** A running `herd up`, whose lines are kept. */
class Up implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #read: Promise<void>;

  constructor(folder: string, file: string) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "-A", MAIN, "up", "--topology", file, "--data-dir", "of {name}"],
      cwd: folder,
      stdin: "null",
      stdout: "piped",
    }).spawn();
    this.#read = this.#take();
  }

  /** Waits until so many lines are like that. */
  async has(count: number, pattern: RegExp): Promise<void> {
    await until(() => this.lines.filter((it) => pattern.test(it)).length >= count);
  }

  /** The process of a server, which has its name as an argument. */
  pidOf(server: string): number {
    const { pid } = this.#child;
    // /proc is not for a process that was granted less than all; ps is.
    const { stdout } = new Deno.Command("ps", {
      args: ["-o", "pid=,args=", "--ppid", `${pid}`],
    }).outputSync();
    const lines = new TextDecoder().decode(stdout).split("\n");
    const child = lines.find((it) => it.split(/\s+/).includes(server));
    return Number(child?.trim().split(/\s+/)[0]);
  }

  async end(signal: Deno.Signal): Promise<number> {
    this.#child.kill(signal);
    const { code } = await within(this.#child.status, "herd up to end");
    await within(this.#read, "its output to end");
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      // Its servers end with it.
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#read;
  }

  async #take(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      this.lines.push(...lines);
    }
  }
}

test("herd up runs all servers, starts one again that dies, and stops all at a signal", async () => {
  using folder = temporaryFolder();
  const { file, topology } = writeTopology(folder.path, { links });
  await using herd = new Up(folder.path, file);
  for (const name of ["Ann", "Bob"]) await herd.has(1, new RegExp(`^${name} \\| .*listening`));
  await herd.has(1, /^2 servers are up: Ann, Bob$/);
  const [ann, bob] = ["Ann", "Bob"].map((it) => topology.server(it).port);
  const at = await exchange(ann!, "IAMAT kiwi +1+1 1\n");
  const whereIs = (port: number) => exchange(port, "WHATSAT kiwi 0 0\n");
  await until(async () => (await whereIs(bob!)).startsWith(at));

  const pid = herd.pidOf("Ann");
  Deno.kill(pid, "SIGKILL");
  await herd.has(1, /^Ann \| ended with SIGKILL, starts again in 500 ms$/);
  await herd.has(2, /^Ann \| .*listening/);
  assert(herd.pidOf("Ann") !== pid);
  await until(async () => (await whereIs(ann!)).startsWith(at));

  assertEquals(await herd.end("SIGINT"), 0);
  for (const port of [ann!, bob!]) Deno.listen({ hostname: "127.0.0.1", port }).close();
  const folders = [...Deno.readDirSync(folder.path)].filter((it) => it.isDirectory);
  assertEquals(folders.map((it) => it.name).sort(), ["of Ann", "of Bob"]);
});

test("herd up ends with status 2 when a server cannot run as it is configured", async () => {
  using folder = temporaryFolder();
  const { file } = writeTopology(folder.path, { links });
  const args = ["up", "--topology", file, "--durability", "none", "--places", "file:none.csv"];
  const { code, stdout } = await runHerd(args, { cwd: folder.path });
  assertEquals(code, 2, stdout);
  assertMatch(stdout, /^(Ann|Bob) \| .*none\.csv/m);
});
