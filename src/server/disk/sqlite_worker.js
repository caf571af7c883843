// @ts-check
// The thread that owns the SQLite file of one server: opens it, reads it, commits to it, one request
// after another. sqlite_disk.ts starts it from this very text, so that it needs no file at run time
// and goes into a bundle; hence JavaScript with no imports of our own, and no words for people.

import { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";

/** WAL frames after which SQLite writes them back, in pages of 4 KiB. */
const CHECKPOINT_PAGES = 4_000;

/** Time for which a change waits for another program's, in milliseconds. */
const BUSY_MS = 2_000;

/** The wait before traces are erased that somebody's reading has kept. */
const ERASE_AGAIN_MS = 1_000;

/** A problem with a name, for sqlite_disk.ts to put into words. */
class Problem extends Error {
  /** @param {string} kind @param {string} [detail] */
  constructor(kind, detail = "") {
    super(detail);
    this.kind = kind;
  }
}

/** @type {import("./sqlite_messages.ts").DiskOptions} */
let options;
/** Modes of what is the owner's alone. */
const OWN_FOLDER = 0o700;
const OWN_FILE = 0o600;

/** @type {DatabaseSync | undefined} */
let database;
let isWritable = false;
/** @type {Deno.FsFile | undefined} */
let lock;
const token = crypto.randomUUID();
/** @type {number | null} */
let inode = null;
/** @type {Map<string, import("node:sqlite").StatementSync>} */
let statements = new Map();
/** The content of the disk, but for the records themselves. */
let state = emptyState();
/** True if the log of changes has what was to leave no trace. */
let isErasing = false;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let eraser;

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
    const { NotFound, NotADirectory } = Deno.errors;
    if (!(error instanceof NotFound || error instanceof NotADirectory)) throw error;
  }
}

// Machines that share a file system may not see each other's locks: they see who came last.
/** Takes the folder for this process, again if somebody took the lock's file away. */
function takeLock() {
  if (lock !== undefined && fileAt(options.lockFile)?.ino === lock.statSync().ino) {
    if (Deno.readTextFileSync(options.lockFile) === token) return;
    throw new Problem("shared");
  }
  // Where clients are is nobody else's business.
  Deno.mkdirSync(options.folder, { recursive: true, mode: OWN_FOLDER });
  const taken = Deno.openSync(options.lockFile, { create: true, write: true, mode: OWN_FILE });
  if (!taken.tryLockSync(true)) {
    taken.close();
    throw new Problem("locked");
  }
  taken.truncateSync();
  taken.writeSync(new TextEncoder().encode(token));
  lock?.close();
  lock = taken;
}

/**
 * Opens the file to be read: it is written to from the first commit on, when all that was wanted of
 * it was read and is whole. Until then not even its log is written back to it.
 */
function open() {
  const present = fileAt(options.file);
  if (!present?.isFile || present.size === 0) return openToWrite();
  database = new DatabaseSync(options.file, { readOnly: true });
  const version = pragma("user_version");
  if (pragma("schema_version") === 0) return openToWrite();
  if (pragma("application_id") !== options.applicationId) throw new Problem("foreign");
  if (version > options.steps.length) throw new Problem("newer", String(version));
  const owner = prepared("SELECT herd, server FROM owner").get();
  if (owner?.herd !== options.herd || owner?.server !== options.server) {
    throw new Problem("owner", `${owner?.herd} ${owner?.server}`);
  }
  state = readState();
  const whole = prepared("SELECT checksum FROM whole").get();
  if (whole?.checksum !== checksumOf(state)) throw new Problem("damaged");
  inode = present.ino;
  if (version < options.steps.length) openToWrite();
}

/** Takes the files from others. SQLite gives those beside the file the mode of the file. */
function makePrivate() {
  if (fileAt(options.file) === undefined) {
    Deno.openSync(options.file, { createNew: true, write: true, mode: OWN_FILE }).close();
  }
  if (Deno.build.os === "windows") return;
  for (const suffix of ["", "-wal", "-shm"]) {
    const file = options.file + suffix;
    if (((fileAt(file)?.mode ?? 0) & 0o077) === 0) continue;
    try {
      Deno.chmodSync(file, OWN_FILE);
    } catch {
      // Another user's: who has it so has a reason.
    }
  }
}

