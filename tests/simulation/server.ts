// A simulated server over all its lives: its machine, its disk, its clock, and what it must not
// lose. What runs on it is in life.ts.

import { SimulatedDisk } from "./disk.ts";
import type { SimulatedHerd } from "./herd.ts";
import { Ledger } from "./ledger.ts";
import { Life } from "./life.ts";

/** The wait before a start that its disk refused is tried again. */
const START_AGAIN_MS = 50;

/** One server of a simulated herd. */
export class SimulatedServer {
  readonly herd: SimulatedHerd;
  readonly name: string;
  /** Undefined in a herd that keeps no files. */
  readonly disk: SimulatedDisk | undefined;
  readonly ledger: Ledger;
  /** How far its clock is ahead of the world's. */
  clockOffsetMs: number;
  /** Whether its machine has power. */
  isOn = true;
  /** Whether it is never going to start again. */
  isGone = false;
  #life: Life | undefined;

  constructor(herd: SimulatedHerd, name: string, clockOffsetMs: number) {
    const { world, setup } = herd;
    this.herd = herd;
    this.name = name;
    this.clockOffsetMs = clockOffsetMs;
    this.disk = setup.durability === "none"
      ? undefined
      : new SimulatedDisk(world, setup.durability === "commit");
    this.ledger = new Ledger(name, (what) => herd.violate(what));
  }

  /** Its present life, if it has one. */
  get life(): Life | undefined {
    return this.#life?.isAlive ? this.#life : undefined;
  }

  /** Starts it, if it does not run. */
  start(): void {
    if (this.isGone || this.life !== undefined) return;
    const { herd, name } = this;
    this.isOn = true;
    herd.trace?.add(name, "starts");
    const life = this.#life = new Life(this);
    life.start(herd.logOf(name)).catch((error) => {
      herd.trace?.add(name, "cannot start", String(error));
      this.#end(life);
      herd.world.after(START_AGAIN_MS, () => this.start());
    });
  }

  /** Ends its process, as SIGKILL does, or takes its power away. */
  kill(how: "process" | "power" = "process"): void {
    const { herd, name, life, disk } = this;
    if (life === undefined) return;
    herd.trace?.add(name, how === "power" ? "loses power" : "is killed");
    if (how === "power") this.isOn = false;
    this.#end(life);
    if (how === "power") disk?.losePower();
    else disk?.crash();
    this.#fallBack();
  }

  /** Orders it to stop. */
  stop(): void {
    const { herd, name, life } = this;
    if (!life?.isListening) return;
    herd.trace?.add(name, "is told to stop");
    life.stop().then(() => {
      const isClean = this.disk?.content.mark !== undefined;
      herd.trace?.add(name, "has stopped", isClean ? "with all saved" : "");
      if (isClean) this.ledger.promisedAll();
      this.#fallBack();
    });
  }

  /** An empty disk takes the place of its own. */
  loseDisk(): void {
    const { herd, name, ledger, disk } = this;
    if (disk === undefined) return;
    herd.trace?.add(name, "loses its disk");
    disk.replace();
    ledger.forgive();
    if (this.life === undefined) this.#fallBack();
  }

  /** What was on its disk at some time is on it again. */
  restoreBackup(): void {
    const { herd, name, ledger, disk } = this;
    if (disk === undefined || this.life !== undefined) return;
    herd.trace?.add(name, "gets a backup back");
    disk.restoreBackup();
    ledger.forgive();
    this.#fallBack();
  }

  /** Nothing holds it up any more. */
  heal(): void {
    const { life } = this;
    if (life === undefined) return this.start();
    life.fuse = Infinity;
    life.resume();
  }

  /** It is never going to start again. */
  leave(): void {
    this.herd.trace?.add(this.name, "is gone for ever");
    this.isGone = true;
  }

  #end(life: Life): void {
    life.end();
    this.#life = undefined;
  }

  #fallBack(): void {
    this.ledger.fellBackTo(this.disk?.records() ?? new Map());
  }
}
