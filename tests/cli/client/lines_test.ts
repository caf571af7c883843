// The prompt's own words, and replies made readable.

import { assertEquals } from "@std/assert";
import { complete, present, understand } from "../../../src/cli/client/lines.ts";

Deno.test("understand() completes the prompt's own words and leaves the rest alone", () => {
  const nowMs = 1_520_023_934_918;
  const table: [typed: string, sent: string][] = [
    ["iamat kiwi +34.0-118.4", "IAMAT kiwi +34.0-118.4 1520023934.918"],
    ["  iamat  kiwi\t+34.0-118.4 ", "IAMAT kiwi +34.0-118.4 1520023934.918"],
    ["iamat kiwi 34.07,-118.44", "IAMAT kiwi +34.07-118.44 1520023934.918"],
    ["iamat kiwi -34.07, +118", "IAMAT kiwi -34.07+118 1520023934.918"],
    ["iamat kiwi 34.07,", "IAMAT kiwi 34.07, 1520023934.918"],
    ["iamat kiwi 91,0", "IAMAT kiwi +91+0 1520023934.918"],
    ["near kiwi", "WHATSAT kiwi 10 5"],
    ["near kiwi 2.5 20", "WHATSAT kiwi 2.5 20"],
    ["whatsat kiwi", "WHATSAT kiwi 10 5"],
    ["whatsat kiwi 2.5", "WHATSAT kiwi 2.5 5"],
    ["whatsat kiwi 50 20", "WHATSAT kiwi 50 20"],
    ["IAMAT kiwi +34.0-118.4", "IAMAT kiwi +34.0-118.4"],
    ["IAMAT kiwi +34.0-118.4 1", "IAMAT kiwi +34.0-118.4 1"],
    ["iamat kiwi +34.0-118.4 1", "iamat kiwi +34.0-118.4 1"],
    ["whatsat kiwi 1 2 3", "whatsat kiwi 1 2 3"],
    ["iamat kiwi", "iamat kiwi"],
    ["  spaced  out ", "  spaced  out "],
    ["help me", "help me"],
    ["forget", "forget"],
    ["forget a b", "forget a b"],
    ["FORGET a", "FORGET a"],
    ["status now", "status now"],
    ["HELP", "HELP"],
  ];
  for (const [typed, line] of table) {
    assertEquals(understand(typed, nowMs), { kind: "send", line }, typed);
  }
  assertEquals(understand(" \t", nowMs), { kind: "nothing" });
  assertEquals(understand("help", nowMs), { kind: "help" });
  assertEquals(understand(" forget  a%41 ", nowMs), { kind: "forget", client: "a%41" });
  assertEquals(understand("status", nowMs), { kind: "status" });
  assertEquals(understand(" quit ", nowMs), { kind: "quit" });
  assertEquals(understand("exit", nowMs), { kind: "quit" });
});

Deno.test("present() says what an AT line's numbers mean", () => {
  const table: [skew: string, time: string, meaning: string][] = [
    ["+0.263873386", "1520023934.918963997", "264 ms after 2018-03-02 20:52:14 UTC"],
    ["-3.000000000", "1520023934", "3.0 s before 2018-03-02 20:52:14 UTC"],
    ["+0.000000000", "0", "0.0 us after 1970-01-01 00:00:00 UTC"],
    ["+119.000000000", "0", "119 s after 1970-01-01 00:00:00 UTC"],
    ["+120.000000000", "0", "2.0 min after 1970-01-01 00:00:00 UTC"],
    ["+250000000.000000000", "1520023934", "7.9 years after 2018-03-02 20:52:14 UTC"],
    ["-1.500000000", "999999999999", "1500 ms before +033658-09-27 01:46:39 UTC"],
  ];
  for (const [skew, time, meaning] of table) {
    const line = `AT Goloman ${skew} kiwi +34-118 ${time}`;
    assertEquals(present(line, { colour: false }), `${line}  told ${meaning}`);
  }
});

Deno.test("present() marks refused requests and leaves other lines as they are", () => {
  assertEquals(
    present("? foo", { colour: false }),
    "? foo  'foo' is no request: IAMAT and WHATSAT are; see help",
  );
  assertEquals(
    present("? foo", { colour: true }),
    "\x1b[33m? foo\x1b[39m\x1b[2m  'foo' is no request: IAMAT and WHATSAT are; see help\x1b[22m",
  );
  for (
    const line of [
      '   "name" : "Bel Air"',
      "",
      "{",
      "AT x +1 kiwi +34-118 5",
      "AT x +0.000000000 k +1+1 1234567890123",
    ]
  ) {
    assertEquals(present(line, { colour: true }), line);
  }
});

Deno.test("present() keeps control characters of strangers from the terminal", () => {
  assertEquals(
    present("   \x1b]0;title\x07\t\x9b2J\r", { colour: true }),
    "   \\x1b]0;title\\x07\t\\x9b2J\\x0d",
  );
});

Deno.test("complete() knows words, and behind them the clients that were seen", () => {
  const ids = ["kiwi", "kea", "bad\x1b", "é"];
  const table: [line: string, choices: string[], completed: string][] = [
    ["n", ["near "], "n"],
    ["IA", ["IAMAT "], "IA"],
    ["st", ["status"], "st"],
    ["fo", ["forget "], "fo"],
    ["forget k", ["kiwi ", "kea "], "k"],
    ["near k", ["kiwi ", "kea "], "k"],
    ["WHATSAT ", ["kiwi ", "kea ", "é "], ""],
    ["near x", [], "x"],
    ["near kiwi 1", [], "near kiwi 1"],
  ];
  for (const [line, choices, completed] of table) {
    assertEquals(complete(line, ids), [choices, completed], line);
  }
});
