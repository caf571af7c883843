// @ts-check
// The thread that owns the SQLite file of one server: opens it, reads it, commits to it, one request
// after another. sqlite_disk.ts starts it from this very text, so that it needs no file at run time
// and goes into a bundle; hence JavaScript with no imports of our own, and no words for people.

import { DatabaseSync } from "node:sqlite";

/** "HERD": tells our files from other SQLite files (PRAGMA application_id). */
const APPLICATION_ID = 0x48455244;

/**
 * The schema, a step a version (PRAGMA user_version): a file of an older version gets the steps that
 * it lacks. Steps that were released are never changed.
 */
const MIGRATIONS = [
  `CREATE TABLE owner (herd TEXT NOT NULL, server TEXT NOT NULL);
   CREATE TABLE segment (
     last INTEGER PRIMARY KEY,
     first INTEGER NOT NULL,
     count INTEGER NOT NULL,
     positions BLOB NOT NULL, -- doubles, little-endian
     bodies BLOB NOT NULL -- lines
   );
   CREATE TABLE held (neighbour TEXT PRIMARY KEY, feed TEXT NOT NULL, position INTEGER NOT NULL);
   CREATE TABLE former_feed (number INTEGER PRIMARY KEY, feed TEXT NOT NULL, position INTEGER NOT NULL);
   CREATE TABLE clean_stop (feed TEXT NOT NULL, position INTEGER NOT NULL);`,
];

/** WAL frames after which SQLite writes them back, in pages of 4 KiB. */
const CHECKPOINT_PAGES = 4_000;

/** A problem with a name, for sqlite_disk.ts to put into words. */
class Problem extends Error {
  /** @param {string} kind @param {string} [detail] */
  constructor(kind, detail = "") {
    super(detail);
    this.kind = kind;
  }
}

/** @type {import("./sqlite_disk.ts").OpenRequest} */
let options;
/** @type {DatabaseSync | undefined} */
let database;
/** @type {Deno.FsFile | undefined} */
let lock;
/** @type {number | null} */
let inode = null;
/** @type {Map<string, import("node:sqlite").StatementSync>} */
let statements = new Map();

/** @param {string} sql */
function prepared(sql) {
  let statement = statements.get(sql);
  if (statement === undefined) statements.set(sql, statement = db().prepare(sql));
  return statement;
}

function db() {
  if (database === undefined) throw new Problem("closed");
  return database;
}

/** @param {string} name */
function pragma(name) {
  return Number(Object.values(db().prepare(`PRAGMA ${name}`).get() ?? {})[0]);
}

