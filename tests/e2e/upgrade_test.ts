// A herd at work goes from one build of the program to another, a server at a time.

import { assert, assertEquals } from "@std/assert";
import project from "../../deno.json" with { type: "json" };
import { RoamingLoad } from "../support/load/roaming_load.ts";
import { granted } from "../support/permissions.ts";
import { testWith } from "../support/test.ts";
import { writeTopology } from "../support/files/topology_file.ts";
import { MAIN, type ServerProcess, startServer } from "../support/processes/server_process.ts";
import { temporaryFolder } from "../support/files/temporary.ts";

const NAMES = ["Goloman", "Hands", "Holiday", "Welsh", "Wilkes"];
const NEXT_VERSION = "999.0.0";
const ROOT = new URL("../..", import.meta.url).pathname;

/** The source of version 0.1.0, whose links speak version 1 alone. */
const FIRST_VERSION = "07b7dabb66aa36bed731e9009380bfc14c8ff3ab";

/** A program to upgrade from or to. */
interface Build {
  readonly main: string;
  /** False if it does not know how to end with this process. */
  readonly isTied: boolean;
}

/** Bundles the program whose main module this is. */
async function bundle(main: string, target: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--output", target, main],
    // Its own configuration, and so its own packages.
    cwd: main.slice(0, main.lastIndexOf("/")),
    stdin: "null",
  }).output();
  assert(success, new TextDecoder().decode(stderr));
}

/** The build of this source, called another version. */
async function presentBuild(folder: string): Promise<Build> {
  const main = `${folder}/present.js`;
  await bundle(MAIN, main);
  const text = await Deno.readTextFile(main);
  const changed = text.replace(`version: "${project.version}"`, `version: "${NEXT_VERSION}"`);
  assert(changed !== text, "The version was not found in the bundle");
  await Deno.writeTextFile(main, changed);
  assertEquals(await versionOf(main), `herd ${NEXT_VERSION}`);
  return { main, isTied: true };
}

/** The build of the first version, from the history. */
async function firstBuild(folder: string): Promise<Build> {
  const source = `${folder}/first`;
  await Deno.mkdir(source);
  const { success, stderr } = await new Deno.Command("sh", {
    args: ["-c", 'git -C "$0" archive "$1" | tar -x -C "$2"', ROOT, FIRST_VERSION, source],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  const main = `${folder}/first.js`;
  await bundle(`${source}/main.ts`, main);
  assertEquals(await versionOf(main), "herd 0.1.0");
  return { main, isTied: false };
}

/** True if the history has the first version: an archive or a shallow clone of the project has not. */
function hasFirst(): boolean {
  if (!granted({ name: "run" })) return false;
  try {
    const args = ["-C", ROOT, "cat-file", "-e", `${FIRST_VERSION}^{commit}`];
    return new Deno.Command("git", { args, stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

async function versionOf(build: string): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", build, "--version"],
  }).output();
  return new TextDecoder().decode(stdout).trim();
}

/** Runs a herd under load, and gives each server another build, one after the other. */
async function upgrade(folder: string, from: Build, to: Build): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const herd = { ...writeTopology(folder), folder };
  const start = async (name: string, build: Build) =>
    stack.use(await startServer(name, { ...herd, ...build }));
  const servers = new Map<string, ServerProcess>();
  await Promise.all(NAMES.map(async (it) => servers.set(it, await start(it, from))));

  const load = new RoamingLoad(servers);
  for (const name of NAMES) {
    const server = servers.get(name)!;
    servers.delete(name);
    assertEquals((await server.end("SIGTERM")).code, 0);
    servers.set(name, await start(name, to));
  }
  await load.stop();
  assert(load.clients > 100, `only ${load.clients} clients were acknowledged`);
  await load.untilAllKnow();
}

const test = testWith("sockets", "disk", "processes");

test("a live herd is upgraded one server at a time without a lost update", async () => {
  using folder = temporaryFolder();
  const present = `${folder.path}/herd.js`;
  await bundle(MAIN, present);
  await upgrade(
    folder.path,
    { main: present, isTied: true },
    await presentBuild(folder.path),
  );
});

testWith("sockets", "disk", "processes", hasFirst())(
  "a live herd of the first version is upgraded one server at a time without a lost update",
  async () => {
    using folder = temporaryFolder();
    await upgrade(folder.path, await firstBuild(folder.path), await presentBuild(folder.path));
  },
);
