// A simulated server over all its incarnations: its machine, its disk, its clock, and what it must not
// lose. What runs on it is in incarnation.ts.

import { SimulatedDisk } from "../world/disk.ts";
import { Ledger } from "../checks/ledger.ts";
import { Incarnation } from "./incarnation.ts";
import type { HerdOfServers, ServerOfHerd } from "./relations.ts";

/** The wait before a start that its disk refused is tried again. */
const START_AGAIN_MS = 50;
/** The longest that a server is away. */
const MAX_AWAY_MS = 600;
/** How many servers come back with an empty disk, with a backup, or not at all. */
const LOST_DISK_SHARE = 0.08;
const BACKUP_SHARE = 0.08;
const GONE_SHARE = 0.03;
/** So many servers are there at the end. */
const MIN_LEFT = 2;

/** One server of a simulated herd. */
export class SimulatedServer implements ServerOfHerd {
  readonly herd: HerdOfServers;
  readonly name: string;
  /** Undefined in a herd that keeps no files. */
  readonly disk: SimulatedDisk | undefined;
  readonly ledger: Ledger;
  /** How far its clock is ahead of the world's. */
  clockOffsetMs: number;
  /** True if its machine has power. */
  isOn = true;
  /** True if it is never going to start again. */
  isGone = false;
  /** Called when a neighbour connects to it. */
  onAccept: (() => void) | undefined;
  #incarnation: Incarnation | undefined;

  constructor(herd: HerdOfServers, name: string, clockOffsetMs: number) {
    const { world, setup } = herd;
    this.herd = herd;
    this.name = name;
    this.clockOffsetMs = clockOffsetMs;
    const { durability, maxCommitMs } = setup;
    this.disk = durability === "none"
      ? undefined
      : new SimulatedDisk(world, { maxCommitMs, isSynchronous: durability === "commit" });
    this.ledger = new Ledger(
      name,
      (what) => herd.violate(what),
      (body) => herd.isExpired(body),
    );
  }

  /** Its present incarnation, if it has one. */
  get incarnation(): Incarnation | undefined {
    return this.#incarnation?.isAlive ? this.#incarnation : undefined;
  }

  /** Starts it, if it does not run. */
  start(): void {
    if (this.isGone || this.incarnation !== undefined) return;
    const { herd, name } = this;
    this.isOn = true;
    herd.trace?.add(name, "starts");
    const incarnation = this.#incarnation = new Incarnation(this);
    incarnation.start(herd.logOf(name)).catch((error) => {
      herd.trace?.add(name, "cannot start", String(error));
      this.#end(incarnation);
      herd.world.after(START_AGAIN_MS, () => this.start());
    });
  }

  /** Ends its process, as SIGKILL does, or takes its power away. */
  kill(how: "process" | "power" = "process"): void {
    const { herd, name, incarnation, disk } = this;
    if (incarnation === undefined) return;
    herd.trace?.add(name, how === "power" ? "loses power" : "is killed");
    if (how === "power") this.isOn = false;
    this.#end(incarnation);
    if (how === "power") disk?.losePower();
    else disk?.crash();
    this.#goDown();
  }

  /** Orders it to stop. */
  stop(): void {
    const { herd, name, incarnation } = this;
    if (!incarnation?.isListening) return;
    herd.trace?.add(name, "is told to stop");
    // One that is paused hears of it when it goes on.
    incarnation.enter(() => void this.#stop(incarnation));
  }

  /** An empty disk takes the place of its own. */
  loseDisk(): void {
    const { herd, name, ledger, disk } = this;
    if (disk === undefined) return;
    herd.trace?.add(name, "loses its disk");
    disk.replace();
    ledger.forgive();
  }

  #restoreBackup(): void {
    const { herd, name, ledger, disk } = this;
    if (disk === undefined) return;
    herd.trace?.add(name, "gets a backup back");
    disk.restoreBackup();
    ledger.forgive();
  }

  /** Nothing holds it up any more. */
  heal(): void {
    const { incarnation } = this;
    if (incarnation === undefined) return this.start();
    incarnation.fuse = Infinity;
    incarnation.resume();
  }

  async #stop(incarnation: Incarnation): Promise<void> {
    const { herd, name, disk, ledger } = this;
    if (!incarnation.isListening) return;
    await incarnation.stop();
    const isClean = disk?.content.mark !== undefined;
    herd.trace?.add(name, "has stopped", isClean ? "with all saved" : "");
    if (isClean) ledger.promisedAll();
    this.#goDown();
  }

  #end(incarnation: Incarnation): void {
    incarnation.end();
    this.#incarnation = undefined;
  }

  /** It went down: goes on with what its disk holds, mostly. */
  #goDown(): void {
    const { herd, ledger, disk } = this;
    ledger.fellBackTo(disk?.records() ?? new Map());
    herd.world.after(herd.world.random() * MAX_AWAY_MS, () => this.#comeBack());
  }

  /** It is never going to start again, unless hardly anybody would be left. */
  #leave(): void {
    const { herd, name } = this;
    if ([...herd.servers.values()].filter((it) => !it.isGone).length <= MIN_LEFT) return;
    herd.trace?.add(name, "is gone for ever");
    this.isGone = true;
  }

  #comeBack(): void {
    const { herd } = this;
    if (this.incarnation !== undefined) return;
    const chance = herd.world.random();
    if (!herd.isAtPeace) {
      if (chance < LOST_DISK_SHARE) this.loseDisk();
      else if (chance < LOST_DISK_SHARE + BACKUP_SHARE) this.#restoreBackup();
      else if (chance < LOST_DISK_SHARE + BACKUP_SHARE + GONE_SHARE) this.#leave();
    }
    this.start();
  }
}
