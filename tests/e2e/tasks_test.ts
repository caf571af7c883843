// The commands as people run them, by their tasks, on a herd that is not the project's own.

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { exchange } from "../support/herds/client.ts";
import { freePort } from "../support/processes/ports.ts";
import { temporaryFolder } from "../support/files/temporary.ts";
import { testWith } from "../support/test.ts";
import { until, within } from "../support/waiting.ts";

const test = testWith("sockets", "disk", "processes", "unix");
const PROJECT = new URL("../..", import.meta.url).pathname;

/** Runs a task to its end. */
async function task(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const output = await taskOf(args, "null").output();
  const [stdout, stderr] = [output.stdout, output.stderr].map((it) => new TextDecoder().decode(it));
  return { code: output.code, stdout: stdout!, stderr: stderr! };
}

function taskOf(args: readonly string[], stdin: "null" | "piped"): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", ...args],
    cwd: PROJECT,
    env: { NO_COLOR: "1" },
    stdin,
    stdout: "piped",
    stderr: "piped",
  });
}

test("every command works by its task with a topology and options of one's own", async () => {
  using folder = temporaryFolder();
  const place = (name: string) => `${folder.path}/own ${name}`;
  const [port, http, second, secondHttp] = [freePort(), freePort(), freePort(), freePort()];
  const file = place("topology.json");
  const servers = {
    Ann: { host: "127.0.0.1", port, http },
    Bob: { host: "127.0.0.1", port: second, http: secondHttp },
  };
  await Deno.writeTextFile(file, JSON.stringify({ herd: "own", servers, links: [["Ann", "Bob"]] }));
  await Deno.writeTextFile(place("places.csv"), "name,lat,lon\nThe pier,34.0,-118.5\n");
  await Deno.writeTextFile(place("secret"), "a-secret-that-has-more-than-32-bytes");
  const given = ["--topology", file];

  const checked = await task("check", ...given);
  assertStringIncludes(checked.stdout, "Herd 'own': 2 servers, 1 link");
  const demo = await task("demo", ...given);
  assertEquals(demo.code, 0, demo.stderr);
  const certs = await task("certs", ...given, "--out", place("certs"));
  assertEquals(certs.code, 0, certs.stderr);

  const moved = freePort();
  const server = taskOf([
    ...["server", "Ann", ...given, "--places", `file:${place("places.csv")}`, "--port", `${moved}`],
    ...["--secret-file", place("secret"), "--log-file", place("ann.log")],
    ...["--data-dir", place("data"), "--retain", "30d"],
  ], "null").spawn();
  try {
    const now = (Date.now() / 1000).toFixed(3);
    const reply = await until(async () => {
      try {
        return await exchange(moved, `IAMAT kiwi +34.01-118.51 ${now}\nWHATSAT kiwi 10 5\n`);
      } catch {
        return undefined;
      }
    }, 20_000);
    assertMatch(reply, /^AT Ann /);
    assertStringIncludes(reply, "The pier");

    const status = await task("status", ...given, "--once");
    assertStringIncludes(status.stdout, "own: 1 of 2 servers up");
    assertEquals(status.code, 1);
    const forgot = await task("forget", "kiwi", ...given, "--server", "Ann");
    assertEquals(forgot.stdout, "Ann forgot 'kiwi' and tells the others\n", forgot.stderr);
    const backup = await task("backup", "Ann", place("copy"), "--data-dir", place("data"));
    assertEquals(backup.code, 0, backup.stderr);
    assertMatch(await Deno.readTextFile(place("ann.log")), /server listening/);
  } finally {
    try {
      server.kill("SIGTERM");
    } catch {
      // It has ended: what it said is below.
    }
  }
  const { code, stderr } = await server.output();
  assertEquals({ code, stderr: new TextDecoder().decode(stderr) }, { code: 0, stderr: "" });
});

test("the task 'client' passes bytes through, and its exit status", async () => {
  using folder = temporaryFolder();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const file = `${folder.path}/topology.json`;
  const servers = { Ann: { host: "127.0.0.1", port: listener.addr.port } };
  await Deno.writeTextFile(file, JSON.stringify({ herd: "own", servers, links: [] }));
  const client = taskOf(["client", "Ann", "--topology", file], "piped").spawn();
  const writer = client.stdin.getWriter();
  await writer.write(new TextEncoder().encode("anything\n"));
  using connection = await within(listener.accept(), "somebody to dial");
  const buffer = new Uint8Array(64);
  const length = await within(connection.read(buffer), "what the client was told");
  assertEquals(new TextDecoder().decode(buffer.subarray(0, length!)), "anything\n");
  // The server is gone before the client has said all.
  connection.close();
  const { code, stderr } = await within(client.output(), "the client to end");
  await writer.close();
  assertEquals(code, 1);
  assertStringIncludes(new TextDecoder().decode(stderr), "herd: ");
});

test("the task 'install' makes a 'herd' that works in any folder, and overwrites nothing else", async () => {
  using folder = temporaryFolder();
  const bin = `${folder.path}/a bin`;
  const file = `${folder.path}/topology.json`;
  const servers = { Ann: { host: "127.0.0.1", port: 1 } };
  await Deno.writeTextFile(file, JSON.stringify({ herd: "own", servers, links: [] }));
  for (const _ of ["new", "over an older one"]) {
    const { code, stdout, stderr } = await task("install", "--bin", bin);
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    assertStringIncludes(stdout, "Add it to the path");
  }
  const installed = new Deno.Command(`${bin}/herd`, { args: ["check"], cwd: folder.path });
  const checked = await installed.output();
  assertStringIncludes(new TextDecoder().decode(checked.stdout), "Herd 'own': 1 server");

  await Deno.writeTextFile(`${bin}/herd`, "another program");
  const { code, stderr } = await task("install", "--bin", bin);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "is another program");
  assertEquals(await Deno.readTextFile(`${bin}/herd`), "another program");
});
