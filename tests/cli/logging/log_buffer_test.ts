// When lines are written, and what becomes of them when the output fails or does not take them.

import { SystemClock } from "../../../src/server/system.ts";
import { assertEquals, assertRejects } from "@std/assert";
import { Logger } from "@std/log";
import { FakeTime } from "@std/testing/time";
import {
  LOG_BLOCK_CHARS,
  LOG_DELAY_MS,
  LOG_FINISH_MS,
  LOG_WAITING_CHARS,
  LogBuffer,
} from "../../../src/cli/logging/log_buffer.ts";
import type { LogOutput } from "../../../src/cli/logging/log_output.ts";

/** An output that keeps what is written, and can be made to fail or to take its time. */
class TestOutput implements LogOutput {
  readonly writes: string[] = [];
  failing = false;
  isOpen = false;
  /** Set: writes wait until it resolves. */
  gate: PromiseWithResolvers<void> | undefined;

  open() {
    this.isOpen = true;
  }
  close() {}
  writeSync(lines: string) {
    if (this.failing) throw new Deno.errors.BrokenPipe("Broken pipe");
    this.writes.push(lines);
  }
  async write(lines: string) {
    await this.gate?.promise;
    this.writeSync(lines);
  }
}

/** A buffer with a logger, in fake time. */
function setUp() {
  const time = new FakeTime();
  const output = new TestOutput();
  const buffer = new LogBuffer("DEBUG", {
    output,
    clock: new SystemClock(),
    formatter: (it) => it.msg,
    formatDropped: (lines) => `dropped ${lines}`,
  });
  buffer.setup();
  const logger = new Logger("test", "DEBUG", { handlers: [buffer] });
  return {
    time,
    output,
    buffer,
    logger,
    [Symbol.dispose]() {
      output.failing = false;
      buffer.destroy();
      time.restore();
    },
  };
}

Deno.test("LogBuffer writes lines together after a short while", async () => {
  using it = setUp();
  it.logger.debug("a");
  await it.time.tickAsync(LOG_DELAY_MS - 1);
  it.logger.info("b");
  assertEquals(it.output.writes, []);
  await it.time.tickAsync(1);
  await it.time.runMicrotasks();
  assertEquals(it.output.writes, ["a\nb\n"]);
  await it.time.tickAsync(LOG_DELAY_MS * 10);
  assertEquals(it.output.writes.length, 1);
});

Deno.test("LogBuffer writes a full block without waiting", async () => {
  using it = setUp();
  const half = "x".repeat(LOG_BLOCK_CHARS / 2 - 1);
  it.logger.info(half);
  await it.time.runMicrotasks();
  assertEquals(it.output.writes, []);
  it.logger.info(half);
  await it.time.runMicrotasks();
  assertEquals(it.output.writes, [`${half}\n${half}\n`]);
});

Deno.test("LogBuffer writes an error, and what came before it, before it returns", () => {
  using it = setUp();
  it.logger.info("before");
  it.logger.error("error");
  assertEquals(it.output.writes, ["before\nerror\n"]);
});

Deno.test("LogBuffer writes what is waiting when the process is about to end", () => {
  for (const last of ["unload", "error", "unhandledrejection"]) {
    using it = setUp();
    it.logger.info("last words");
    dispatchEvent(new Event(last));
    assertEquals(it.output.writes, ["last words\n"]);
  }
});

Deno.test("LogBuffer has one write on its way, and keeps the order", async () => {
  using it = setUp();
  it.output.gate = Promise.withResolvers();
  it.logger.info("first");
  it.time.tick(LOG_DELAY_MS);
  it.logger.info("second");
  it.logger.error("third, though an error");
  await it.time.tickAsync(LOG_DELAY_MS);
  assertEquals(it.output.writes, []);
  it.output.gate.resolve();
  await it.time.tickAsync(LOG_DELAY_MS);
  await it.time.runMicrotasks();
  assertEquals(it.output.writes, ["first\n", "second\nthird, though an error\n"]);
});

Deno.test("LogBuffer drops lines that an output does not take, and says how many", async () => {
  using it = setUp();
  it.output.gate = Promise.withResolvers();
  it.logger.info("on its way");
  it.time.tick(LOG_DELAY_MS);
  const line = "x".repeat(LOG_WAITING_CHARS / 4);
  for (let i = 0; i < 10; i++) it.logger.info(line);
  it.output.gate.resolve();
  await it.time.runMicrotasks();
  assertEquals(it.output.writes.length, 2);
  const [notice, ...lines] = it.output.writes[1]!.split("\n");
  assertEquals(notice, "dropped 7");
  assertEquals(lines, [line, line, line, ""]);
});

Deno.test("LogBuffer outlives an output that fails, and says what was lost", async () => {
  using it = setUp();
  it.output.failing = true;
  it.logger.info("lost");
  it.time.tick(LOG_DELAY_MS);
  await it.time.runMicrotasks();
  it.logger.info("lost too");
  it.logger.error("and lost");
  it.output.failing = false;
  it.logger.info("written");
  it.time.tick(LOG_DELAY_MS);
  await it.time.runMicrotasks();
  it.logger.info("and more");
  it.time.tick(LOG_DELAY_MS);
  await it.time.runMicrotasks();
  // The newline first: the output may have stopped in the middle of a line.
  assertEquals(it.output.writes, ["\ndropped 3\nwritten\n", "and more\n"]);
});

Deno.test("LogBuffer.finish() waits until all is written", async () => {
  using it = setUp();
  it.output.gate = Promise.withResolvers();
  it.logger.info("first");
  it.time.tick(LOG_DELAY_MS);
  it.logger.info("second");
  const finished = it.buffer.finish();
  it.output.gate.resolve();
  await finished;
  assertEquals(it.output.writes, ["first\n", "second\n"]);
});

Deno.test("LogBuffer.finish() does not wait for ever", async () => {
  using it = setUp();
  it.output.gate = Promise.withResolvers();
  it.logger.info("stuck");
  const finished = it.buffer.finish();
  await it.time.tickAsync(LOG_FINISH_MS);
  await finished;
  assertEquals(it.output.writes, []);
  it.output.gate.reject(new Error("Closed"));
  await assertRejects(() => it.output.gate!.promise);
});

Deno.test("LogBuffer.reopen() writes what is waiting, and opens the output anew", () => {
  using it = setUp();
  it.output.isOpen = false;
  it.logger.info("before");
  it.buffer.reopen();
  assertEquals([it.output.writes, it.output.isOpen], [["before\n"], true]);
});
