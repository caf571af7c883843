import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import unit from "../../../src/cli/commands/unit.ts";
import { permissionsFor, toFlags } from "../../../src/topology/permissions.ts";
import { readTopology } from "../../../src/topology/topology.ts";
import { TestContext } from "../../support/fakes/context.ts";
import { testWith } from "../../support/test.ts";
import { temporaryFolder } from "../../support/files/temporary.ts";
import { topologyFile } from "../../support/files/topology_file.ts";

const SERVERS = {
  Ann: { host: "127.0.0.1", port: 4001, http: 4002 },
  Bob: { host: "127.0.0.1", port: 4003 },
};

async function unitOf(...args: string[]): Promise<string> {
  const context = new TestContext();
  assertEquals(await unit.invoke(args, context), 0);
  return context.stdout.text;
}

testWith("disk")(
  "herd unit grants what the server needs, its data folder where systemd makes it",
  async () => {
    using file = topologyFile(SERVERS, [["Ann", "Bob"]]);
    const text = await unitOf("Ann", "--topology", file.path, "--places", "gazetteer");
    const permissions = permissionsFor(await readTopology(file.path), "Ann", {
      topologyFile: file.path,
      places: "gazetteer",
      dataDir: "/var/lib/herd/Ann",
    });
    for (const flag of toFlags(permissions)) assertStringIncludes(text, `${flag} \\\n`);
    assertStringIncludes(text, "\nStateDirectory=herd/Ann\n");
    assertMatch(text, /--data-dir \\\n {2}\/var\/lib\/herd\/Ann\n/);
    assertStringIncludes(text, "\nRestartPreventExitStatus=2\n");
  },
);

testWith("disk")(
  "herd unit leaves the data folder out when nothing is saved, and quotes what has spaces",
  async () => {
    using file = topologyFile(SERVERS, [["Ann", "Bob"]]);
    const text = await unitOf(
      ...["Ann", "--topology", file.path, "--durability", "none"],
      ...["--log-file", "/var/log/100% herd$.log"],
    );
    assertEquals(/StateDirectory|--data-dir|--allow-write=data/.test(text), false);
    assertStringIncludes(text, '"/var/log/100%% herd$$.log"');
  },
);

// Only where there is a systemd to ask.
testWith("disk", "processes", isFile("/usr/bin/systemd-analyze"))(
  "herd unit prints what systemd takes",
  async () => {
    using folder = temporaryFolder();
    using file = topologyFile(SERVERS, [["Ann", "Bob"]]);
    const path = `${folder.path}/herd-ann.service`;
    await Deno.writeTextFile(path, await unitOf("Ann", "--topology", file.path));
    const { success, stderr } = await new Deno.Command("systemd-analyze", {
      args: ["verify", path],
    }).output();
    assertEquals([success, new TextDecoder().decode(stderr)], [true, ""]);
  },
);

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
