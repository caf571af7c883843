import { assertEquals } from "@std/assert";
import { phoneTime } from "../../../src/http/phones/phone_time.ts";

Deno.test("phoneTime() takes seconds, milliseconds and ISO 8601", () => {
  const table: [value: string | number, seconds: string | undefined][] = [
    [1520023934, "1520023934"],
    ["1520023934", "1520023934"],
    ["1520023934.9", "1520023934.9"],
    [1520023934.25, "1520023934.25"],
    ["1520023934918", "1520023934.918"],
    [1520023934918, "1520023934.918"],
    ["1520023934918.5", "1520023934.9185"],
    ["0", "0"],
    ["00000000000001", "1"],
    ["99999999999", "99999999999"],
    ["100000000000", "100000000.000"],
    ["2018-03-02T20:52:14Z", "1520023934"],
    ["2018-03-02T20:52:14.918Z", "1520023934.918"],
    ["2018-03-02T20:52:14.123456789123Z", "1520023934.123456789"],
    ["2018-03-02 20:52:14", "1520023934"],
    ["2018-03-02T20:52:14", "1520023934"],
    ["2018-03-02T21:52:14+01:00", "1520023934"],
    ["2018-03-02T21:52:14 01:00", "1520023934"],
    ["2018-03-02T15:22:14-0530", "1520023934"],
    ["1970-01-01T00:00:00Z", "0"],
    ["1969-12-31T23:59:59Z", undefined],
    ["2018-02-30T00:00:00Z", undefined],
    ["2018-03-02T24:00:00Z", undefined],
    ["2018-03-02T20:60:00Z", undefined],
    ["2018-03-02T20:52:14+25:00", undefined],
    ["2018-03-02", undefined],
    ["now", undefined],
    ["-1", undefined],
    [-1, undefined],
    ["", undefined],
    [" 1", undefined],
    ["1e9", undefined],
    [1e21, undefined],
    [NaN, undefined],
    ["9".repeat(19), undefined],
  ];
  for (const [value, seconds] of table) {
    assertEquals({ value, seconds: phoneTime(value) }, { value, seconds });
  }
});
