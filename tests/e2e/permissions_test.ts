// What a running server may do: started with the flags of the whole herd, it has given up what only
// other servers and other sources of places need. The process itself is asked.

import { assertEquals } from "@std/assert";
import {
  GOOGLE_KEY_VARIABLE,
  type Permissions,
  permissionsFor,
  permissionsForAll,
  toFlags,
} from "../../src/topology/permissions.ts";
import { temporaryFolder } from "../support/files/temporary.ts";
import { writeTopology } from "../support/files/topology_file.ts";
import { chainOf } from "../support/herds/shape.ts";
import { startServer } from "../support/processes/server_process.ts";
import { testWith } from "../support/test.ts";
import { until } from "../support/waiting.ts";

const test = testWith("sockets", "disk", "processes", "linux");

/** What can be asked for, as descriptors; `run`, `ffi` and `sys` no server needs. */
function descriptorsOf({ net, read, write, env }: Permissions): Deno.PermissionDescriptor[] {
  return [
    ...net.map((host) => ({ name: "net", host }) as const),
    ...read.map((path) => ({ name: "read", path }) as const),
    ...write.map((path) => ({ name: "write", path }) as const),
    ...env.map((variable) => ({ name: "env", variable }) as const),
    { name: "run" },
    { name: "ffi" },
    { name: "sys" },
  ];
}

/** A module that says at SIGUSR2, in a line of JSON, which of the permissions the process has. */
function spyOn(descriptors: readonly Deno.PermissionDescriptor[]): string {
  return `Deno.addSignalListener("SIGUSR2", () => {
    const isGranted = (it) => Deno.permissions.querySync(it).state === "granted";
    const granted = ${JSON.stringify(descriptors)}.filter(isGranted);
    const line = JSON.stringify({ event: "spy", granted }) + "\\n";
    Deno.stderr.writeSync(new TextEncoder().encode(line));
  });`;
}

/** What is said of places, whether there is a key, and where places then come from. */
const CASES = [
  { given: "gazetteer", key: "a-key", places: "gazetteer" },
  { given: "google", key: "a-key", places: "google" },
  { given: "", key: "", places: "gazetteer" },
  { given: "", key: "a-key", places: "google" },
];

for (const { given, key, places } of CASES) {
  const how = `--places '${given}' and ${key === "" ? "no" : "a"} key`;
  test(`a server with ${how} gives up what is not its own`, async () => {
    using folder = temporaryFolder();
    const links = chainOf(["Ann", "Bob", "Eve"]);
    const { file, topology } = writeTopology(folder.path, { links, http: true });
    const options = { topologyFile: file };
    const all = permissionsForAll(topology, options);
    const spy = `${folder.path}/spy.ts`;
    Deno.writeTextFileSync(spy, spyOn(descriptorsOf(all)));
    let granted: unknown;
    let isReady = false;
    await using server = await startServer("Ann", {
      file,
      topology,
      folder: folder.path,
      places: given,
      runFlags: [...toFlags(all), "--allow-sys", "--preload", spy],
      args: ["--log-level", "info"],
      env: { [GOOGLE_KEY_VARIABLE]: key },
      onLog(line) {
        const entry = JSON.parse(line);
        if (entry.event === "server.listening") isReady = true;
        if (entry.event === "spy") granted = entry.granted;
      },
    });
    await until(() => isReady);
    const { run: _, ...own } = permissionsFor(topology, "Ann", { ...options, places });
    const expected = descriptorsOf(own).filter(({ name }) => !["run", "ffi", "sys"].includes(name));
    // It gives them up soon after it listens, which nothing in the log says.
    await until(() => {
      Deno.kill(server.pid, "SIGUSR2");
      return (granted as unknown[] | undefined)?.length === expected.length;
    }).catch(() => {}); // What differs is said below.
    const sorted = (descriptors: unknown) =>
      (descriptors as unknown[]).map((it) => JSON.stringify(it)).sort();
    assertEquals(sorted(granted), sorted(expected));
    assertEquals((await server.end("SIGTERM")).code, 0);
  });
}
