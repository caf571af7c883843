// What loggers and handlers do, as the documentation of @std/log 0.224 says it; holds for the
// original too.

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  BaseHandler,
  ConsoleHandler,
  FileHandler,
  getLogger,
  type LevelName,
  Logger,
  LogLevels,
  LogRecord,
  RotatingFileHandler,
  setup,
} from "@std/log";
import { testWith } from "../support/test.ts";
import { temporaryFolder } from "../support/processes/temporary.ts";

class MemoryHandler extends BaseHandler {
  readonly lines: string[] = [];
  readonly records: LogRecord[] = [];
  readonly life: string[] = [];
  override handle(record: LogRecord) {
    this.records.push(record);
    super.handle(record);
  }
  override log(line: string) {
    this.lines.push(line);
  }
  override setup() {
    this.life.push("setup");
  }
  override destroy() {
    this.life.push("destroy");
  }
}

const fileTest = testWith("disk");

function resetAfter(test: () => void): () => void {
  return () => {
    try {
      test();
    } finally {
      setup({});
    }
  };
}

Deno.test("Logger is typed", () => {
  // @ts-expect-error A function is no number
  const wrong: number = getLogger;
  assertEquals(typeof wrong, "function");
  const logger = new Logger("typed", "INFO");
  // @ts-expect-error There is no such level
  assertThrows(() => logger.levelName = "LOUD");
  // @ts-expect-error A message may be lost, then a function gives nothing
  const text: string = logger.debug(() => "lazy");
  assertEquals(text, undefined);
});

Deno.test("Logger takes messages of its level and worse", () => {
  const levels: LevelName[] = ["DEBUG", "INFO", "WARN", "ERROR", "CRITICAL"];
  levels.forEach((level, i) => {
    const handler = new MemoryHandler("NOTSET");
    const logger = new Logger("test", level, { handlers: [handler] });
    logger.debug("d");
    logger.info("i");
    logger.warn("w");
    logger.error("e");
    logger.critical("c");
    const all = ["DEBUG d", "INFO i", "WARN w", "ERROR e", "CRITICAL c"];
    assertEquals(handler.lines, all.slice(i));
  });
});

Deno.test("Logger gives messages back, and calls a function only when it logs it", () => {
  const logger = new Logger("test", "INFO", { handlers: [new MemoryHandler("INFO")] });
  let calls = 0;
  const lazy = () => `call ${++calls}`;
  assertEquals(logger.debug("not logged"), "not logged");
  assertEquals(logger.debug(lazy), undefined);
  assertEquals(calls, 0);
  assertEquals(logger.info(lazy), "call 1");
  assertEquals(logger.info("logged"), "logged");
});

Deno.test("Logger does not read messages as templates", () => {
  const handler = new MemoryHandler("INFO", { formatter: (record) => record.msg });
  new Logger("test", "INFO", { handlers: [handler] }).info("{msg} {0} %s {", "argument");
  assertEquals(handler.lines, ["{msg} {0} %s {"]);
});

Deno.test("Logger has its level by number and by name", () => {
  const logger = new Logger("test", "INFO");
  assertEquals([logger.level, logger.levelName, logger.loggerName], [20, "INFO", "test"]);
  logger.level = LogLevels.ERROR;
  assertEquals(logger.levelName, "ERROR");
  logger.levelName = "DEBUG";
  assertEquals(logger.level, 10);
  assertThrows(() => logger.level = 15 as 10, TypeError, "Invalid log level: 15");
});

Deno.test("Logger lets through what a handler throws", () => {
  class FailingHandler extends BaseHandler {
    override log() {
      throw new RangeError("Handler failed");
    }
  }
  const logger = new Logger("test", "INFO", { handlers: [new FailingHandler("INFO")] });
  assertThrows(() => logger.info("message"), RangeError, "Handler failed");
});

Deno.test("LogRecord holds what was logged, and cannot be changed", () => {
  const handler = new MemoryHandler("INFO");
  const earliest = Date.now();
  new Logger("name", "INFO", { handlers: [handler] }).warn("message", 1, { a: 2 });
  const record = handler.records[0]!;
  assertEquals(
    [record.msg, record.level, record.levelName, record.loggerName, record.args],
    ["message", 30, "WARN", "name", [1, { a: 2 }]],
  );
  const time = record.datetime.getTime();
  assertEquals(time >= earliest && time <= Date.now(), true);
  record.args.push("more");
  record.datetime.setTime(0);
  assertEquals([record.args.length, record.datetime.getTime()], [2, time]);
});

Deno.test("BaseHandler takes records of its level and worse, and formats them", () => {
  const handler = new MemoryHandler("WARN", { formatter: (it) => `<${it.msg}>` });
  const logger = new Logger("test", "DEBUG", { handlers: [handler] });
  logger.info("no");
  logger.warn("yes");
  handler.levelName = "ERROR";
  logger.warn("no longer");
  handler.level = LogLevels.INFO;
  logger.info("yes again");
  assertEquals(handler.lines, ["<yes>", "<yes again>"]);
});

