// Log files: how they rotate, and that they recover from failures and from being moved.

import { assertEquals, assertThrows } from "@std/assert";
import { LogFile } from "../../../src/cli/logging/log_file.ts";
import { LOG_BACKUPS, rotatedFiles } from "../../../src/topology/permissions.ts";
import { temporaryFolder } from "../../support/files/temporary.ts";
import { testWith } from "../../support/test.ts";

/** Runs a test with a path in a folder of its own. */
function fileTest(name: string, test: (path: string) => void) {
  testWith("disk")(name, () => {
    using folder = temporaryFolder();
    test(`${folder.path}/log`);
  });
}

const read = (path: string) => Deno.readTextFileSync(path);

fileTest("LogFile appends to what is there, and can be closed twice", (path) => {
  Deno.writeTextFileSync(path, "there\n");
  const file = new LogFile(path);
  file.open();
  file.writeSync("one\n\u00e9\n");
  file.close();
  file.close();
  assertEquals(read(path), "there\none\n\u00e9\n");
});

fileTest("LogFile renames a file that would grow too large, and keeps LOG_BACKUPS", (path) => {
  const file = new LogFile(path, { maxBytes: 10 });
  file.open();
  for (let i = 0; i < 10; i++) file.writeSync(`a${i}\nb${i}\n`);
  file.close();
  const files = rotatedFiles(path);
  assertEquals(files.length, 1 + LOG_BACKUPS);
  assertEquals(files.map(read), files.map((_, i) => `a${9 - i}\nb${9 - i}\n`));
  assertThrows(() => read(`${path}.${LOG_BACKUPS + 1}`), Deno.errors.NotFound);
});

fileTest("LogFile keeps as many earlier files as it is told, or none", (path) => {
  for (const backups of [2, 0]) {
    const file = new LogFile(path, { maxBytes: 4, backups });
    file.open();
    for (const line of ["a\n", "b\n", "c\n", "d\n", "e\n", "f\n", "g\n"]) file.writeSync(line);
    file.close();
    const files = rotatedFiles(path, backups);
    assertEquals(files.map(read), ["g\n", "e\nf\n", "c\nd\n"].slice(0, 1 + backups));
    assertThrows(() => read(`${path}.3`), Deno.errors.NotFound);
    files.forEach((it) => Deno.removeSync(it));
  }
});

fileTest("LogFile fills a file to the byte, and gives a longer block a file of its own", (path) => {
  const file = new LogFile(path, { maxBytes: 4 });
  file.open();
  for (const lines of ["\u00e9\n", "\n", "longer\n", "b\n"]) file.writeSync(lines);
  file.close();
  assertEquals([2, 1, 0].map((i) => read(rotatedFiles(path)[i]!)), [
    "\u00e9\n\n",
    "longer\n",
    "b\n",
  ]);
});

fileTest("LogFile recovers after a failure", (path) => {
  const [last, oldest] = rotatedFiles(path).slice(-2).reverse();
  const file = new LogFile(path, { maxBytes: 6 });
  file.open();
  file.writeSync("one\n");
  Deno.writeTextFileSync(oldest!, "");
  Deno.mkdirSync(last!); // in the way
  assertThrows(() => file.writeSync("two\n"));
  assertThrows(() => file.writeSync("two\n"));
  Deno.removeSync(last!);
  file.writeSync("three\n");
  file.close();
  assertEquals({ present: read(path), former: read(`${path}.1`) }, {
    present: "three\n",
    former: "one\n",
  });
});

fileTest("LogFile is opened anew when it was moved, removed or replaced", (path) => {
  const file = new LogFile(path);
  file.open();
  file.writeSync("1\n");
  Deno.renameSync(path, `${path}.moved`);
  file.writeSync("2\n");
  assertEquals({ moved: read(`${path}.moved`), present: read(path) }, {
    moved: "1\n",
    present: "2\n",
  });
  Deno.removeSync(path);
  file.writeSync("3\n");
  assertEquals(read(path), "3\n");
  Deno.writeTextFileSync(`${path}.new`, "new\n");
  Deno.renameSync(`${path}.new`, path);
  file.writeSync("4\n");
  assertEquals(read(path), "new\n4\n");
  Deno.truncateSync(path);
  file.writeSync("5\n");
  assertEquals(read(path), "5\n");
  file.close();
});

fileTest("LogFile.open() opens the file at once, which may be open", (path) => {
  const file = new LogFile(path);
  file.open();
  Deno.renameSync(path, `${path}.moved`);
  file.open();
  assertEquals(read(path), "");
  file.close();
});
