// The exit status of `herd server`, which tells a supervisor whether starting it again may help: 2 for
// what is configured wrongly, 1 for what may pass.

import { assertEquals, assertMatch } from "@std/assert";
import { temporaryFolder } from "../support/files/temporary.ts";
import { writeTopology } from "../support/files/topology_file.ts";
import { runHerd } from "../support/processes/server_process.ts";
import { testWith } from "../support/test.ts";

const test = testWith("sockets", "disk", "processes");

/** What is wrong with a configuration, and what is said of it. */
const MISTAKES: Record<string, { args: readonly string[]; says: RegExp }> = {
  "no such source of places": {
    args: ["--places", "googel"],
    says: /'googel': it is none of gazetteer/,
  },
  "Google without a key": { args: ["--places", "google"], says: /GOOGLE_PLACES_API_KEY/ },
  "no file of places": { args: ["--places", "file:none.csv"], says: /'none\.csv': no such file/ },
  "no URL of a service": {
    args: ["--places", "overpass:ftp://192.0.2.1/"],
    says: /ftp:\/\/192\.0\.2\.1\//,
  },
  "no file with the secret": { args: ["--secret-file", "none"], says: /'none': no such file/ },
  "no such host": { args: ["--host", "*"], says: /'\*'/ },
  "a time without a unit": { args: ["--retain", "30"], says: /'30'/ },
  "no such durability": { args: ["--durability", "comit"], says: /did you mean 'commit'/ },
  "a port that there is not": { args: ["--port", "65536"], says: /'65536'/ },
  "no such option": { args: ["--hots", "x"], says: /did you mean '--host'/ },
};

test("herd server ends with status 2, one line and nothing written, when it is configured wrongly", async () => {
  using folder = temporaryFolder();
  const { file } = writeTopology(folder.path, { lone: ["Ann"] });
  const outcomes = await Promise.all(
    Object.entries(MISTAKES).map(async ([mistake, { args, says }]) => {
      const all = ["server", "Ann", "--topology", file, ...args];
      return { mistake, says, ...await runHerd(all, { cwd: folder.path }) };
    }),
  );
  for (const { mistake, says, code, stdout, stderr } of outcomes) {
    assertEquals({ mistake, code, stdout }, { mistake, code: 2, stdout: "" }, stderr);
    assertMatch(stderr, /^herd: [^\n]*\n$/, mistake);
    assertMatch(stderr, says, mistake);
  }
  assertEquals([...Deno.readDirSync(folder.path)].map((it) => it.name), ["topology.json"]);
});

test("herd server ends with status 2 when the topology has no server of the name", async () => {
  using folder = temporaryFolder();
  const { file } = writeTopology(folder.path, { lone: ["Ann"] });
  const args = ["server", "Bob", "--topology", file];
  const { code, stderr } = await runHerd(args, { cwd: folder.path });
  assertEquals(code, 2, stderr);
  assertMatch(stderr, /^herd: .*'Bob'[^\n]*\n$/);
});

test("herd server ends with status 1 when another program has its port", async () => {
  using folder = temporaryFolder();
  const { file, topology } = writeTopology(folder.path, { lone: ["Ann"] });
  const { port } = topology.server("Ann");
  using _taken = Deno.listen({ hostname: "127.0.0.1", port });
  const args = ["server", "Ann", "--topology", file, "--log-level", "error"];
  const { code, stderr } = await runHerd(args, { cwd: folder.path });
  assertEquals({ code, stderr }, {
    code: 1,
    stderr: `herd: Cannot listen on 127.0.0.1:${port}: another program does already\n`,
  });
});
