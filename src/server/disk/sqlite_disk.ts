// A disk as one SQLite file in a folder of the server's own. The file is owned by a thread of its
// own (sqlite_worker.js); this side sends it requests and puts its troubles into words.

import { reasonOf } from "../../base/errors.ts";
import { awaitedLater } from "../../base/background.ts";
import {
  type Disk,
  DiskError,
  type Saved,
  type Segment,
  type Transaction,
} from "../../store/disk.ts";
import { inspectLog } from "./sqlite_log.ts";
import type {
  DiskAnswer,
  DiskOptions,
  DiskProblem,
  DiskRequest,
  StateMessage,
  TransactionMessage,
} from "./sqlite_messages.ts";
import { APPLICATION_ID, SCHEMA_STEPS } from "./sqlite_schema.ts";
import workerSource from "./sqlite_worker.js" with { type: "text" };

/** The file in a server's folder. */
export const DATABASE_FILE = "herd.sqlite";

/** Held by the process that runs the server. */
const LOCK_FILE = "herd.lock";

/** Bodies that are read at one time, in bytes. */
const READ_BYTES = 4 << 20;

/** The server that the file must belong to, and the way in which it is written. */
export interface SqliteOptions {
  /** The folder; made when it is not there. Nobody else's files are touched in it. */
  readonly folder: string;
  readonly herd: string;
  readonly server: string;
  /** True if a commit waits until the data is on the medium, and so survives a loss of power. */
  readonly isSynchronous: boolean;
  /** Called if the log ends in half a transaction, as a loss of power leaves it. */
  onTorn?(): void;
  /** The schema, a step a version; a test may give an older or a newer program's. */
  readonly steps?: readonly string[];
  /** The most pages of 4 KiB that the file may have, as on a small disk; as many as there is room for. */
  readonly maxPages?: number;
}

/**
 * Opens a server's file, and makes it when there is none.
 *
 * @throws {DiskError} If it cannot be used: not ours, damaged, newer than this program, in use, or
 * not to be written. Nothing of it is changed then.
 */
export async function openSqliteDisk(options: SqliteOptions): Promise<Disk> {
  const worker = new DiskWorker(options);
  try {
    const request: DiskOptions = {
      folder: options.folder,
      file: worker.file,
      lockFile: `${options.folder}/${LOCK_FILE}`,
      herd: options.herd,
      server: options.server,
      isSynchronous: options.isSynchronous,
      readBytes: READ_BYTES,
      applicationId: APPLICATION_ID,
      steps: options.steps ?? SCHEMA_STEPS,
      maxPages: options.maxPages,
    };
    await worker.request({ kind: "lock", options: request });
    // Before SQLite opens it: what it takes for never written it overwrites.
    const log = inspectLog(await readIfThere(`${worker.file}-wal`));
    if (log === "damaged") {
      await worker.request({ kind: "close" });
      throw new DiskError(`Cannot use '${worker.file}': ${DAMAGED_LOG}`);
    }
    if (log === "torn") options.onTorn?.();
    const saved = await worker.request({ kind: "open" }) as StateMessage;
    return new SqliteDisk(worker, {
      segments: [...saved.segments.values()],
      held: new Map(saved.held),
      feed: saved.feed && { ...saved.feed, acknowledged: new Map(saved.feed.acknowledged) },
      formerFeeds: saved.formerFeeds.map(({ feedId, position, acknowledged }) => ({
        feedId,
        position,
        acknowledged: acknowledged && new Map(acknowledged),
      })),
      mark: saved.mark,
    });
  } catch (error) {
    worker[Symbol.dispose]();
    throw error;
  }
}

async function readIfThere(path: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    const { NotFound, NotADirectory } = Deno.errors;
    if (error instanceof NotFound || error instanceof NotADirectory) return new Uint8Array(0);
    throw new DiskError(`Cannot read '${path}': ${reasonOf(error)}`);
  }
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}

class SqliteDisk implements Disk {
  readonly saved: Saved;
  readonly #worker: DiskWorker;

  constructor(worker: DiskWorker, saved: Saved) {
    this.#worker = worker;
    this.saved = saved;
  }

  async *segments(): AsyncIterable<Segment> {
    let next = this.#read(0);
    for (;;) {
      const segments = await next;
      const last = segments.at(-1)?.last;
      if (last === undefined) return;
      // The thread reads on while these are restored. Nobody waits for it if restoring them fails.
      next = awaitedLater(this.#read(last));
      yield* segments;
    }
  }

  async commit(transaction: Transaction): Promise<void> {
    const { held, feed, formerFeeds, ...rest } = transaction;
    const buffers = transaction.added.flatMap(({ positions, bodies }) => [
      positions.buffer,
      bodies.buffer,
    ]);
    const message: TransactionMessage = {
      ...rest,
      held: held && [...held],
      feed: feed && { ...feed, acknowledged: [...feed.acknowledged].toSorted(byName) },
      formerFeeds: formerFeeds?.map(({ acknowledged, ...former }) => ({
        ...former,
        acknowledged: acknowledged && [...acknowledged].toSorted(byName),
      })),
    };
    await this.#worker.request({ kind: "commit", transaction: message }, buffers);
  }

  async close(): Promise<void> {
    try {
      await this.#worker.request({ kind: "close" });
    } finally {
      this.#worker[Symbol.dispose]();
    }
  }

  async #read(after: number): Promise<Segment[]> {
    return await this.#worker.request({ kind: "read", after }) as Segment[];
  }
}

