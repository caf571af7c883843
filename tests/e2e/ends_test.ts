// How servers end, and what of them is left then: by signals, by a bug, and with the process that
// started them, whichever way that one ends.

import { assertEquals, assertMatch } from "@std/assert";
import { exchange } from "../support/herds/client.ts";
import { temporaryFolder } from "../support/files/temporary.ts";
import { freePort } from "../support/processes/ports.ts";
import { MAIN } from "../support/processes/server_process.ts";
import { testWith } from "../support/test.ts";
import { until, within } from "../support/waiting.ts";

const test = testWith("sockets", "disk", "processes", "unix");
const PROJECT = new URL("../..", import.meta.url).pathname;

/** Throws, or rejects, outside of all that could catch it, when a signal asks for it. */
const BUGS = `
  Deno.addSignalListener("SIGUSR1", () => { throw new Error("A planted bug"); });
  Deno.addSignalListener("SIGUSR2", () => { Promise.reject(new Error("A planted bug")); });
`;

/** A herd of two servers in a folder of its own, and a process that runs one or both of them. */
class Herd implements AsyncDisposable {
  readonly folder = temporaryFolder();
  readonly ports = [freePort(), freePort()];
  readonly topology = `${this.folder.path}/topology.json`;
  log = "";
  #child: Deno.ChildProcess | undefined;
  #logged: Promise<void> | undefined;

  constructor() {
    const [ann, bob] = this.ports.map((port) => ({ host: "127.0.0.1", port }));
    const herd = { herd: "ends", servers: { Ann: ann, Bob: bob }, links: [["Ann", "Bob"]] };
    Deno.writeTextFileSync(this.topology, JSON.stringify(herd));
    Deno.writeTextFileSync(`${this.folder.path}/bugs.js`, BUGS);
  }

  /** Starts Deno with these arguments, and waits until that many servers answer. */
  async start(args: string[], servers: number): Promise<void> {
    this.log = "";
    const child = this.#child = new Deno.Command(Deno.execPath(), {
      args: [...args, "--topology", this.topology, "--places", "gazetteer"],
      cwd: args[0] === "task" ? PROJECT : this.folder.path,
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
      for await (const text of stream.pipeThrough(new TextDecoderStream())) this.log += text;
    };
    this.#logged = Promise.all([read(child.stdout), read(child.stderr)]).then(() => {});
    await this.untilListening(servers);
  }

  /** Starts Ann alone, with all permissions. */
  startAnn(...args: string[]): Promise<void> {
    const preload = `--preload=${this.folder.path}/bugs.js`;
    return this.start(["run", "-A", "--quiet", preload, MAIN, "server", "Ann", ...args], 1);
  }

  send(signal: Deno.Signal): void {
    this.#child!.kill(signal);
  }

  /** The end of the process, and of all that writes to where it does. */
  async end(): Promise<Deno.CommandStatus> {
    const status = await within(this.#child!.status, "the process to end");
    await within(this.#logged!, "its children to end");
    return status;
  }

  async untilListening(servers: number): Promise<void> {
    const open = async () =>
      (await Promise.all(this.ports.map(isListening))).filter(Boolean).length;
    try {
      await until(async () => await open() === servers);
    } catch (error) {
      throw new Error(`${await open()} servers listen and not ${servers}: ${this.log}`, {
        cause: error,
      });
    }
  }

  /** Gives a server's answers to lines. */
  ask(lines: string, server = 0): Promise<string> {
    return exchange(this.ports[server]!, lines);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.send("SIGTERM");
    } catch {
      // It has ended.
    }
    await this.end();
    this.folder[Symbol.dispose]();
  }
}

