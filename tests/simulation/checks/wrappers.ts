// Connections and disks that do something else besides, as planted mistakes need them.

import { decode } from "../../../src/base/bytes.ts";
import type { Connection } from "../../../src/base/connection.ts";
import type { Disk, Transaction } from "../../../src/store/disk.ts";

/** A connection whose first incoming line `look` sees before the reader does. */
export function withFirstLine(connection: Connection, look: (line: string) => void): Connection {
  let seen = "";
  let isSeen = false;
  return {
    write: (bytes) => connection.write(bytes),
    close: () => connection.close(),
    async read(buffer) {
      const count = await connection.read(buffer);
      if (isSeen || count === null) return count;
      seen += decode(buffer, 0, count);
      const end = seen.indexOf("\n");
      isSeen = end >= 0;
      if (isSeen) look(seen.slice(0, end));
      return count;
    },
  };
}

/** A disk that commits in another way. */
export function committing(disk: Disk, commit: (transaction: Transaction) => Promise<void>): Disk {
  return {
    saved: disk.saved,
    segments: () => disk.segments(),
    commit,
    close: () => disk.close(),
  };
}
