// What libraries write to the console comes as events.

import { assertEquals } from "@std/assert";
import { captureConsole } from "../../../src/cli/logging/console_log.ts";
import { recordingLog } from "../../support/fakes/log.ts";
import { ManualClock } from "../../support/fakes/manual_clock.ts";

Deno.test("captureConsole() makes events of what is written to the console, until it ends", () => {
  const { console } = globalThis;
  const log = recordingLog();
  const { error } = console;
  {
    using _capture = captureConsole(log, new ManualClock());
    for (let i = 0; i < 3; i++) console.error("reader closed", new Uint8Array([0xff, 0x0a]));
    console.log("x".repeat(1_000_000));
  }
  assertEquals(console.error, error);
  const said = log.entries.filter((it) => it.level === "warn");
  assertEquals(said.map((it) => `${it.event} ${it.fields.reason}`), [
    "console reader closed Uint8Array(2) [ 255, 10 ]",
    `console ${"x".repeat(500)}`,
  ]);
});
