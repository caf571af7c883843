// `herd backup`: a copy of a server's data while it runs.

import { backUp } from "../../../server/disk/backup.ts";
import { DATA_FOLDER, dataFolderOf } from "../../../topology/permissions.ts";
import { command } from "../../command/definition.ts";

/** `herd backup <name> <file>`. */
export default command({
  name: "backup",
  summary: "Copy the data of a server, which may be running",
  details: [
    "Copies the server's file to another one, as of one instant, while the server goes on.",
    "To restore it, stop the server, put the copy in the place of herd.sqlite in its folder, with no " +
    "herd.sqlite-wal beside it, and start the server: what is newer it gets from its neighbours.",
  ],
  positionals: {
    name: { description: "The server" },
    file: { description: "Where the copy goes; nothing may be there yet" },
  },
  options: {
    dataDir: {
      kind: "string",
      placeholder: "folder",
      description: `The folder of the server's data; left out, ${DATA_FOLDER}/ and its name`,
    },
  },
  examples: { "backup Goloman goloman.sqlite": "A copy of data/Goloman/herd.sqlite" },
  permissions({ name, file, dataDir }) {
    const folder = dataDir ?? dataFolderOf(name);
    // SQLite shares its index of the log with the server, in a file that readers write, too; and the
    // copy has a journal while it is made.
    return { read: [folder, file, `${file}-journal`], write: [folder, file, `${file}-journal`] };
  },
  async run({ name, file, dataDir }, { stdout }) {
    const bytes = await backUp(dataDir ?? dataFolderOf(name), file);
    stdout.write(`${file}: ${(bytes / 1024).toFixed(0)} KiB\n`);
    return 0;
  },
});
