// A herd at work goes from one build of the program to another, a server at a time.

import { assert, assertEquals } from "@std/assert";
import project from "../../deno.json" with { type: "json" };
import { exchange } from "../support/herds/client.ts";
import { until } from "../support/waiting.ts";
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

    // Clients go round the servers that are up, and remember what was acknowledged.
    const acknowledged = new Map<string, string>();
    const load = new AbortController();
    const clients = Promise.all(Array.from({ length: 8 }, async (_, client) => {
      for (let i = 0; !load.signal.aborted; i++) {
        const id = `client-${client}-${i % 50}`;
        const time = (Date.now() / 1000).toFixed(6);
        const { port } = [...servers.values()][i % servers.size]!;
        try {
          const reply = await exchange(port, `IAMAT ${id} +34.07-118.44 ${time}\n`);
          if (reply !== "") acknowledged.set(id, reply);
        } catch {
          // The server was about to stop: the client tells another one the next time.
        }
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }));

    for (const name of NAMES) {
      const server = servers.get(name)!;
      servers.delete(name);
      assertEquals((await server.end("SIGTERM")).code, 0);
      servers.set(name, await start(name, next));
    }
    load.abort();
    await clients;

    assert(acknowledged.size > 100, `only ${acknowledged.size} clients were acknowledged`);
    const expected = [...acknowledged].sort().map(([, line]) => line);
    const asked = [...acknowledged.keys()].sort().map((id) => `WHATSAT ${id} 0 0\n`).join("");
    for (const { port } of servers.values()) {
      await until(async () => {
        const lines = (await exchange(port, asked)).match(/^(AT|\?) .*\n/gm)!;
        return expected.every((it, i) => isAtLeast(lines[i]!, it));
      }, 10_000);
    }
  },
);

/** Whether a server's line about a client is what was acknowledged, or newer. */
function isAtLeast(line: string, acknowledged: string): boolean {
  return line.startsWith("AT ") &&
    Number(line.trim().split(" ")[5]) >= Number(acknowledged.trim().split(" ")[5]);
}