function openToWrite() {
  closeDatabase();
  makePrivate();
  const db = database = new DatabaseSync(options.file);
  db.exec(`PRAGMA busy_timeout = ${BUSY_MS}; PRAGMA secure_delete = ON`);
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  if (options.maxPages !== undefined) db.exec(`PRAGMA max_page_count = ${options.maxPages}`);
  // What starts and ends a run is synchronous whatever the durability; see `commit` below.
  db.exec("PRAGMA synchronous = FULL");
  const version = pragma("user_version");
  if (version < options.steps.length) migrate(version);
  // What a former run was to erase may be in the log that a crash left behind.
  isErasing = true;
  erase();
  state = readState();
  inode = Deno.statSync(options.file).ino;
  isWritable = true;
}

/** @param {number} version */
function migrate(version) {
  transaction(() => {
    for (const step of options.steps.slice(version)) db().exec(step);
    if (version === 0) {
      db().exec(`PRAGMA application_id = ${options.applicationId}`);
      prepared("INSERT INTO owner VALUES (?, ?)").run(options.herd, options.server);
      prepared("UPDATE whole SET checksum = ?").run(checksumOf(emptyState()));
    }
    db().exec(`PRAGMA user_version = ${options.steps.length}`);
  });
}

function closeDatabase() {
  clearTimeout(eraser);
  isErasing = false;
  isWritable = false;
  statements = new Map();
  const former = database;
  database = undefined;
  former?.close();
}

