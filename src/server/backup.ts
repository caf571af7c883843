// A copy of a server's file, taken while the server runs.

import { backup, DatabaseSync } from "node:sqlite";
import { ConfigError } from "./config_error.ts";
import { DATABASE_FILE } from "./sqlite_disk.ts";

/** Pages that are copied before others may write. */
const PAGES_PER_STEP = 1_000;

/**
 * Copies the file in `folder` to `target` with SQLite's own backup: the copy is the state of one
 * instant, however busy the server is. Returns its size in bytes.
 *
 * @throws {ConfigError} If there is nothing to copy, or something is at `target` already.
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
    await backup(database, target, { rate: PAGES_PER_STEP });
  } catch (error) {
    throw new ConfigError(
      `Cannot back up '${source}' to '${target}': ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
  return (await Deno.stat(target)).size;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
