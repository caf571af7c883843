// The storage that the options of `herd server` ask for.

import { ConfigError } from "../../base/errors.ts";
import { dataFolderOf, type DURABILITIES } from "../../topology/permissions.ts";
import {
  diskStorage,
  type DiskStorageOptions,
  memoryStorage,
  type Storage,
} from "../../server/records/storage.ts";
import { DiskError } from "../../store/disk.ts";

/**
 * Opens it.
 *
 * @throws {ConfigError} If the disk's file cannot be used, with what helps.
 */
export async function openStorage(
  { name, durability, dataDir }: {
    readonly name: string;
    readonly durability: typeof DURABILITIES[number];
    readonly dataDir: string | undefined;
  },
  options: Omit<DiskStorageOptions, "durability" | "folder">,
): Promise<Storage> {
  if (durability === "none") return memoryStorage();
  try {
    return await diskStorage({ ...options, durability, folder: dataDir ?? dataFolderOf(name) });
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    throw new ConfigError(`${error.message}, or start with --durability none`, { cause: error });
  }
}
