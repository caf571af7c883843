import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import fc from "../../support/properties.ts";
import { argumentsOf } from "../../../src/cli/command/arguments.ts";
import { parseArguments, type ParsedValues } from "../../../src/cli/command/parse.ts";
import unit from "../../../src/cli/commands/unit.ts";
import { permissionsFor, toFlags } from "../../../src/topology/permissions.ts";
import { readTopology } from "../../../src/topology/topology.ts";
import { SERVER_OPTIONS } from "../../../src/cli/server/server_options.ts";
import { serverValues } from "../../support/reference/server_values.ts";
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
    assertMatch(text, /--data-dir=\/var\/lib\/herd\/Ann\n/);
    assertStringIncludes(text, "\nRestart=always\n");
    assertStringIncludes(text, "\nRestartPreventExitStatus=2\n");
  },
);

testWith("disk")(
  "herd unit leaves the data folder out when nothing is saved, and quotes what has spaces",
  async () => {
    using file = topologyFile(SERVERS, [["Ann", "Bob"]]);
    const text = await unitOf(
      ...["Ann", "--topology", file.path, "--durability", "none"],
      ...["--log-file", "/var/log/herd/100% herd$.log"],
    );
    assertEquals(/StateDirectory|--data-dir|--allow-write=data/.test(text), false);
    assertStringIncludes(text, '"--log-file=/var/log/herd/100%% herd$$.log"');
    assertStringIncludes(text, "\nLogsDirectory=herd\n");
    assertStringIncludes(text, "\nExecReload=/bin/kill -HUP $MAINPID\n");
  },
);

testWith("disk")(
  "herd unit starts the server with exactly the options that it was given",
  async () => {
    using file = topologyFile(SERVERS, [["Ann", "Bob"]]);
    const server = { name: "server", summary: "", options: SERVER_OPTIONS };
    await fc.assert(fc.asyncProperty(serverValues, async (drawn) => {
      const values: ParsedValues = {
        ...drawn,
        ...withoutCommas(drawn),
        topology: file.path,
        places: "gazetteer",
      };
      const text = await unitOf("Ann", ...argumentsOf(SERVER_OPTIONS, values));
      const words = wordsOf(/^ExecStart=((?:.*\\\n)*.*)$/m.exec(text)![1]!);
      const started = words.slice(words.indexOf("server") + 2);
      const dataDir = values.durability === "none"
        ? undefined
        : values.dataDir ?? "/var/lib/herd/Ann";
      assertEquals(parseArguments(server, started), {
        ...parseArguments(server, []) as object,
        ...values,
        dataDir,
      });
    }));
  },
);

/** A comma in a path is refused: no flag of Deno can express it. */
function withoutCommas(values: ParsedValues): ParsedValues {
  const paths = [
    "secretFile",
    "tokenKeyFile",
    "natsCredentials",
    "natsCa",
    "dataDir",
    "logFile",
  ] as const;
  return Object.fromEntries(
    paths.filter((it) => values[it] !== undefined)
      .map((it) => [it, String(values[it]).replaceAll(",", "_")]),
  );
}

/** The words of a command line as systemd.service(5) takes it apart. */
function wordsOf(line: string): string[] {
  const words = line.replaceAll("\\\n", " ").matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g);
  return [...words].map(([, quoted, plain]) =>
    (quoted?.replace(/\\(.)/g, "$1") ?? plain!).replaceAll("%%", "%").replaceAll("$$", "$")
  );
}

testWith("disk")("herd unit warns of what the unit cannot reach", async () => {
  using file = topologyFile(SERVERS, [["Ann", "Bob"]]);
  const context = new TestContext();
  await unit.invoke(
    [
      "Ann",
      ...["--topology", file.path, "--folder", "/home/me/herd", "--log-file", "/srv/logs/ann.log"],
    ],
    context,
  );
  assertStringIncludes(context.stderr.text, "cannot see '/home/me/herd'");
  assertStringIncludes(context.stderr.text, "'/srv/logs/ann.log' is not in a folder below");
  assertStringIncludes(context.stdout.text, "\nReadWritePaths=/srv/logs\n");
});

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
    assertEquals({ success, stderr: new TextDecoder().decode(stderr) }, {
      success: true,
      stderr: "",
    });
  },
);

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
