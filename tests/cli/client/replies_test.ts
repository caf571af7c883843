// Whole replies as the prompt shows them.

import { assertEquals } from "@std/assert";
import { Replies } from "../../../src/cli/client/replies.ts";

const PLAIN = { colour: false, columns: 60 };
const AT = "AT Ann +0.000000000 kiwi +0+0 0";

/** Text that is shown for the JSON of an answer to WHATSAT, behind its AT line. */
function shownFor(response: unknown): string {
  const replies = new Replies(PLAIN);
  replies.take(AT);
  const lines = JSON.stringify(response, null, 3).split("\n");
  return [...lines, ""].map((line) => replies.take(line)).join("");
}

Deno.test("Replies show places as a table with distances, no wider than the terminal", () => {
  const place = (name: string, lng: number, vicinity: string) => ({
    name,
    geometry: { location: { lat: 0, lng } },
    types: ["bus_station"],
    vicinity,
  });
  // A degree of the equator has 111.195 km.
  const text = shownFor({
    results: [place("Near", 0.001, "Here"), place("Far\u001b[2J", 1, "x".repeat(60))],
  });
  const lines = text.split("\n");
  assertEquals(lines[0], "     111 m  Near        bus station, Here");
  assertEquals(lines[1], "  111.2 km  Far\\x1b[2J  bus station, " + "x".repeat(22) + "…");
  assertEquals(lines[1]!.length, 60);
});

Deno.test("Replies say when there are no places, and why", () => {
  assertEquals(shownFor({ results: [], status: "ZERO_RESULTS" }), "  no places there\n");
  assertEquals(
    shownFor({ results: [], error_message: "over quota", status: "UNKNOWN_ERROR" }),
    "  no places: over quota\n",
  );
});

Deno.test("Replies show JSON that is no answer, or was cut off, as it came", () => {
  assertEquals(shownFor({ other: 1 }), '{\n   "other": 1\n}\n');
  const replies = new Replies(PLAIN);
  for (const line of [AT, "{", '   "results" : [']) replies.take(line);
  assertEquals(replies.end(), '{\n   "results" : [\n');
  assertEquals(replies.end(), "");
  for (const odd of [null, { results: [null, 5, {}] }]) shownFor(odd);
});

Deno.test("Replies keep the ids of AT lines, each once and the newest last", () => {
  const replies = new Replies(PLAIN);
  for (const id of ["a", "é", "a"]) replies.take(`AT Ann +0.000000000 ${id} +0+0 0`);
  replies.take("? WHATSAT b 1 1");
  assertEquals(replies.ids, ["é", "a"]);
});
