// What is read of a child's log; that servers start as they should is tested in ../../e2e/.

import { assertEquals } from "@std/assert";
import { endProcess, readLog } from "../../../src/cli/server/server_process.ts";
import { testWith } from "../../support/test.ts";
import { within } from "../../support/waiting.ts";

Deno.test("readLog() gives whole lines however they come, and what stands behind the last", async () => {
  const table: [chunks: string[], lines: string[]][] = [
    [["one\ntwo\n"], ["one", "two"]],
    [["o", "ne\nt", "wo", "\n", "\nend"], ["one", "two", "", "end"]],
    [["caf\xc3", "\xa9\n"], ["caf\u00e9"]],
    [[], []],
  ];
  for (const [chunks, expected] of table) {
    const stderr = ReadableStream.from(
      chunks.map((it) => Uint8Array.from(it, (character) => character.charCodeAt(0))),
    );
    const lines: string[] = [];
    await readLog({ stderr } as unknown as Deno.ChildProcess, (line) => lines.push(line));
    assertEquals(lines, expected);
  }
});

testWith("processes")(
  "endProcess() sends SIGTERM, waits, and takes a process that has ended",
  async () => {
    const child = new Deno.Command("sleep", { args: ["60"] }).spawn();
    for (const _ of ["running", "ended"]) {
      const { signal, code } = await within(endProcess(child), "the process to end");
      assertEquals({ signal, code }, { signal: "SIGTERM", code: 143 });
    }
  },
);
