import { assertEquals } from "@std/assert";
import * as format from "../../../../src/http/dashboard/page/format.ts";
import { serversInWords } from "../../../../src/http/dashboard/page/words.ts";

function words(...states: string[]) {
  return serversInWords({ servers: states.map((state) => ({ state })) as never });
}

Deno.test("serversInWords() parts what is down from what is not heard of", () => {
  assertEquals(words("up", "up"), { up: "2 of 2", others: "servers up", isWhole: true });
  assertEquals(words("up", "down", "unknown", "up", "up"), {
    up: "3 of 5",
    others: "servers up, 1 down, 1 not heard of",
    isWhole: false,
  });
});

Deno.test("numbers are said as people say them", () => {
  assertEquals([0, 0.2, 0.25, 3].map(format.lag), ["<0.2 s", "<0.2 s", "0.3 s", "3.0 s"]);
  assertEquals([7, 999.4, 3_210, 1_204_000].map(format.distance), [
    "7 m",
    "999 m",
    "3.2 km",
    "1,204 km",
  ]);
  assertEquals([1, 25].map(format.speed), ["3.6 km/h", "90 km/h"]);
  assertEquals([9_999, 100_000, 1_234_567].map(format.brief), ["9,999", "100K", "1.2M"]);
  assertEquals(format.near("Bonn", 800, "north"), "in Bonn");
  assertEquals(format.near("Bonn", 5_210, "north"), "5.2 km north of Bonn");
  assertEquals(format.shortened("ääääää", 4), "äää…");
  assertEquals(format.shortened("ääää", 4), "ääää");
});
