// A herd whose servers come back with old data: from a backup, from a copy of their folder, or from
// what a crash left behind. In the end all have the same, and on the way no server holds a position
// of a neighbour's feed without what is before it.

import { assert, assertEquals } from "@std/assert";
import { encode } from "../../../src/base/bytes.ts";
import { compareUpdates, parseBody, Update } from "../../../src/protocol/update.ts";
import { backUp } from "../../../src/server/disk/backup.ts";
import type { HerdNode } from "../../../src/server/node.ts";
import type { Store } from "../../../src/store/store.ts";
import { tellNode } from "../../support/herds/client.ts";
import { CHAIN } from "../../support/herds/shape.ts";
import { TestHerd } from "../../support/herds/herd.ts";
import { until } from "../../support/waiting.ts";
import { recordingLog } from "../../support/fakes/log.ts";
import { testWith } from "../../support/test.ts";
import { latin1 } from "../../support/reference/reference.ts";
import { temporaryFolder } from "../../support/files/temporary.ts";

const test = testWith("sockets", "disk");
const NAMES = ["A", "B", "C"] as const;

/** A chain of three servers that all run, and a place for copies. */
class Trial implements AsyncDisposable {
  readonly #folder = temporaryFolder();
  readonly herd = new TestHerd({ links: CHAIN, isDurable: true });
  readonly #running = new Set<string>();
  #told = 0;
  #copies = 0;

  static async start(): Promise<Trial> {
    const trial = new Trial();
    for (const name of NAMES) await trial.start(name);
    return trial;
  }

  async start(name: string, log = recordingLog()): Promise<HerdNode> {
    this.#running.add(name);
    return await this.herd.start(name, { log });
  }

  async stop(name: string): Promise<void> {
    this.#running.delete(name);
    await this.herd.node(name).stop();
  }

  isRunning(name: string): boolean {
    return this.#running.has(name);
  }

  /** Tells a server of some of 20 clients, each time of later ones. */
  async tell(name: string, clients: readonly number[]): Promise<void> {
    for (const client of clients) {
      await tellNode(this.herd.node(name), `c${client} +1-1 ${1_000_000 + ++this.#told}`);
    }
  }

  /** Copies what is on the disk of a server that runs, as a crash would leave it. */
  snapshot(name: string): string {
    const copy = `${this.#folder.path}/copy${this.#copies++}`;
    Deno.mkdirSync(copy);
    // In one turn of this thread; the sink's thread may write between the two, so it must be idle.
    for (const { name: file } of Deno.readDirSync(this.herd.folderOf(name))) {
      if (!file.endsWith("-shm")) {
        Deno.copyFileSync(`${this.herd.folderOf(name)}/${file}`, `${copy}/${file}`);
      }
    }
    return copy;
  }

  /** A backup of a server, whatever it does. */
  async backUp(name: string): Promise<string> {
    const copy = `${this.#folder.path}/copy${this.#copies++}`;
    Deno.mkdirSync(copy);
    await backUp(this.herd.folderOf(name), `${copy}/herd.sqlite`);
    return copy;
  }

  /** Puts a copy in the place of the folder of a server that does not run. */
  restore(name: string, copy: string): void {
    const folder = this.herd.folderOf(name);
    Deno.removeSync(folder, { recursive: true });
    Deno.mkdirSync(folder);
    for (const { name: file } of Deno.readDirSync(copy)) {
      Deno.copyFileSync(`${copy}/${file}`, `${folder}/${file}`);
    }
  }

  /** Waits until all servers have the same, and looks at what they hold all the while. */
  async converge(): Promise<void> {
    await until(() => {
      this.checkHeld();
      const [first, ...others] = NAMES.map((it) => [...recordsOf(this.herd.node(it).store)].sort());
      return others.every((it) => it.join() === first!.join());
    }, 10_000);
  }