function close() {
  try {
    closeDatabase();
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

/**
 * Makes sure that the file is there, ours, and open to be written. It may be deleted, moved or
 * replaced while it is open; SQLite would not notice.
 */
function prepareFile() {
  takeLock();
  const present = fileAt(options.file);
  if (present === undefined) {
    startAnew();
    throw new Problem("emptied");
  }
  if (database === undefined || present.ino !== inode) throw new Problem("replaced");
  if (!isWritable) openToWrite();
}

/** @param {string[]} ends */
function removeFiles(ends) {
  for (const path of ends.map((it) => options.file + it)) if (fileAt(path)) Deno.removeSync(path);
}

/** Makes a new file where there is none any more. */
function startAnew() {
  if (database !== undefined) {
    // Whoever moved the file away may want to keep it: it gets all that was committed.
    try {
      pragma("wal_checkpoint(TRUNCATE)");
    } catch {
      // The disk does not take it.
    }
    closeDatabase();
  }
  removeFiles(["-wal", "-shm"]);
  Deno.openSync(options.file, { createNew: true, write: true, mode: OWN_FILE }).close();
  try {
    openToWrite();
  } catch (error) {
    // What was begun here is ours to take away: the next try begins anew.
    closeDatabase();
    removeFiles(["", "-wal", "-shm"]);
    throw error;
  }
}

/** @returns {import("./sqlite_messages.ts").StateMessage} */
function emptyState() {
  return { segments: new Map(), held: [], feed: undefined, formerFeeds: [], mark: undefined };
}

/** @returns {import("./sqlite_messages.ts").StateMessage} */
function readState() {
  const rows = (/** @type {string} */ sql) => /** @type {any[]} */ (prepared(sql).all());
  const segments = rows("SELECT first, last, count, checksum FROM segment ORDER BY last");
  const held = rows("SELECT neighbour, feed, position FROM held ORDER BY neighbour");
  // The first form of the file has no acknowledgements.
  const isFirst = pragma("user_version") < 2;
  const crashed = isFirst ? "0 AS crashed" : "crashed";
  const formerFeeds = rows(`SELECT feed, position, ${crashed} FROM former_feed ORDER BY number`);
  const feeds = isFirst ? [] : rows("SELECT feed FROM feed");
  const acknowledgements = isFirst ? [] : rows("SELECT * FROM acknowledged ORDER BY follower");
  /** @returns {[string, any][]} */
  const acknowledged = (/** @type {string} */ feed) =>
    acknowledgements.filter((it) => it.feed === feed)
      .map(({ follower, incarnation, position }) => [follower, { incarnation, position }]);
  const marks = rows("SELECT feed, position FROM clean_stop");
  const pair = (/** @type {any} */ { feed, position }) => ({ feedId: feed, position });
  return {
    segments: new Map(segments.map((it) => [it.last, it])),
    held: held.map((it) => [it.neighbour, pair(it)]),
    feed: feeds.map(({ feed }) => ({ feedId: feed, acknowledged: acknowledged(feed) }))[0],
    formerFeeds: formerFeeds.map((it) =>
      it.crashed ? { ...pair(it), acknowledged: acknowledged(it.feed) } : pair(it)
    ),
    mark: marks.map(pair)[0],
  };
}

/**
 * A checksum of all that is on the disk. A file whose pages are each whole may still be wrong as a
 * whole: such as a backup that was put beside the log (-wal) of the file that it replaced.
 * @param {import("./sqlite_messages.ts").StateMessage} state
 */
function checksumOf({ segments, held, feed, formerFeeds, mark }) {
  const ordered = [...segments.values()].sort((a, b) => a.last - b.last);
  const texts = [
    ...ordered.map(({ last, checksum }) => `${last} ${checksum}`),
    ...held.map(([neighbour, it]) => `${neighbour} ${it.feedId} ${it.position}`),
    ...formerFeeds.map(({ feedId, position }) => `${feedId} ${position}`),
    mark === undefined ? "-" : `${mark.feedId} ${mark.position}`,
    // The first form of the file has none of these.
    ...feed === undefined ? [] : acknowledgementTexts(feed),
    ...formerFeeds.flatMap((it) => it.acknowledged === undefined ? [] : acknowledgementTexts(it)),
  ];
  return crc32(texts.join("\n"));
}

/** @param {import("./sqlite_messages.ts").FeedMessage | import("./sqlite_messages.ts").FormerFeedMessage} feed */
function acknowledgementTexts({ feedId, acknowledged = [] }) {
  return [
    feedId,
    ...acknowledged.map(([name, it]) => `${name} ${it.incarnation} ${it.position}`),
  ];
}

/**
 * @param {{ first: number, last: number, count: number }} summary
 * @param {Uint8Array} positions @param {Uint8Array} bodies
 */
function segmentChecksum({ first, last, count }, positions, bodies) {
  return crc32(bodies, crc32(positions, crc32(`${first} ${last} ${count}`)));
}

/** Segments after one, up to some megabytes of them. @param {number} after */
function readSegments(after) {
  const segments = [];
  let bytes = 0;
  const wanted = [...state.segments.values()].filter(({ last }) => last > after);
  for (const summary of wanted.sort((a, b) => a.last - b.last)) {
    const { first, last, checksum } = summary;
    // One by one: an iteration over a damaged table may end early, and say nothing.
    const row = prepared("SELECT positions, bodies FROM segment WHERE last = ?").get(last);
    const positions = /** @type {Uint8Array} */ (row?.positions ?? new Uint8Array());
    const bodies = /** @type {Uint8Array} */ (row?.bodies ?? new Uint8Array());
    if (segmentChecksum(summary, positions, bodies) !== checksum) throw new Problem("damaged");
    segments.push({
      first,
      last,
      positions: new Float64Array(positions.slice().buffer),
      bodies: bodies.slice(),
    });
    bytes += bodies.length;
    if (bytes > options.readBytes) break;
  }
  return segments;
}

/** @param {import("./sqlite_messages.ts").TransactionMessage} it */
function commit({ removed, added, held, feed, formerFeeds, mark, erases }) {
  prepareFile();
  const isBound = mark !== undefined || erases === true;
  db().exec(`PRAGMA synchronous = ${options.isSynchronous || isBound ? "FULL" : "NORMAL"}`);
  const next = {
    segments: new Map(state.segments),
    held: held?.toSorted(([a], [b]) => a < b ? -1 : 1) ?? state.held,
    feed: feed ?? state.feed,
    formerFeeds: formerFeeds ?? state.formerFeeds,
    mark: mark === undefined ? state.mark : mark ?? undefined,
  };
  transaction(() => {
    const remove = prepared("DELETE FROM segment WHERE last = ?");
    for (const last of removed) {
      remove.run(last);
      next.segments.delete(last);
    }
    const add = prepared("INSERT INTO segment VALUES (?, ?, ?, ?, ?, ?)");
    for (const { first, last, positions, bodies } of added) {
      const count = positions.length;
      const numbers = new Uint8Array(positions.buffer);
      const checksum = segmentChecksum({ first, last, count }, numbers, bodies);
      add.run(last, first, count, checksum, numbers, bodies);
      next.segments.set(last, { first, last, count, checksum });
    }
    if (JSON.stringify(next.held) !== JSON.stringify(state.held)) {
      prepared("DELETE FROM held").run();
      const hold = prepared("INSERT INTO held VALUES (?, ?, ?)");
      for (const [neighbour, it] of next.held) hold.run(neighbour, it.feedId, it.position);
    }
    if (formerFeeds !== undefined) {
      prepared("DELETE FROM former_feed").run();
      const remember = prepared(
        "INSERT INTO former_feed (feed, position, crashed) VALUES (?, ?, ?)",
      );
      for (const { feedId, position, acknowledged } of formerFeeds) {
        remember.run(feedId, position, acknowledged === undefined ? 0 : 1);
      }
    }
    if (formerFeeds !== undefined || JSON.stringify(next.feed) !== JSON.stringify(state.feed)) {
      writeFeed(next);
    }
    if (mark !== undefined) prepared("DELETE FROM clean_stop").run();
    if (mark) prepared("INSERT INTO clean_stop VALUES (?, ?)").run(mark.feedId, mark.position);
    const checksum = checksumOf(next);
    if (checksum !== checksumOf(state)) prepared("UPDATE whole SET checksum = ?").run(checksum);
  });
  state = next;
  for (const { positions, bodies } of added) {
    // Freed at once: the collector would let many megabytes of them stand.
    positions.buffer.transfer(0);
    bodies.buffer.transfer(0);
  }
  if (erases) isErasing = true;
  erase();
}

/** @param {import("./sqlite_messages.ts").StateMessage} state */
function writeFeed({ feed, formerFeeds }) {
  prepared("DELETE FROM feed").run();
  prepared("DELETE FROM acknowledged").run();
  if (feed !== undefined) prepared("INSERT INTO feed VALUES (?)").run(feed.feedId);
  const save = prepared("INSERT INTO acknowledged VALUES (?, ?, ?, ?)");
  for (
    const { feedId, acknowledged = [] } of feed === undefined ? formerFeeds : [feed, ...formerFeeds]
  ) {
    for (const [name, it] of acknowledged) save.run(feedId, name, it.incarnation, it.position);
  }
}

/**
 * Empties the log of changes, which still has what was taken out of the file. The commit before it
 * is good whether this succeeds or not; while somebody reads, such as a backup, it does not.
 */
function erase() {
  clearTimeout(eraser);
  if (!isErasing) return;
  try {
    db().exec("PRAGMA busy_timeout = 0");
    isErasing = pragma("wal_checkpoint(TRUNCATE)") !== 0;
  } catch {
    // The disk does not take it. A later try will, or the next start.
  } finally {
    db().exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
  }
  if (isErasing) eraser = setTimeout(erase, ERASE_AGAIN_MS);
}

/** @param {import("./sqlite_messages.ts").DiskRequest} request */
function answer(request) {
  switch (request.kind) {
    case "lock":
      options = request.options;
      return takeLock();
    case "open":
      open();
      return state;
    case "read":
      return readSegments(request.after);
    case "commit":
      return commit(request.transaction);
    case "close":
      return close();
  }
}

const { postMessage: post } = /** @type {any} */ (globalThis);

/** @param {any} segments @returns {ArrayBuffer[]} */
function buffersOf(segments) {
  return segments.flatMap((/** @type {import("../../store/disk.ts").Segment} */ it) => [
    it.positions.buffer,
    it.bodies.buffer,
  ]);
}

/** @param {{ data: import("./sqlite_messages.ts").DiskRequest }} event */
globalThis.onmessage = ({ data }) => {
  try {
    const value = answer(data);
    // Read segments change hands without a copy.
    const buffers = data.kind === "read" ? buffersOf(value) : [];
    post({ value }, buffers);
  } catch (error) {
    if (data.kind === "lock" || data.kind === "open") close();
    const { message, kind = "other" } = /** @type {Problem} */ (error);
    post({ problem: { kind, detail: message } });
  }
};