/** @param {string} path */
function fileAt(path) {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function openFile() {
  Deno.mkdirSync(options.folder, { recursive: true });
  lock = Deno.openSync(options.lockFile, { create: true, write: true });
  if (!lock.tryLockSync(true)) throw new Problem("locked");
  database = new DatabaseSync(options.file);
  const db = database;
  db.exec("PRAGMA busy_timeout = 2000; PRAGMA secure_delete = ON");
  const version = pragma("user_version");
  const isEmpty = pragma("schema_version") === 0;
  if (!isEmpty && pragma("application_id") !== APPLICATION_ID) throw new Problem("foreign");
  if (version > MIGRATIONS.length) throw new Problem("newer", String(version));
  if (!isEmpty) {
    const owner = prepared("SELECT herd, server FROM owner").get();
    if (owner?.herd !== options.herd || owner?.server !== options.server) {
      throw new Problem("owner", `${owner?.herd} ${owner?.server}`);
    }
  }
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  // What starts and ends a run is synchronous whatever the durability; see `synchronous` below.
  db.exec("PRAGMA synchronous = FULL");
  if (version < MIGRATIONS.length) migrate(version, isEmpty);
  inode = Deno.statSync(options.file).ino;
}

/** @param {number} version @param {boolean} isNew */
function migrate(version, isNew) {
  transaction(() => {
    for (const step of MIGRATIONS.slice(version)) db().exec(step);
    if (isNew) {
      db().exec(`PRAGMA application_id = ${APPLICATION_ID}`);
      prepared("INSERT INTO owner VALUES (?, ?)").run(options.herd, options.server);
    }
    db().exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
  });
}

function closeFile() {
  statements = new Map();
  const open = database;
  database = undefined;
  try {
    open?.close();
  } finally {
    lock?.close();
    lock = undefined;
  }
}

/** @param {() => void} change */
function transaction(change) {
  db().exec("BEGIN IMMEDIATE");
  try {
    change();
    db().exec("COMMIT");
  } catch (error) {
    try {
      db().exec("ROLLBACK");
    } catch {
      // SQLite has rolled back by itself, as it does when the disk is full.
    }
    throw error;
  }
}

/** The file may be deleted, moved or replaced while it is open; SQLite would not notice. */
function checkFile() {
  const present = database === undefined ? undefined : fileAt(options.file);
  if (present !== undefined && present.ino === inode) return;
  if (present !== undefined) throw new Problem("replaced");
  closeFile();
  try {
    openFile();
  } catch (error) {
    // What was begun here is ours to take away: the next try begins anew.
    closeFile();
    for (const end of ["", "-wal", "-shm"]) removeIfThere(options.file + end);
    throw error;
  }
  throw new Problem("emptied");
}

/** @param {string} path */
function removeIfThere(path) {
  if (fileAt(path) !== undefined) Deno.removeSync(path);
}

/** @returns {import("./sqlite_disk.ts").SavedMessage} */
function readSaved() {
  const pairs = (/** @type {string} */ sql) =>
    prepared(sql).all().map((it) => ({ feedId: String(it.feed), position: Number(it.position) }));
  return {
    segments: prepared("SELECT first, last, count FROM segment ORDER BY last").all().map((it) => ({
      first: Number(it.first),
      last: Number(it.last),
      count: Number(it.count),
    })),
    held: prepared("SELECT neighbour, feed, position FROM held").all().map((it) => [
      String(it.neighbour),
      { feedId: String(it.feed), position: Number(it.position) },
    ]),
    formerFeeds: pairs("SELECT feed, position FROM former_feed ORDER BY number"),
    mark: pairs("SELECT feed, position FROM clean_stop")[0],
  };
}

/** Segments after one, up to some megabytes of them. @param {number} after */
function readSegments(after) {
  const segments = [];
  let bytes = 0;
  const rows = prepared(
    "SELECT last, first, positions, bodies FROM segment WHERE last > ? ORDER BY last",
  );
  for (const row of rows.iterate(after)) {
    const positions = /** @type {Uint8Array} */ (row.positions);
    const bodies = /** @type {Uint8Array} */ (row.bodies);
    segments.push({
      first: Number(row.first),
      last: Number(row.last),
      positions: new Float64Array(positions.slice().buffer),
      bodies: bodies.slice(),
    });
    bytes += bodies.length;
    if (bytes > options.readBytes) break;
  }
  return segments;
}

/** @param {import("./sqlite_disk.ts").TransactionMessage} it */
function commit({ removed, added, held, formerFeeds, mark, erases }) {
  checkFile();
  const isBound = mark !== undefined || erases === true;
  db().exec(`PRAGMA synchronous = ${options.isSynchronous || isBound ? "FULL" : "NORMAL"}`);
  transaction(() => {
    const remove = prepared("DELETE FROM segment WHERE last = ?");
    for (const last of removed) remove.run(last);
    const add = prepared("INSERT INTO segment VALUES (?, ?, ?, ?, ?)");
    for (const { first, last, positions, bodies } of added) {
      add.run(last, first, positions.length, new Uint8Array(positions.buffer), bodies);
    }
    if (held !== undefined) {
      prepared("DELETE FROM held").run();
      const hold = prepared("INSERT INTO held VALUES (?, ?, ?)");
      for (const [neighbour, { feedId, position }] of held) hold.run(neighbour, feedId, position);
    }
    if (formerFeeds !== undefined) {
      prepared("DELETE FROM former_feed").run();
      const remember = prepared("INSERT INTO former_feed (feed, position) VALUES (?, ?)");
      for (const { feedId, position } of formerFeeds) remember.run(feedId, position);
    }
    if (mark !== undefined) prepared("DELETE FROM clean_stop").run();
    if (mark) prepared("INSERT INTO clean_stop VALUES (?, ?)").run(mark.feedId, mark.position);
  });
  // The log of changes still has what was taken out of the file.
  if (erases) db().exec("PRAGMA wal_checkpoint(TRUNCATE)");
}

/** @param {import("./sqlite_disk.ts").DiskRequest} request */
function answer(request) {
  switch (request.kind) {
    case "open":
      options = request;
      openFile();
      return readSaved();
    case "read":
      return readSegments(request.after);
    case "commit":
      return commit(request.transaction);
    case "close":
      return closeFile();
  }
}

const { postMessage: post } = /** @type {any} */ (globalThis);

/** @param {{ data: import("./sqlite_disk.ts").DiskRequest }} event */
globalThis.onmessage = ({ data }) => {
  try {
    post({ value: answer(data) });
  } catch (error) {
    if (data.kind === "open") closeFile();
    const { message, kind, errcode } = /** @type {Problem & { errcode?: number }} */ (error);
    post({
      problem: { kind: kind ?? "sqlite", detail: message, code: errcode },
    });
  }
};
