// One trial: a random herd, random news and random faults, then peace; and what must hold after it.

import { encode } from "../../src/protocol/bytes.ts";
import { Instant } from "../../src/protocol/instant.ts";
import { silentLog } from "../../src/protocol/log.ts";
import { parseRequest, Request } from "../../src/protocol/request.ts";
import { Update, writeBody } from "../../src/protocol/update.ts";
import { LINK_TIMINGS } from "../../src/flood/environment.ts";
import { Links } from "../../src/flood/links.ts";
import { Secrets } from "../../src/flood/mac.ts";
import { MAX_AT_BYTES } from "../../src/flood/follow.ts";
import { MAX_POS_BYTES } from "../../src/flood/messages.ts";
import { Store } from "../../src/store/store.ts";
import { LineReader } from "../../src/protocol/lines.ts";
import { latin1, referenceCompare } from "../support/reference.ts";
import { Wire, World } from "./world.ts";

/** A mistake that is planted to see whether a trial finds it. */
export interface Fault {
  /** The feed id of a server's next start. */
  feedId?(server: string, world: World): string;
  /** The incarnation of a server's next start. */
  incarnation?(server: string, world: World): string;
  /** Spoils a new store. */
  spoil?(store: Store): void;
}

/** What a trial found, and what happened in it. */
export interface Verdict {
  /** What does not hold; empty when all does. */
  readonly violations: readonly string[];
  readonly trace: readonly string[];
}

const PHASE_MS = 4_000;
const PEACE_MS = 12_000;
/** Invariant 1 is looked at after each so many events: looking is what costs most. */
const CHECK_EVERY = 12;
const MAX_DELAY_MS = 30;
const CLIENTS = ["a", "b", "c", "d", "e", "f"];
const CLOCK_OFFSETS_MS = [0, 0, 0, 40, -300, 1_500];

/** Runs the trial of this seed. */
export async function trial(seed: number, fault: Fault = {}): Promise<Verdict> {
  const herd = new SimulatedHerd(new World(seed), fault);
  const { world } = herd;
  const events = 10 + world.below(40);
  for (let i = 0; i < events; i++) {
    world.after(world.random() * PHASE_MS, () => herd.disturb());
  }
  for (let i = 0; i < 60; i++) world.after(world.random() * PHASE_MS, () => herd.tell());
  const check = everyNth(CHECK_EVERY, () => herd.checkHeld());
  await world.run(PHASE_MS, check);
  herd.heal();
  await world.run(PEACE_MS, check);
  herd.checkEnd();
  return { violations: herd.violations, trace: herd.trace };
}

/** One run of one server: ends when it is killed. */
class Run {
  readonly store: Store;
  readonly links: Links;
  readonly acknowledged: string[] = [];
  isAlive = true;

  constructor(store: Store, links: (run: Run) => Links) {
    this.store = store;
    this.links = links(this);
  }

  /** The body stored for a client. */
  body(client: string): string | undefined {
    const id = encode(client);
    const record = this.store.find(id, 0, id.length);
    return record === 0 ? undefined : bodyOf(this.store, record);
  }
}

class SimulatedHerd {
  readonly world: World;
  readonly violations: string[] = [];
  readonly trace: string[] = [];
  readonly #fault: Fault;
  readonly #names: string[];
  readonly #edges: [string, string][] = [];
  readonly #runs = new Map<string, Run>();
  readonly #offsets = new Map<string, number>();
  readonly #wires = new Set<{ wire: Wire; between: readonly [string, string] }>();
  readonly #apart = new Set<string>();
  readonly #secrets = new Secrets([encode("the secret of the simulated herd, 32 bytes or more")]);
  readonly #request = new Request();
  readonly #update = new Update();

