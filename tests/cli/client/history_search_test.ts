// The search itself, without a terminal.

import { assertEquals } from "@std/assert";
import { HistorySearch } from "../../../src/cli/client/history_search.ts";

const LINES = ["near kiwi", "iamat kiwi 1,2", "near kea", "near kiwi", "near kiwi", "日本 héllo"];

/** What a search shows: the line with a bar at its cursor, or `!` in front where it failed. */
function shown(search: HistorySearch): string {
  const { line, cursor } = search.found ?? { line: "", cursor: 0 };
  return `${search.isFailed ? "!" : ""}${line.slice(0, cursor)}|${line.slice(cursor)}`;
}

Deno.test("HistorySearch finds the newest line, older and newer ones, and says when there is none", () => {
  const search = new HistorySearch(LINES);
  assertEquals(shown(search), "|");
  const table: [step: () => void, shown: string][] = [
    [() => search.older(), "|"],
    [() => search.type("k"), "near |kiwi"],
    [() => search.older(), "near |kea"],
    // The line stays while it still fits.
    [() => search.type("e"), "near |kea"],
    [() => search.erase(), "near |kiwi"],
    [() => search.type("iwi"), "near |kiwi"],
    // Lines that are the same as the present one are passed over.
    [() => search.older(), "iamat |kiwi 1,2"],
    [() => search.older(), "near |kiwi"],
    [() => search.older(), "!near |kiwi"],
    [() => search.newer(), "iamat |kiwi 1,2"],
    [() => search.newer(), "near |kiwi"],
    [() => search.newer(), "!near |kiwi"],
    [() => search.type("x"), "!|near kiwi"],
    [() => search.erase(), "near |kiwi"],
  ];
  table.forEach(([step, expected], index) => {
    step();
    assertEquals(shown(search), expected, `step ${index}`);
  });
});

Deno.test("HistorySearch takes wide and joined characters as one, and the search before at once", () => {
  const search = new HistorySearch(LINES, "kea");
  search.type("日");
  assertEquals(shown(search), "|日本 héllo");
  search.type("e\u0301👩‍👧");
  assertEquals({ shown: shown(search), query: search.query }, {
    shown: "!|日本 héllo",
    query: "日e\u0301👩‍👧",
  });
  search.erase();
  assertEquals(search.query, "日e\u0301");
  search.erase();
  search.erase();
  search.erase();
  assertEquals({ shown: shown(search), query: search.query }, { shown: "|", query: "" });
  search.newer();
  assertEquals(shown(search), "|");
  search.older();
  assertEquals({ shown: shown(search), query: search.query }, { shown: "near |kea", query: "kea" });
  const empty = new HistorySearch([]);
  empty.type("a");
  assertEquals(shown(empty), "!|");
});
