// Durations on a command line.

import { assertEquals, assertThrows } from "@std/assert";
import { parseDuration } from "../../../src/cli/command/duration.ts";
import { UsageError } from "../../../src/cli/command/errors.ts";

Deno.test("parseDuration() takes a whole number with a unit", () => {
  const examples = {
    "1s": 1,
    "90s": 90,
    "45m": 2_700,
    "12h": 43_200,
    "30d": 2_592_000,
    "8w": 4_838_400,
    "9999999w": 9_999_999 * 604_800,
  };
  for (const [text, seconds] of Object.entries(examples)) {
    assertEquals(parseDuration(text), seconds, text);
  }
});

Deno.test("parseDuration() refuses everything else, and says what it takes", () => {
  for (
    const text of ["", "30", "d", "0d", "-1d", "1.5h", "1 d", " 1d", "1d ", "1D", "1y", "1h30m"]
  ) {
    const { message } = assertThrows(() => parseDuration(text), UsageError);
    assertEquals(
      message,
      `Cannot use '${text}' as a time: give a whole number with a unit, such as 90s, 45m, 12h, 30d or 8w`,
    );
  }
  assertThrows(() => parseDuration("10000000s"), UsageError);
});
