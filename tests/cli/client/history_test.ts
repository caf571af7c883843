// The file of what was typed: its place, its mode, its length, and a folder that is not for us.

import { assertEquals } from "@std/assert";
import { History, HISTORY_LINES, historyPath } from "../../../src/cli/client/history.ts";
import { temporaryFolder } from "../../support/files/temporary.ts";
import { testWith } from "../../support/test.ts";

const test = testWith("disk");

Deno.test("historyPath() is in the XDG folder for state, which is below the home unless it is set", () => {
  const table: [env: Record<string, string>, path: string | undefined][] = [
    [{ HOME: "/home/ann" }, "/home/ann/.local/state/herd/history"],
    [{ HOME: "/home/ann", XDG_STATE_HOME: "/state" }, "/state/herd/history"],
    // The XDG specification has relative paths ignored.
    [{ HOME: "/home/ann", XDG_STATE_HOME: "state" }, "/home/ann/.local/state/herd/history"],
    [{ HOME: "home" }, undefined],
    [{ HOME: "/home/ann,bob" }, undefined],
    [{}, undefined],
  ];
  for (const [env, path] of table) {
    assertEquals(historyPath((name) => env[name]), path, JSON.stringify(env));
  }
});

test("History keeps lines for the next session in a file that its user alone may read", () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/state/herd/history`;
  const first = new History(path);
  assertEquals(first.lines, []);
  for (const line of ["one", "two", "two", " ", "bad\x1b", "three\tfour", "é"]) first.add(line);
  assertEquals(new History(path).lines, ["one", "two", "three\tfour", "é"]);
  assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
  assertEquals(Deno.statSync(`${folder.path}/state/herd`).mode! & 0o777, 0o700);
});

test("History keeps the newest lines, and makes a file private that was not", () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/history`;
  const all = Array.from({ length: HISTORY_LINES + 5 }, (_, index) => `line ${index}`);
  Deno.writeTextFileSync(path, all.map((it) => `${it}\n`).join(""));
  Deno.chmodSync(path, 0o644);
  const history = new History(path);
  assertEquals(history.lines, all.slice(5));
  assertEquals(Deno.readTextFileSync(path).split("\n").length, HISTORY_LINES + 1);
  assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
  assertEquals([...Deno.readDirSync(folder.path)].map((it) => it.name), ["history"]);
  history.add("newest");
  assertEquals(history.lines.length, HISTORY_LINES);
  assertEquals(history.lines.at(-1), "newest");
});

test("History works without a file, and where there cannot be one", () => {
  using folder = temporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/file`, "");
  for (const path of [undefined, folder.path, `${folder.path}/file/herd/history`]) {
    const history = new History(path);
    history.add("one");
    assertEquals(history.lines, ["one"], path);
  }
});