  constructor(world: World, fault: Fault) {
    this.world = world;
    this.#fault = fault;
    // Sparse herds of a few servers heal least, and so show most.
    const size = world.random() < 0.7 ? 3 + world.below(3) : 3 + world.below(10);
    this.#names = Array.from({ length: size }, (_, i) => `S${i}`);
    for (let i = 1; i < size; i++) this.#edges.push([`S${world.below(i)}`, `S${i}`]);
    const extra = world.below(size);
    for (let i = 0; i < extra; i++) {
      const [one, other] = [world.pick(this.#names), world.pick(this.#names)];
      const isNew = !this.#edges.some((it) => it.includes(one) && it.includes(other));
      if (one !== other && isNew) this.#edges.push([one, other]);
    }
    for (const name of this.#names) this.#offsets.set(name, world.pick(CLOCK_OFFSETS_MS));
    for (const name of this.#names) this.#start(name);
  }

  /** A client tells a server where it is, with a clock that may be off by days. */
  tell(): void {
    const { world } = this;
    const name = world.pick(this.#names);
    const run = this.#runs.get(name)!;
    if (!run.isAlive) return;
    const client = world.pick(CLIENTS);
    const now = new Instant();
    world.clock(this.#offsets.get(name)!, () => true).now(now);
    // Whole seconds make equal times at two servers likely.
    const seconds = now.seconds + world.pick([0, 0, 0, 0, -1, -86_400 * 3, 4, 86_400 * 2]);
    const line = encode(`IAMAT ${client} +${world.below(90)}-${world.below(180)} ${seconds}`);
    parseRequest(line, 0, line.length, this.#request);
    const out = new Uint8Array(256);
    const end = writeBody(encode(name), now, this.#request, line, out, 0, this.#update);
    if (run.store.apply(this.#update, 0, false) === "newer") {
      run.acknowledged.push(latin1(out.subarray(0, end)));
      this.#say(`${name} takes ${latin1(out.subarray(0, end))}`);
    }
  }

  /** Something goes wrong. */
  disturb(): void {
    const { world } = this;
    const name = world.pick(this.#names);
    const kind = world.below(6);
    if (kind <= 1) {
      this.#kill(name);
      world.after(world.random() * 1_500, () => this.#start(name));
    } else if (kind === 2) {
      for (const { wire, between } of this.#wires) {
        if (between.includes(name) && world.random() < 0.5) wire.cut();
      }
      this.#say(`wires of ${name} are cut`);
    } else if (kind === 3) {
      for (const { wire, between } of this.#wires) {
        if (between.includes(name) && world.random() < 0.5) wire.isSilent = true;
      }
      this.#say(`wires of ${name} fall silent`);
    } else {
      const edge = world.pick(this.#edges).join("-");
      this.#apart.add(edge);
      this.#say(`${edge} is apart`);
      world.after(world.random() * 2_000, () => this.#apart.delete(edge));
    }
  }

  /** Everything that can come back comes back. */
  heal(): void {
    this.#apart.clear();
    for (const name of this.#names) this.#start(name);
    this.#say("peace");
  }

  /** Invariant 1, between each follower and the feed that its held position is of. */
  checkHeld(): void {
    for (const [name, run] of this.#runs) {
      if (!run.isAlive) continue;
      for (const [leader, { held }] of run.links.neighbours) {
        const feed = this.#runs.get(leader)?.store.feed;
        if (held === undefined || feed === undefined || feed.id !== held.feedId) continue;
        const { store } = this.#runs.get(leader)!;
        using reader = feed.readFrom(0);
        for (let record = reader.next(); record !== 0; record = reader.next()) {
          if (feed.positionOf(record) > held.position) break;
          const body = bodyOf(store, record);
          const mine = run.body(body.split(" ")[2]!);
          if (mine === undefined || referenceCompare(mine, body) < 0) {
            this.#violate(`${name} holds ${held.position} of ${leader} and lacks '${body}'`);
          }
        }
      }
    }
  }

  /** All equal, and nothing lost that a server which lived on had acknowledged. */
  checkEnd(): void {
    const runs = [...this.#runs.values()];
    for (const client of CLIENTS) {
      const bodies = new Set(runs.map((it) => it.body(client)));
      if (bodies.size !== 1) this.#violate(`servers differ about ${client}`);
    }
    for (const run of runs) {
      for (const body of run.acknowledged) {
        const kept = run.body(body.split(" ")[2]!);
        if (kept === undefined || referenceCompare(kept, body) < 0) this.#violate(`lost '${body}'`);
      }
    }
  }

  #start(name: string): void {
    const { world } = this;
    if (this.#runs.get(name)?.isAlive) return;
    const feedId = this.#fault.feedId?.(name, world) ?? world.token();
    const incarnation = this.#fault.incarnation?.(name, world) ?? world.token();
    const store = new Store(feedId, world.below(2 ** 32));
    this.#fault.spoil?.(store);
    const run = new Run(store, (run) =>
      new Links({
        herd: "simulated",
        self: name,
        incarnation,
        neighbours: this.#edges.filter((it) => it.includes(name))
          .map(([one, other]) => one === name ? other : one),
        store,
        secrets: this.#secrets,
        clock: world.clock(this.#offsets.get(name)!, () => run.isAlive),
        log: silentLog,
        // Small batches: one or two lines, so that a reader is behind most of the time.
        timings: { ...LINK_TIMINGS, batchBytes: MAX_AT_BYTES + MAX_POS_BYTES + world.below(120) },
        randomToken: () => world.token(),
        random: world.random,
        dial: (neighbour) => this.#dial(name, neighbour),
      }));
    this.#runs.set(name, run);
    run.links.start();
    this.#say(`${name} starts`);
  }

  #kill(name: string): void {
    const run = this.#runs.get(name)!;
    if (!run.isAlive) return;
    run.isAlive = false;
    for (const { wire, between } of this.#wires) {
      if (!between.includes(name)) continue;
      // A machine that lost power does not say goodbye.
      if (this.world.random() < 0.3) wire.isSilent = true;
      else wire.cut();
    }
    this.#say(`${name} is killed`);
  }

  async #dial(from: string, to: string): Promise<Wire["ends"][0]> {
    const wire = new Wire(this.world, MAX_DELAY_MS);
    await new Promise<void>((resolve) => this.world.after(this.world.random() * 5, resolve));
    const isApart = this.#apart.has(`${from}-${to}`) || this.#apart.has(`${to}-${from}`);
    const target = this.#runs.get(to);
    if (isApart || !target?.isAlive) throw new Error("Connection refused");
    this.#wires.add({ wire, between: [from, to] });
    const [mine, theirs] = wire.ends;
    void serve(target.links, theirs);
    return mine;
  }

  #say(what: string): void {
    this.trace.push(`${this.world.nowMs.toFixed(1).padStart(8)} ${what}`);
  }

  #violate(what: string): void {
    if (this.violations.includes(what)) return;
    this.violations.push(what);
    this.#say(`VIOLATION: ${what}`);
  }
}

/** What a session does with the first line of a link. */
async function serve(links: Links, end: Wire["ends"][0]): Promise<void> {
  const lines = new LineReader(end);
  try {
    while (!lines.nextLine()) if ((await lines.next()).done) return;
    await links.serve(end, lines, "simulated");
  } catch {
    // The wire broke before its first line.
  }
}

function bodyOf(store: Store, record: number): string {
  const out = new Uint8Array(store.bodyLength(record));
  store.copyBody(record, out, 0);
  return latin1(out);
}

function everyNth(n: number, run: () => void): () => void {
  let count = 0;
  return () => {
    if (++count % n === 0) run();
  };
}
