// Byte connections of a simulated world. Each direction keeps its order and has a delay and a
// window of its own, so connections overtake each other, writers wait for slow readers, and a wire
// can break in the middle of a line, fall silent in one direction, or stand still for a while.

import type { Connection } from "../../../src/base/connection.ts";
import { Lane, type Path } from "./lane.ts";
import type { World } from "./world.ts";

/** The process that owns an end of a wire, and the machine it runs on. */
export interface Host {
  /** True if the machine runs at all: one without power does not even refuse what arrives. */
  readonly isOn: boolean;
  /** Runs something as the process: now, when it goes on, or never if it is dead. */
  enter(run: () => void): void;
}

/** What a wire is like. */
export interface WireOptions {
  /** Bytes of one direction that may be under way or unread before a write waits. */
  readonly windowBytes?: number;
  readonly path?: Path;
  readonly hosts?: readonly [Host, Host];
}

const ALWAYS_ON: Host = { isOn: true, enter: (run) => run() };
const OPEN: Path = { blockedUntilMs: 0 };

/** How many closings tell the other side by an error, with a part of what was written. */
const ABRUPT_SHARE = 0.4;
/** How many writes take less than there is room for. */
const PARTIAL_SHARE = 0.1;

/** Two ends of a byte stream. */
export class Wire {
  readonly ends: readonly [End, End];
  readonly #world: World;

  /** `maxDelayMs`: the longest that bytes are under way, but for few that take much longer. */
  constructor(world: World, maxDelayMs: number, options: WireOptions = {}) {
    const { windowBytes = 64 * 1024, path = OPEN, hosts: [one, other] = [ALWAYS_ON, ALWAYS_ON] } =
      options;
    const there = new Lane(world, path, maxDelayMs, windowBytes);
    const back = new Lane(world, path, maxDelayMs, windowBytes);
    this.#world = world;
    this.ends = [new End(world, one, back, there), new End(world, other, there, back)];
  }

  /** True if nobody uses it any more. */
  get isOver(): boolean {
    return this.ends.every((it) => it.isOver);
  }

  /** Breaks it: of what is under way each side gets a part, cut anywhere, and then an error. */
  cut(): void {
    for (const end of this.ends) end.break();
  }

  /** Nothing arrives any more in one direction, or in both, and nobody is told. */
  fallSilent(): void {
    const which = this.#world.below(3);
    if (which !== 0) this.ends[0].fallSilent();
    if (which !== 1) this.ends[1].fallSilent();
  }
}

/** One end of a wire. */
export class End implements Connection {
  readonly #world: World;
  readonly #host: Host;
  readonly #incoming: Lane;
  readonly #outgoing: Lane;
  #isClosed = false;
  #wakeReader: (() => void) | undefined;
  #wakeWriter: (() => void) | undefined;

  constructor(world: World, host: Host, incoming: Lane, outgoing: Lane) {
    this.#world = world;
    this.#host = host;
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    incoming.takes = () => this.#takes();
    incoming.onArrival = () => this.#wake();
    outgoing.onRoom = () => this.#wake();
  }

  /** True if it was closed here, or knows that the wire broke. */
  get isOver(): boolean {
    return this.#isClosed || this.#incoming.isBroken;
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    for (;;) {
      if (this.#isClosed) throw new Error("The connection was closed by this side");
      const count = this.#incoming.read(buffer);
      if (count !== undefined) return count;
      await new Promise<void>((resolve) => this.#wakeReader = resolve);
    }
  }

  async write(bytes: Uint8Array): Promise<number> {
    for (;;) {
      if (this.#isClosed) throw new Error("The connection was closed by this side");
      if (this.#incoming.isBroken) throw new Error("The wire broke");
      const room = Math.min(this.#outgoing.room, bytes.length);
      if (room > 0) {
        const isPartial = this.#world.happens(PARTIAL_SHARE);
        const count = isPartial ? 1 + this.#world.below(room) : room;
        this.#outgoing.send(bytes.slice(0, count));
        return count;
      }
      await new Promise<void>((resolve) => this.#wakeWriter = resolve);
    }
  }

  /** Ends both directions. The other side gets what was written, or a part of it and an error. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#world.happens(ABRUPT_SHARE)) this.#outgoing.break();
    else this.#outgoing.end();
    this.#wake();
  }

  /** Its process is gone, and nobody tells the other side. */
  abandon(): void {
    this.#isClosed = true;
  }

  /** Breaks the direction towards this end. */
  break(): void {
    this.#incoming.break();
  }

  /** Swallows what goes out from here from now on. */
  fallSilent(): void {
    this.#outgoing.isSilent = true;
  }

  /** What becomes of bytes that arrive: they are taken, refused with an error, or lost. */
  #takes(): boolean {
    if (!this.#host.isOn) return false;
    if (!this.#isClosed) return true;
    this.#outgoing.refuse();
    return false;
  }

  #wake(): void {
    if (this.#wakeReader === undefined && this.#wakeWriter === undefined) return;
    this.#host.enter(() => {
      this.#wakeReader?.();
      this.#wakeWriter?.();
      this.#wakeReader = this.#wakeWriter = undefined;
    });
  }
}