  /** The first invariant: everything up to a position that is held is there, or newer news is. */
  checkHeld(): void {
    for (const [follower, leader] of [...CHAIN, ...CHAIN.map(([a, b]) => [b, a] as const)]) {
      if (!this.#running.has(follower) || !this.#running.has(leader)) continue;
      const { store, status } = this.herd.node(follower);
      const { held } = status.neighbours.get(leader)!;
      const { feed } = this.herd.node(leader).store;
      const position = feed.resume(held);
      for (const [client, { position: at, body }] of recordsOf(this.herd.node(leader).store)) {
        if (at > position) continue;
        const own = recordsOf(store).get(client);
        assert(
          own !== undefined && isNewerOrSame(own.body, body),
          `${follower} holds ${position} of ${leader} and lacks '${body}' of ${at}`,
        );
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.herd[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}

/** Bodies and positions by client; as text a record is its body alone. */
function recordsOf(store: Store) {
  const records = new Map<string, { position: number; body: string; toString(): string }>();
  using reader = store.feed.readFrom(0);
  for (let record = reader.next(); record !== 0; record = reader.next()) {
    const out = new Uint8Array(store.bodyLength(record));
    store.copyBody(record, out, 0);
    const body = latin1(out);
    const position = store.feed.positionOf(record);
    records.set(body.split(" ")[2]!, { position, body, toString: () => body });
  }
  return records;
}

function isNewerOrSame(a: string, b: string): boolean {
  const [first, second] = [a, b].map((body) => {
    const update = new Update();
    parseBody(encode(body), 0, body.length, update);
    return update;
  });
  return compareUpdates(first!, second!) >= 0;
}

test("a restart after a clean stop goes on from the positions held, and an older copy does not", async () => {
  await using trial = await Trial.start();
  await trial.tell("A", [1, 2, 3, 4]);
  await trial.converge();
  const end = trial.herd.node("A").store.feed.end;
  await until(() => trial.herd.node("A").status.records.disk!.pending === 0);
  const crashed = trial.snapshot("A");
  await trial.stop("A");
  const log = recordingLog();
  await trial.start("A", log);
  const { fields } = await log.next("link.followed", (it) => it.neighbour === "B");
  assertEquals(fields.position, end);
  await trial.stop("A");
  trial.restore("A", crashed);
  const crashLog = recordingLog();
  await trial.start("A", crashLog);
  const followed = await crashLog.next("link.followed", (it) => it.neighbour === "B");
  assertEquals(followed.fields.position, 0);
  await trial.converge();
});

test("a restart after a crash goes on from what followers had acknowledged by the last commit", async () => {
  await using trial = await Trial.start();
  await trial.tell("A", [1, 2, 3, 4]);
  await trial.converge();
  const { store: { feed }, status } = trial.herd.node("A");
  await until(() => status.neighbours.get("B")!.acknowledged === feed.end);
  const { commits } = status.records.disk!;
  await until(() => status.records.disk!.commits >= commits + 2, 10_000);
  const crashed = trial.snapshot("A");
  const saved = feed.end;
  // All this is lost at A, and B has it.
  await trial.tell("A", [1, 5, 6]);
  await trial.converge();
  await trial.stop("A");
  trial.restore("A", crashed);
  const log = recordingLog();
  await trial.start("A", log);
  const { fields } = await log.next("link.followed", (it) => it.neighbour === "B");
  assertEquals(fields.position, saved);
  await trial.tell("A", [2, 7]);
  await trial.converge();
});

test("a server that comes back from a backup gets what is newer, and takes nothing back", async () => {
  await using trial = await Trial.start();
  await trial.tell("A", [1, 2, 3, 4, 5, 6]);
  await trial.converge();
  const backup = await trial.backUp("A");
  // Followers now hold newer positions of A than the backup knows.
  await trial.tell("A", [1, 3, 7, 5]);
  await trial.converge();
  await trial.stop("A");
  await trial.tell("C", [2, 8]);
  trial.restore("A", backup);
  await trial.start("A");
  await trial.tell("A", [9, 1]);
  await trial.converge();
  await trial.tell("A", [4]);
  await trial.converge();
});

test("a backup can be restored twice, and both of its lives are told apart", async () => {
  await using trial = await Trial.start();
  await trial.tell("A", [1, 2, 3]);
  await trial.converge();
  await trial.stop("A");
  const copy = trial.snapshot("A");
  for (let life = 0; life < 3; life++) {
    trial.restore("A", copy);
    await trial.start("A");
    // The same positions, with other news in each life.
    await trial.tell("A", [10 + life, 1]);
    if (life < 2) await trial.converge();
    await trial.stop("A");
  }
  await trial.start("A");
  await trial.converge();
});

test("a folder that was copied after a clean stop may come back after a later life", async () => {
  await using trial = await Trial.start();
  await trial.tell("A", [1, 2, 3]);
  await trial.tell("B", [4, 5]);
  await trial.converge();
  await trial.stop("A");
  const copy = trial.snapshot("A");
  await trial.stop("B");
  await trial.start("A");
  await trial.tell("A", [1, 6, 2]);
  await trial.start("B");
  await trial.converge();
  await trial.tell("A", [3]);
  await trial.stop("A");
  await trial.tell("B", [5]);
  trial.restore("A", copy);
  await trial.start("A");
  await trial.tell("A", [7]);
  await trial.converge();
});

test("a server that lost its folder is given everything", async () => {
  await using trial = await Trial.start();
  await trial.tell("A", [1, 2, 3]);
  await trial.tell("B", [4, 5]);
  await trial.converge();
  await trial.stop("B");
  Deno.removeSync(trial.herd.folderOf("B"), { recursive: true });
  await trial.start("B");
  await trial.converge();
  assertEquals(trial.herd.node("B").store.size, 5);
});

test("whatever is restored in whatever order, all servers have the same in the end", async () => {
  await using trial = await Trial.start();
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  const random = randomFrom(seed);
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)]!;
  const copies = new Map<string, string[]>(NAMES.map((it) => [it, []]));
  const steps: string[] = [];
  try {
    for (let i = 0; i < 40; i++) {
      const name = pick(NAMES);
      const step = pick(["tell", "tell", "back up", "restore", "restore"]);
      steps.push(`${step} ${name}`);
      if (step === "tell") {
        if (!trial.isRunning(name)) await trial.start(name);
        await trial.tell(name, Array.from({ length: 3 }, () => Math.floor(random() * 20)));
      } else if (step === "back up") copies.get(name)!.push(await trial.backUp(name));
      else if (trial.isRunning(name)) await trial.stop(name);
      else {
        if (copies.get(name)!.length > 0) trial.restore(name, pick(copies.get(name)!));
        await trial.start(name);
      }
      trial.checkHeld();
    }
    for (const name of NAMES) if (!trial.isRunning(name)) await trial.start(name);
    await trial.converge();
  } catch (error) {
    throw new Error(`With seed ${seed}: ${steps.join(", ")}`, { cause: error });
  }
});

/** Numbers of [0, 1) that are the same for the same seed (xorshift). */
function randomFrom(seed: number): () => number {
  let state = seed || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
