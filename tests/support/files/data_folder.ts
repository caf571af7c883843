// The data folder of one server for tests of its file: what goes in, and what a start finds.

import {
  DATABASE_FILE,
  openSqliteDisk,
  type SqliteOptions,
} from "../../../src/server/disk/sqlite_disk.ts";
import type { Disk, Saved, Segment } from "../../../src/store/disk.ts";
import { fromLatin1, latin1 } from "../reference/reference.ts";
import { temporaryFolder } from "./temporary.ts";

/** A folder of Goloman's, of the herd `test`, gone when the test is over. */
export class DataFolder implements Disposable {
  readonly #outer = temporaryFolder();
  /** It is not there before something is opened. */
  readonly path = `${this.#outer.path}/data/Goloman`;
  readonly file = `${this.path}/${DATABASE_FILE}`;

  /** Opens the file that is in it. */
  open(more: Partial<SqliteOptions> = {}): Promise<Disk> {
    const own = { folder: this.path, herd: "test", server: "Goloman", isSynchronous: false };
    return openSqliteDisk({ ...own, ...more });
  }

  /** What a start finds in the file. */
  async saved(): Promise<Omit<Saved, "segments"> & { readonly segments: readonly Segment[] }> {
    const disk = await this.open();
    try {
      return { ...disk.saved, segments: await segmentsOf(disk) };
    } finally {
      await disk.close();
    }
  }

  /** Moves a file of the folder out of it; gives the path where it is then. */
  moveAway(name: string): string {
    const to = `${this.#outer.path}/${name}`;
    Deno.renameSync(`${this.path}/${name}`, to);
    return to;
  }

  [Symbol.dispose](): void {
    this.#outer[Symbol.dispose]();
  }
}

/** A segment with a client for each position, `c1` at 1 and so on. */
export function segment(first: number, last: number, location = "+34-118"): Segment {
  const numbers = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const lines = numbers.map((it) => `Goloman +0.000000000 c${it} ${location} ${it}\n`);
  return { first, last, positions: Float64Array.from(numbers), bodies: fromLatin1(lines.join("")) };
}

/** The segments that were there when the disk was opened. */
export function segmentsOf(disk: Disk): Promise<Segment[]> {
  return Array.fromAsync(disk.segments());
}

/** All bytes of all files in a folder, as Latin-1 text. */
export function textIn(folder: string): string {
  const files = [...Deno.readDirSync(folder)].filter((it) => it.isFile);
  return files.map(({ name }) => latin1(Deno.readFileSync(`${folder}/${name}`))).join("");
}