Deno.test(
  "setup() sets handlers up, gives them to loggers, and destroys them when it is called again",
  resetAfter(() => {
    const one = new MemoryHandler("DEBUG");
    const two = new MemoryHandler("DEBUG");
    setup({
      handlers: { one, two },
      loggers: {
        default: { level: "DEBUG", handlers: ["one"] },
        both: { level: "WARN", handlers: ["one", "two", "none of that name"] },
        standard: { handlers: ["two"] },
      },
    });
    getLogger().debug("a");
    getLogger("both").warn("b");
    getLogger("both").info("lost");
    getLogger("standard").info("c");
    getLogger("standard").debug("lost");
    getLogger("unknown").critical("lost");
    assertEquals(one.lines, ["DEBUG a", "WARN b"]);
    assertEquals(two.lines, ["WARN b", "INFO c"]);
    assertStrictEquals(getLogger("unknown"), getLogger("unknown"));
    assertEquals([getLogger("unknown").levelName, getLogger("both").handlers], [
      "NOTSET",
      [one, two],
    ]);
    setup({});
    assertEquals([one.life, two.life], [["setup", "destroy"], ["setup", "destroy"]]);
    assertEquals(getLogger("both").handlers, []);
  }),
);

Deno.test("getLogger() gives at first a logger that writes to the console, level INFO", () => {
  const logger = getLogger();
  assertEquals([logger.loggerName, logger.levelName], ["default", "INFO"]);
  assertEquals(logger.handlers.length, 1);
  assertEquals(logger.handlers[0] instanceof ConsoleHandler, true);
});

Deno.test("ConsoleHandler colours lines by level, or not", () => {
  const record = (level: 10 | 20 | 30 | 40 | 50) =>
    new LogRecord({ msg: "m", args: [], level, loggerName: "" });
  const plain = new ConsoleHandler("INFO", { useColors: false });
  assertEquals(plain.format(record(20)), "INFO m");
  if (Deno.noColor) return;
  const coloured = new ConsoleHandler("INFO");
  const expected = {
    10: "DEBUG m",
    20: "\x1b[34mINFO m\x1b[39m",
    30: "\x1b[33mWARN m\x1b[39m",
    40: "\x1b[31mERROR m\x1b[39m",
    50: "\x1b[1m\x1b[31mCRITICAL m\x1b[39m\x1b[22m",
  };
  for (const level of [10, 20, 30, 40, 50] as const) {
    assertEquals(coloured.format(record(level)), expected[level]);
  }
});

/** A handler that is set up, and destroyed at the end. */
function open<H extends FileHandler>(handler: H): H {
  handler.formatter = (record) => record.msg;
  handler.setup();
  return handler;
}

const read = (path: string) => Deno.readTextFileSync(path);

fileTest("FileHandler writes when its buffer is full, on flush() and on destroy()", () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/log`;
  {
    using handler = open(new FileHandler("INFO", { filename: path, bufferSize: 10 }));
    handler.log("1234");
    handler.log("5678");
    assertEquals(read(path), "");
    handler.log("9");
    assertEquals(read(path), "1234\n5678\n");
    handler.flush();
    assertEquals(read(path), "1234\n5678\n9\n");
    handler.log("longer than the buffer");
    assertEquals(read(path), "1234\n5678\n9\nlonger than the buffer\n");
    handler.log("last");
  }
  assertEquals(read(path), "1234\n5678\n9\nlonger than the buffer\nlast\n");
});

fileTest("FileHandler writes at once what is critical", () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/log`;
  using handler = open(new FileHandler("INFO", { filename: path }));
  const logger = new Logger("test", "INFO", { handlers: [handler] });
  logger.error("error");
  assertEquals(read(path), "");
  logger.critical("critical");
  assertEquals(read(path), "error\ncritical\n");
});

fileTest("FileHandler appends, begins anew, or refuses what is there, by mode", () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/log`;
  Deno.writeTextFileSync(path, "there\n");
  open(new FileHandler("INFO", { filename: path })).destroy();
  assertEquals(read(path), "there\n");
  const refusing = new FileHandler("INFO", { filename: path, mode: "x" });
  assertThrows(() => refusing.setup(), Deno.errors.AlreadyExists);
  open(new FileHandler("INFO", { filename: path, mode: "w" })).destroy();
  assertEquals(read(path), "");
});

fileTest("RotatingFileHandler renames files that would grow too large", () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/log`;
  Deno.writeTextFileSync(path, "0\n");
  const options = { filename: path, maxBytes: 6, maxBackupCount: 2 };
  {
    using handler = open(new RotatingFileHandler("INFO", options));
    for (const line of ["1", "2", "3", "4", "5", "\u00e9\u00e9", "7"]) handler.log(line);
  }
  assertEquals([read(`${path}.2`), read(`${path}.1`), read(path)], [
    "3\n4\n5\n",
    "\u00e9\u00e9\n",
    "7\n",
  ]);
  assertThrows(() => read(`${path}.3`), Deno.errors.NotFound);
});

fileTest("RotatingFileHandler removes or refuses earlier files, by mode", () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/log`;
  const options = { filename: path, maxBytes: 100, maxBackupCount: 1 };
  Deno.writeTextFileSync(`${path}.1`, "earlier");
  const refusing = new RotatingFileHandler("INFO", { ...options, mode: "x" });
  assertThrows(() => refusing.setup(), Deno.errors.AlreadyExists, "already exists");
  Deno.removeSync(path);
  open(new RotatingFileHandler("INFO", { ...options, mode: "w" })).destroy();
  assertThrows(() => read(`${path}.1`), Deno.errors.NotFound);
});

fileTest("RotatingFileHandler refuses limits below 1", () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/log`;
  const options = { filename: path, maxBytes: 1, maxBackupCount: 1 };
  const noBytes = new RotatingFileHandler("INFO", { ...options, maxBytes: 0 });
  assertThrows(() => noBytes.setup(), Error, `"maxBytes" must be >= 1: received 0`);
  const noBackups = new RotatingFileHandler("INFO", { ...options, maxBackupCount: 0 });
  assertThrows(() => noBackups.setup(), Error, `"maxBackupCount" must be >= 1: received 0`);
});
