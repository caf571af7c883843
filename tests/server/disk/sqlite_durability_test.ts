// What a commit waits for: SQLite's own setting of it, at the moment of each COMMIT in the thread. A
// loss of power cannot be had in a test.

import { assertEquals } from "@std/assert";
import { silentLog } from "../../../src/base/log.ts";
import { diskStorage } from "../../../src/server/records/storage.ts";
import { SystemClock } from "../../../src/server/system.ts";
import type { Transaction } from "../../../src/store/disk.ts";
import { DataFolder, segment } from "../../support/files/data_folder.ts";
import { testWith } from "../../support/test.ts";

const test = testWith("disk");

/** Levels of `PRAGMA synchronous` (https://sqlite.org/pragma.html#pragma_synchronous). */
const NORMAL = 1;
const FULL = 2;

const NOTHING: Transaction = { removed: [], added: [] };
const MARK = { feedId: "e".repeat(32), position: 12 };

/** Has every thread that starts note the level of each COMMIT in a file, until it is disposed of. */
function noteLevels(file: string): { levels(): number[] } & Disposable {
  const { Worker } = globalThis;
  const spy = `
    import { DatabaseSync as Spied } from "node:sqlite";
    const { exec } = Spied.prototype;
    Spied.prototype.exec = function (sql) {
      if (sql === "COMMIT") {
        const { synchronous } = this.prepare("PRAGMA synchronous").get();
        Deno.writeTextFileSync(${JSON.stringify(file)}, synchronous + "\\n", { append: true });
      }
      return exec.call(this, sql);
    };`;
  globalThis.Worker = class extends Worker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(String(url).replace(",", `,${encodeURIComponent(spy)}`), options);
    }
  };
  return {
    levels: () => Deno.readTextFileSync(file).trim().split("\n").map(Number),
    [Symbol.dispose]: () => void (globalThis.Worker = Worker),
  };
}

/** What is committed, made anew as the disk keeps it. */
const whatComes = () => ({
  "records": { ...NOTHING, added: [segment(1, 3)] },
  "positions held": { ...NOTHING, held: new Map([["Hands", MARK]]) },
  "what was to be erased": { ...NOTHING, removed: [3], erases: true },
  "the start of a run": { ...NOTHING, mark: null },
  "a clean stop": { ...NOTHING, mark: MARK },
} satisfies Record<string, Transaction>);

const LEVELS: Record<"commit" | "relaxed", Record<keyof ReturnType<typeof whatComes>, number>> = {
  commit: {
    "records": FULL,
    "positions held": FULL,
    "what was to be erased": FULL,
    "the start of a run": FULL,
    "a clean stop": FULL,
  },
  relaxed: {
    "records": NORMAL,
    "positions held": NORMAL,
    "what was to be erased": FULL,
    "the start of a run": FULL,
    "a clean stop": FULL,
  },
};

for (const [durability, expected] of Object.entries(LEVELS)) {
  test(`with ${durability}, commits wait for the medium as they should`, async () => {
    using folder = new DataFolder();
    Deno.mkdirSync(folder.path, { recursive: true });
    using note = noteLevels(`${folder.path}/levels`);
    const { disk } = (await diskStorage({
      folder: folder.path,
      herd: "test",
      server: "Goloman",
      durability: durability as keyof typeof LEVELS,
      clock: new SystemClock(),
      log: silentLog,
    })).disk!;
    const found: Record<string, number> = {};
    for (const [what, transaction] of Object.entries(whatComes())) {
      await disk.commit(transaction);
      found[what] = note.levels().at(-1)!;
    }
    await disk.close();
    assertEquals(found, expected);
  });
}
