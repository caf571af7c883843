// A copy of a server's file, taken while the server runs.

import { backup, DatabaseSync } from "node:sqlite";
import { ConfigError, reasonOf } from "../../base/errors.ts";
import { DATABASE_FILE } from "./sqlite_disk.ts";

/**
 * All pages in one step, which is one reading: writers go on meanwhile. Between two steps they would
 * change the file, and SQLite would begin again and again.
 */
const PAGES_PER_STEP = 2 ** 31 - 1;

/**
 * Copies the file in `folder` to `target` with SQLite's own backup: the copy is the state of one
 * instant, however busy the server is. Returns its size in bytes.
 *
 * @throws {ConfigError} If there is nothing to copy, something is at `target` already, or it cannot
 * be done: then nothing is at `target`.
 */
export async function backUp(folder: string, target: string): Promise<number> {
  const source = `${folder}/${DATABASE_FILE}`;
  if (!await exists(source)) {
    throw new ConfigError(`Cannot back up '${source}': there is no such file`);
  }
  if (await exists(target)) {
    throw new ConfigError(`Cannot back up to '${target}': something is there already`);
  }
  try {
    using database = new DatabaseSync(source, { readOnly: true });
    // Its owner's alone, like the source.
    (await Deno.open(target, { createNew: true, write: true, mode: 0o600 })).close();
    await backup(database, target, { rate: PAGES_PER_STEP });
  } catch (error) {
    if (await exists(target)) await Deno.remove(target);
    const reason = reasonOf(error);
    throw new ConfigError(`Cannot back up '${source}' to '${target}': ${reason}`, { cause: error });
  }
  return (await Deno.stat(target)).size;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    const { NotFound, NotADirectory } = Deno.errors;
    if (error instanceof NotFound || error instanceof NotADirectory) return false;
    throw error;
  }
}
