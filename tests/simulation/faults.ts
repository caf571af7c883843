// Mistakes to plant in a herd, to see whether the trials find them.

import type { Connection } from "../../src/flood/connection.ts";
import type { Disk } from "../../src/store/disk.ts";
import type { Store } from "../../src/store/store.ts";
import type { Life } from "./life.ts";

/** A mistake: what it replaces in a life of a server. */
export interface Fault {
  /** The name of the feed. */
  feedId?(life: Life): string;
  /** The name of the life. */
  incarnation?(life: Life): string;
  /** Spoils a store that was just restored. */
  store?(store: Store, life: Life): void;
  /** What the sink is given for a disk. */
  disk?(disk: Disk, life: Life): Disk;
  /** The connection of one who leads. */
  leading?(connection: Connection, life: Life): Connection;
  /** The connection of one who follows. */
  following?(connection: Connection, life: Life, leader: string): Connection;
}
