// The set-up as a whole: levels, forms, files with rotation, and the end of the process.

import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { getLogger } from "@std/log";
import { SystemClock } from "../../../src/server/system.ts";
import { LOG_LEVELS, type LoggingOptions, startLogging } from "../../../src/cli/logging/logging.ts";
import { ConfigError } from "../../../src/base/errors.ts";
import { testWith } from "../../support/test.ts";
import { temporaryFolder } from "../../support/files/temporary.ts";

/** Stands for standard error, and takes a few bytes at a time. */
class TestStream {
  text = "";
  readonly #decoder = new TextDecoder();

  writeSync(bytes: Uint8Array): number {
    const some = bytes.subarray(0, 100);
    this.text += this.#decoder.decode(some, { stream: true });
    return some.length;
  }
  write(bytes: Uint8Array): Promise<number> {
    return Promise.resolve(this.writeSync(bytes));
  }
}

/** What is logged at a level, one event at each. */
async function logged(options: Partial<LoggingOptions> = {}): Promise<string[]> {
  const stderr = new TestStream();
  {
    await using logging = startLogging({
      server: "Goloman",
      clock: new SystemClock(),
      level: "debug",
      format: "human",
      stderr,
      ...options,
    });
    const { log } = logging;
    assertEquals(log.debugEnabled, options.level === undefined || options.level === "debug");
    log.debug("line.in", { line: new TextEncoder().encode("IAMAT \xe9 +34-118 1\r") });
    log.info("link.up", { neighbour: "Hands", position: 12 });
    log.warn("link.lost");
    log.error("server.failed", { reason: "Disk is full" });
  }
  return stderr.text.trimEnd().split("\n");
}

Deno.test("startLogging() logs lines for people to standard error", async () => {
  const lines = await logged();
  for (const line of lines) assertMatch(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /);
  assertEquals(lines.map((it) => it.slice(25)), [
    'DEBUG Goloman  line in  line="IAMAT \xe9 +34-118 1\\r"',
    "INFO  Goloman  link up  neighbour=Hands position=12",
    "WARN  Goloman  link lost",
    'ERROR Goloman  server failed  reason="Disk is full"',
  ]);
});

Deno.test("startLogging() logs JSON", async () => {
  const lines = (await logged({ format: "json" })).map((it) => JSON.parse(it));
  assertEquals(lines.map(({ time: _, ...rest }) => rest)[1], {
    level: "info",
    server: "Goloman",
    event: "link.up",
    msg: "link up",
    neighbour: "Hands",
    position: 12,
  });
  assertEquals(lines.map((it) => it.level), ["debug", "info", "warn", "error"]);
});

Deno.test("startLogging() logs nothing below the level", async () => {
  for (const [i, level] of LOG_LEVELS.entries()) {
    const lines = await logged({ level, format: "json" });
    assertEquals(lines.map((it) => JSON.parse(it).level), LOG_LEVELS.slice(i));
  }
});

Deno.test("startLogging() leaves nothing behind", async () => {
  await logged();
  assertEquals(getLogger("Goloman").handlers, []);
});

const fileTest = testWith("disk");

fileTest(
  "startLogging() logs to a file, and what is worse than info to standard error too",
  async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/goloman.log`;
    Deno.writeTextFileSync(file, "there before\n");
    const events = (lines: string[]) => lines.map((it) => JSON.parse(it).event);
    const onScreen = await logged({ file, format: "json" });
    assertEquals(events(onScreen), ["link.lost", "server.failed"]);
    const [before, ...lines] = Deno.readTextFileSync(file).trimEnd().split("\n");
    assertEquals(before, "there before");
    assertEquals(events(lines), ["line.in", "link.up", "link.lost", "server.failed"]);
  },
);

fileTest("startLogging() refuses a file that cannot be opened", async () => {
  using folder = temporaryFolder();
  const file = `${folder.path}/none/goloman.log`;
  assertThrows(
    () =>
      startLogging({
        server: "Goloman",
        clock: new SystemClock(),
        level: "info",
        format: "human",
        file,
      }),
    ConfigError,
    `Cannot log to '${file}': `,
  );
  await logged();
});

const script = new URL("../../support/processes/logging_process.ts", import.meta.url);
const processTest = testWith("disk", "processes");

async function run(end: string, folder: string) {
  const command = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      `--allow-read=${folder}`,
      `--allow-write=${folder}`,
      script.href,
      end,
      `${folder}/log`,
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  const text = decoder.decode(stderr);
  const events = Deno.readTextFileSync(`${folder}/log`).trimEnd().split("\n")
    .map((it) => JSON.parse(it).event);
  return { code, stdout: decoder.decode(stdout), stderr: text, events };
}

for (const [end, status] of [["return", 0], ["exit", 3], ["throw", 1], ["reject", 1]] as const) {
  processTest(
    `startLogging() loses nothing and holds nothing up when a process ends by ${end}`,
    async () => {
      using folder = temporaryFolder();
      const { code, stdout, stderr, events } = await run(end, folder.path);
      assertEquals({ code, stdout }, { code: status, stdout: "" });
      assertEquals(events, ["server.listening", "link.lost"]);
      assert(stderr.includes('"event":"link.lost"'), stderr);
    },
  );
}