/** The thread: answers requests in their order. */
class DiskWorker implements Disposable {
  readonly file: string;
  readonly #options: SqliteOptions;
  readonly #worker: Worker;
  readonly #waiting: PromiseWithResolvers<unknown>[] = [];
  #failure: DiskError | undefined;

  constructor(options: SqliteOptions) {
    this.#options = options;
    this.file = `${options.folder}/${DATABASE_FILE}`;
    // Its types are checked as a file's; in a data URL its imports of types would lead nowhere.
    const source = workerSource.replace("// @ts-check", "");
    const url = `data:text/javascript,${encodeURIComponent(source)}`;
    this.#worker = new Worker(url, { type: "module", name: "disk" });
    this.#worker.onmessage = ({ data }: MessageEvent<DiskAnswer>) => {
      const { resolve, reject } = this.#waiting.shift()!;
      if ("problem" in data) reject(this.#error(data.problem));
      else resolve(data.value);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(event.message);
    };
    this.#worker.onmessageerror = () => this.#fail("its answer could not be read");
  }

  request(request: DiskRequest, transfer: Transferable[] = []): Promise<unknown> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.push(answer);
    this.#worker.postMessage(request, transfer);
    return answer.promise;
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }

  /** The thread is gone: nobody will answer any more. */
  #fail(reason: string): void {
    this.#failure = new DiskError(
      `Cannot use '${this.file}': its thread ended (${reason}). Restart the server`,
    );
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }

  #error({ kind, detail }: DiskProblem): DiskError {
    const message = `Cannot use '${this.file}': ${explain(kind, detail, this.#options)}`;
    return new DiskError(message, { isEmptied: kind === "emptied" });
  }
}

/** The fault, and the remedy. */
function explain(
  kind: string,
  detail: string,
  { folder, herd, server }: SqliteOptions,
): string {
  switch (kind) {
    case "locked":
      return `another process is using '${folder}'. Stop it, or give this server a folder of its own ` +
        "with --data-dir";
    case "foreign":
      return "it is not a file of a herd. Move it away, or give another folder with --data-dir";
    case "newer":
      return `it has version ${detail} of the form, which a newer herd wrote. Run that one, or move ` +
        "the file away: the neighbours give back what they know";
    case "owner":
      return `it belongs to server '${detail.split(" ")[1]}' of herd '${
        detail.split(" ")[0]
      }', not ` +
        `to '${server}' of '${herd}'. Give this server a folder of its own with --data-dir`;
    case "shared":
      return `another server took '${folder}' while this one ran, perhaps on another machine. This ` +
        "one writes no more to it: give it a folder of its own, on a disk of its own";
    case "emptied":
      return "it was deleted while the server ran. A new one is being written from memory";
    case "replaced":
      return "it was replaced while the server ran, and is left as it is. Move it away, and a new " +
        "one is written from memory; to start from it, stop the server first";
    case "damaged":
      return damaged("a checksum does not fit");
  }
  const [, help] = HELP.find(([pattern]) => pattern.test(detail)) ?? [];
  if (help !== undefined) return help(detail, folder);
  return `${detail}. Make '${folder}' a folder that the server may read and write`;
}

/** Remedies, by SQLite's words (https://www.sqlite.org/rescode.html) or those of the system. */
const HELP: readonly [RegExp, (detail: string, folder: string) => string][] = [
  [/is not a database|is malformed/, damaged],
  [
    /database or disk is full|os error 28/,
    (detail) => `the disk is full (${detail}). Make room on it`,
  ],
  [
    /a readonly database|os error 30/,
    (detail, folder) => `it is read-only (${detail}). Make it and '${folder}' writable`,
  ],
  [
    /database is locked/,
    (detail) => `another program is writing to it (${detail}). Stop that program`,
  ],
  [
    /disk I\/O error/,
    (detail) =>
      `the disk fails, or the file is damaged (${detail}). Look at the disk and its quota, or move ` +
      "the file and its -wal file away: the neighbours give back what they know",
  ],
];

const DAMAGED_LOG = damaged("a frame of its -wal file does not fit, and others follow it") +
  ". After a loss of power, moving the -wal file alone away keeps what was saved before it";

function damaged(detail: string): string {
  return `it is damaged (${detail}). Move it and its -wal file away, or put a backup in their place: ` +
    "the neighbours give back what they know";
}
