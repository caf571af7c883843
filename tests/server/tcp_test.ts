import { assertEquals } from "@std/assert";
import { accepted } from "../../src/server/tcp.ts";
import { recordingLog } from "../support/fakes/log.ts";
import { ManualClock } from "../support/fakes/manual_clock.ts";

/** A listener that gives these one after the other, throws those that are errors, and ends. */
function listener(...items: (string | Error)[]): AsyncIterable<string> {
  return {
    [Symbol.asyncIterator]: () => ({
      next() {
        const item = items.shift();
        if (item instanceof Error) return Promise.reject(item);
        return Promise.resolve(
          item === undefined ? { done: true, value: item } : { done: false, value: item },
        );
      },
    }),
  };
}

Deno.test("accepted() gives what a listener gives until it is closed", async () => {
  const context = { clock: new ManualClock(), log: recordingLog(), port: "clients" } as const;
  const given = await Array.fromAsync(accepted(listener("a", "b"), context));
  assertEquals({ given, entries: context.log.entries }, { given: ["a", "b"], entries: [] });
});

/** Errors of `accept` when the process, the machine, or its memory has no room for a connection. */
const FAILURES = {
  EMFILE: "Too many open files (os error 24)",
  ENFILE: "Too many open files in system (os error 23)",
  ENOBUFS: "No buffer space available (os error 105)",
};

Deno.test.each(Object.keys(FAILURES) as (keyof typeof FAILURES)[])(
  "accepted() waits after %s and goes on, and tells of a row of them once",
  async (code) => {
    const context = { clock: new ManualClock(), log: recordingLog(), port: "clients" } as const;
    const failure = new Error(FAILURES[code]);
    const given: string[] = [];
    const done = (async () => {
      for await (const it of accepted(listener("a", failure, failure, "b"), context)) {
        given.push(it);
      }
    })();
    await context.clock.pass(99);
    assertEquals(given, ["a"]);
    await context.clock.pass(1);
    assertEquals(given, ["a", "b"]);
    await done;
    assertEquals(context.log.entries.map(({ level, event }) => [level, event]), [
      ["warn", "accept.failing"],
      ["info", "accept.working"],
    ]);
    assertEquals(context.log.entries[0]!.fields.reason, `Error: ${FAILURES[code]}`);
    assertEquals(context.log.entries[1]!.fields.failures, 2);
  },
);
