// A herd at work goes from one build of the program to another, a server at a time.

import { assert, assertEquals } from "@std/assert";
import project from "../../deno.json" with { type: "json" };
import { RoamingLoad } from "../support/load/roaming_load.ts";
import { testWith } from "../support/test.ts";
import { writeTopology } from "../support/files/topology_file.ts";
import { MAIN, type ServerProcess, startServer } from "../support/processes/server_process.ts";
import { temporaryFolder } from "../support/files/temporary.ts";

const NAMES = ["Goloman", "Hands", "Holiday", "Welsh", "Wilkes"];
const NEXT_VERSION = "999.0.0";

/** Makes the build of this source, and one that differs from it. */
async function twoBuilds(folder: string): Promise<[present: string, next: string]> {
  const present = `${folder}/herd.js`;
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--output", present, MAIN],
    stdin: "null",
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  const text = await Deno.readTextFile(present);
  const changed = text.replace(`version: "${project.version}"`, `version: "${NEXT_VERSION}"`);
  assert(changed !== text, "The version was not found in the bundle");
  const next = `${folder}/next.js`;
  await Deno.writeTextFile(next, changed);
  return [present, next];
}

async function versionOf(build: string): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", build, "--version"],
  }).output();
  return new TextDecoder().decode(stdout).trim();
}

testWith("sockets", "disk", "processes")(
  "a live herd is upgraded one server at a time without a lost update",
  async () => {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(temporaryFolder()).path;
    const [present, next] = await twoBuilds(folder);
    assertEquals(await versionOf(next), `herd ${NEXT_VERSION}`);
    const herd = { ...writeTopology(folder), folder };
    const start = async (name: string, main: string) =>
      stack.use(await startServer(name, { ...herd, main }));
    const servers = new Map<string, ServerProcess>();
    await Promise.all(NAMES.map(async (it) => servers.set(it, await start(it, present))));

    const load = new RoamingLoad(servers);
    for (const name of NAMES) {
      const server = servers.get(name)!;
      servers.delete(name);
      assertEquals((await server.end("SIGTERM")).code, 0);
      servers.set(name, await start(name, next));
    }
    await load.stop();
    assert(load.clients > 100, `only ${load.clients} clients were acknowledged`);
    await load.untilAllKnow();
  },
);