async function isListening(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

const UP = ["run", "-A", "--quiet", MAIN, "up"];

test("up leaves no server behind when it is killed", async () => {
  await using herd = new Herd();
  await herd.start([...UP, "--durability", "none"], 2);
  herd.send("SIGKILL");
  await herd.untilListening(0);
  assertEquals((await herd.end()).signal, "SIGKILL");
});

test("a task leaves no server behind when it is killed", async () => {
  await using herd = new Herd();
  await herd.start(["task", "--quiet", "up", "--durability", "none"], 2);
  herd.send("SIGKILL");
  await herd.untilListening(0);
  await herd.end();
  await herd.start(["task", "--quiet", "server", "Ann", "--durability", "none"], 1);
  herd.send("SIGKILL");
  await herd.untilListening(0);
});

for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const) {
  test(`up stops all servers at ${signal}`, async () => {
    await using herd = new Herd();
    await herd.start([...UP, "--durability", "none"], 2);
    herd.send(signal);
    assertEquals((await herd.end()).code, 0);
    await herd.untilListening(0);
    for (const name of ["Ann", "Bob"]) assertMatch(herd.log, new RegExp(`${name} +server stopped`));
  });

  test(`a server saves everything and stops at ${signal}`, async () => {
    await using herd = new Herd();
    await herd.startAnn();
    await herd.ask(`IAMAT kiwi +1+1 ${Date.now() / 1000}\n`);
    herd.send(signal);
    assertEquals((await herd.end()).code, 0);
    assertMatch(herd.log, /server stopped/);
    await herd.startAnn();
    assertMatch(await herd.ask("WHATSAT kiwi 1 1\n"), /^AT Ann /);
  });
}

test("SIGHUP has a server open its log file anew", async () => {
  await using herd = new Herd();
  const path = `${herd.folder.path}/ann.log`;
  await herd.startAnn("--log-file", path);
  await until(() => Deno.readTextFileSync(path).includes("server listening"));
  Deno.renameSync(path, `${path}.moved`);
  herd.send("SIGHUP");
  await until(() => isThere(path));
  assertEquals((await herd.ask("WHATSAT nobody 1 1\n"))[0], "?");
  herd.send("SIGTERM");
  assertEquals((await herd.end()).code, 0);
  assertMatch(Deno.readTextFileSync(path), /server stopped/);
});

test("SIGHUP to up, or to its task, goes on to servers with log files", async () => {
  await using herd = new Herd();
  const log = `${herd.folder.path}/{name}.log`;
  const paths = ["Ann", "Bob"].map((name) => log.replace("{name}", name));
  for (const command of [UP, ["task", "--quiet", "up"]]) {
    await herd.start([...command, "--durability", "none", "--log-file", log], 2);
    await until(() => paths.every((it) => Deno.readTextFileSync(it).includes("link followed")));
    for (const path of paths) Deno.renameSync(path, `${path}.moved`);
    herd.send("SIGHUP");
    await until(() => paths.every(isThere));
    herd.send("SIGTERM");
    assertEquals((await herd.end()).code, 0);
    for (const path of paths) assertMatch(Deno.readTextFileSync(path), /server stopped/);
  }
});

for (const [bug, signal] of [["error", "SIGUSR1"], ["rejection", "SIGUSR2"]] as const) {
  test(`an uncaught ${bug} ends a server by a clean stop that saves everything`, async () => {
    await using herd = new Herd();
    await herd.startAnn();
    const ids = Array.from({ length: 500 }, (_, i) => `client-${i}`);
    const time = Date.now() / 1000;
    await herd.ask(ids.map((id) => `IAMAT ${id} +1+1 ${time}\n`).join(""));
    herd.send(signal);
    assertEquals((await herd.end()).code, 1);
    assertMatch(herd.log, /ERROR Ann +server bug +reason="Error: A planted bug\\n +at .*bugs\.js/);
    assertMatch(herd.log, /server stopped/);
    await herd.startAnn();
    const answers = await herd.ask(ids.map((id) => `WHATSAT ${id} 1 1\n`).join(""));
    assertEquals(answers.match(/^AT Ann /gm)?.length, ids.length);
  });
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
