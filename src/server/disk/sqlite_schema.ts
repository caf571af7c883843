// What is in the SQLite file of one server. sqlite_worker.js makes and migrates it.

/** "HERD": tells our files from other SQLite files (PRAGMA application_id). */
export const APPLICATION_ID = 0x48455244;

/**
 * The schema, a step a version (PRAGMA user_version): a file of an older version gets the steps that
 * it lacks. Steps that were released are never changed.
 */
export const SCHEMA_STEPS: readonly string[] = [
  `CREATE TABLE owner (herd TEXT NOT NULL, server TEXT NOT NULL);
   CREATE TABLE segment (
     last INTEGER PRIMARY KEY,
     first INTEGER NOT NULL,
     count INTEGER NOT NULL,
     checksum INTEGER NOT NULL, -- CRC-32 of the text "<first> <last> <count>", positions, bodies
     positions BLOB NOT NULL, -- doubles, little-endian
     bodies BLOB NOT NULL -- lines
   );
   CREATE TABLE held (neighbour TEXT PRIMARY KEY, feed TEXT NOT NULL, position INTEGER NOT NULL);
   CREATE TABLE former_feed (number INTEGER PRIMARY KEY, feed TEXT NOT NULL, position INTEGER NOT NULL);
   CREATE TABLE clean_stop (feed TEXT NOT NULL, position INTEGER NOT NULL);
   CREATE TABLE whole (checksum INTEGER NOT NULL); -- CRC-32 of all the rest, see checksumOf
   INSERT INTO whole VALUES (0);`,
  `CREATE TABLE feed (feed TEXT NOT NULL); -- of the run that wrote last
   ALTER TABLE former_feed ADD COLUMN crashed INTEGER NOT NULL DEFAULT 0;
   CREATE TABLE acknowledged ( -- of that feed, and of former ones that crashed
     feed TEXT NOT NULL,
     follower TEXT NOT NULL,
     incarnation TEXT NOT NULL,
     position INTEGER NOT NULL,
     PRIMARY KEY (feed, follower)
   );`,
];
