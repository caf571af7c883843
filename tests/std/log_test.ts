// What loggers and handlers do, as the documentation of @std/log 0.224 says it; holds for the
// original too.

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  BaseHandler,
  getLogger,
  type LevelName,
  Logger,
  LogLevels,
  type LogRecord,
  setup,
} from "@std/log";

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
  // @ts-expect-error There is no such level
  const create = () => new Logger("typed", "LOUD");
  assertEquals(typeof create, "function");
  // @ts-expect-error A message is needed
  const log = (logger: Logger) => logger.debug();
  assertEquals(typeof log, "function");
});

Deno.test("LogRecord and Logger have the levels by number", () => {
  const numbers = { NOTSET: 0, DEBUG: 10, INFO: 20, WARN: 30, ERROR: 40, CRITICAL: 50 };
  assertEquals({ ...LogLevels }, numbers);
  for (const [name, level] of Object.entries(numbers)) {
    const logger = new Logger("test", name as LevelName);
    assertEquals({ level: logger.level as number, loggerName: logger.loggerName }, {
      level,
      loggerName: "test",
    });
  }
});

Deno.test("Logger takes messages of its level and worse, and returns them", () => {
  const levels: LevelName[] = ["DEBUG", "INFO", "WARN", "ERROR"];
  levels.forEach((level, i) => {
    const handler = new MemoryHandler("NOTSET");
    const logger = new Logger("test", level, { handlers: [handler] });
    const returned = [logger.debug("d"), logger.info("i"), logger.warn("w"), logger.error("e")];
    assertEquals(returned, ["d", "i", "w", "e"]);
    assertEquals(handler.lines, ["DEBUG d", "INFO i", "WARN w", "ERROR e"].slice(i));
  });
});

Deno.test("Logger does not read messages as templates", () => {
  const handler = new MemoryHandler("INFO", { formatter: (record) => record.msg });
  new Logger("test", "INFO", { handlers: [handler] }).info("{msg} {0} %s {", "argument");
  assertEquals(handler.lines, ["{msg} {0} %s {"]);
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
    {
      msg: record.msg,
      level: record.level,
      levelName: record.levelName,
      loggerName: record.loggerName,
      args: record.args,
    },
    { msg: "message", level: 30, levelName: "WARN", loggerName: "name", args: [1, { a: 2 }] },
  );
  const time = record.datetime.getTime();
  assertEquals(time >= earliest && time <= Date.now(), true);
  record.args.push("more");
  record.datetime.setTime(0);
  assertEquals({ length: record.args.length, datetime: record.datetime.getTime() }, {
    length: 2,
    datetime: time,
  });
});

Deno.test("BaseHandler takes records of its level and worse, and formats them", () => {
  const handler = new MemoryHandler("WARN", { formatter: (it) => `<${it.msg}>` });
  const logger = new Logger("test", "DEBUG", { handlers: [handler] });
  logger.info("no");
  logger.warn("yes");
  logger.error("yes");
  assertEquals({ lines: handler.lines, level: handler.level as number }, {
    lines: ["<yes>", "<yes>"],
    level: 30,
  });
});

Deno.test(
  "setup() sets handlers up, gives them to loggers, and destroys them when it is called again",
  resetAfter(() => {
    const one = new MemoryHandler("DEBUG");
    const two = new MemoryHandler("DEBUG");
    setup({
      handlers: { one, two },
      loggers: {
        first: { level: "DEBUG", handlers: ["one"] },
        both: { level: "WARN", handlers: ["one", "two", "none of that name"] },
        standard: { handlers: ["two"] },
      },
    });
    getLogger("first").debug("a");
    getLogger("both").warn("b");
    getLogger("both").info("lost");
    getLogger("standard").info("c");
    getLogger("standard").debug("lost");
    getLogger("unknown").error("lost");
    assertEquals(one.lines, ["DEBUG a", "WARN b"]);
    assertEquals(two.lines, ["WARN b", "INFO c"]);
    assertStrictEquals(getLogger("unknown"), getLogger("unknown"));
    assertEquals(getLogger("unknown").level as number, 0);
    assertEquals(getLogger("both").handlers, [one, two]);
    setup({});
    assertEquals({ oneLife: one.life, twoLife: two.life }, {
      oneLife: ["setup", "destroy"],
      twoLife: ["setup", "destroy"],
    });
    assertEquals(getLogger("both").handlers, []);
  }),
);
