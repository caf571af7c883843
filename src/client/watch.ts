// A watch: the events of one server after the other, told as one stream.

import { HerdError } from "./errors.ts";
import { type WatchEvent, watchEventOf } from "./events.ts";
import { eventsFrom } from "./event_stream.ts";
import type { Filters } from "./forms.ts";
import { Knowledge } from "./knowledge.ts";
import { filterParameters, queryOf } from "./query.ts";
import type { Servers } from "./servers.ts";
import { anyOf, Backoff, type Timer, wait } from "./waits.ts";

/** Stands for the place behind everything that is there. */
const NOW = "now";

/** A stream that has lived for so long is no failure: its server is asked first when it is cut. */
export const STEADY_MS = 5_000;

/** Tries of each server after which one that is not ready is watched all the same. */
export const UNREADY_TRIES = 8;

/** A connection of a watch that failed or was cut. */
export interface Cut {
  /** The reason, and the server. */
  readonly error: HerdError;
  /** Milliseconds until the next try; it may be of another server. */
  readonly waitMs: number;
}

/** The place to begin, the end, and the course after a cut. */
export interface WatchOptions {
  /**
   * The place to begin: the `position` of the last event that you have, or `now` to be told what comes from
   * now on. Left out, all that is there comes first.
   */
  readonly since?: string | undefined;
  /**
   * False to be told of a `reset`, and then of all that is there, each time that a server cannot go on where
   * the one before was cut. True, as it is when left out, has the watch remember each client that is there,
   * and tell what has changed meanwhile.
   */
  readonly bridge?: boolean | undefined;
  /** Ends the watch: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Told of each connection that fails or is cut; the watch goes on by itself. */
  readonly onCut?: ((cut: Cut) => void) | undefined;
}

/** The parts that a watch works with. */
export interface WatchContext {
  readonly servers: Servers;
  readonly timer: Timer;
  readonly silenceMs: number;
  readonly signal: AbortSignal | undefined;
}

/** One watch. */
export class Watch {
  readonly #context: WatchContext;
  readonly #filters: Filters;
  readonly #options: WatchOptions;
  readonly #isArea: boolean;
  /** Undefined while the user may know of more than was told here. */
  #knowledge: Knowledge | undefined;
  /** True while those that are in the area already are learnt, and not told. */
  #isQuiet: boolean;
  /** The id of the last event. */
  #position: string | undefined;
  /** Cuts and failures since a stream was steady. */
  #failures = 0;
  /** Servers that were not ready, one after the other. */
  #unready = 0;
  readonly #backoff = new Backoff();

  /** Begins at the first event that is asked for. */
  constructor(context: WatchContext, filters: Filters, options: WatchOptions) {
    const { since, bridge = true } = options;
    this.#context = context;
    this.#filters = filters;
    this.#options = options;
    this.#isArea = filters.bbox !== undefined || filters.near !== undefined;
    this.#isQuiet = this.#isArea && since === NOW && bridge;
    const knowsAll = since === undefined || this.#isQuiet;
    if (bridge && knowsAll) this.#knowledge = new Knowledge({ isArea: this.#isArea });
    this.#position = this.#isQuiet ? undefined : since;
  }

  /** The events, for as long as the user likes. */
  async *events(): AsyncGenerator<WatchEvent, void> {
    for (;;) {
      const { current } = this.#context.servers;
      try {
        yield* this.#from(current);
      } catch (error) {
        if (!(error instanceof HerdError) || !error.isTransient) throw error;
        await this.#recover(error);
      }
    }
  }

  /** The events of one server, until its stream is cut. */
  async *#from(server: string): AsyncGenerator<WatchEvent, never> {
    const { servers, timer, silenceMs, signal: all } = this.#context;
    const signals = [all, this.#options.signal];
    await this.#checkReady(server);
    const parameters = { ...filterParameters(this.#filters), since: this.#position };
    const path = `/v1/changes${queryOf(parameters)}`;
    let stopTiming: (() => void) | undefined;
    try {
      for await (const events of eventsFrom(servers, server, { path, timer, silenceMs, signals })) {
        stopTiming ??= timer(STEADY_MS, () => this.#calm());
        for (const event of events) {
          const read = watchEventOf(event, server);
          if (read !== undefined) yield* this.#tell(read);
        }
      }
      throw new HerdError("The stream has ended", { fault: "unreachable", server });
    } finally {
      stopTiming?.();
    }
  }

  /** The events for the user, of one that a server sent. */
  *#tell(event: WatchEvent): Generator<WatchEvent, void> {
    const { bridge = true } = this.#options;
    if (event.position !== "") this.#position = event.position;
    if (event.type === "reset") {
      if (this.#knowledge === undefined) {
        if (bridge) this.#knowledge = new Knowledge({ isArea: this.#isArea });
        yield event;
      }
      this.#knowledge?.begin();
      return;
    }
    const told = this.#knowledge === undefined ? [event] : this.#knowledge.tell(event);
    for (const it of told) {
      if (it.type === "level") this.#isQuiet = false;
      if (!this.#isQuiet) yield it;
    }
  }

  /** A server that is reading what the herd has would seem to have lost clients. */
  async #checkReady(server: string): Promise<void> {
    const { servers, signal: all } = this.#context;
    if (this.#unready >= UNREADY_TRIES * servers.count) {
      this.#unready = 0;
      return;
    }
    const { controller, release } = anyOf([all, this.#options.signal]);
    try {
      if (await servers.isReady(server, controller.signal)) {
        this.#unready = 0;
        return;
      }
    } finally {
      release();
    }
    this.#unready++;
    throw new HerdError("It is not ready", { fault: "refused", server, status: 503 });
  }

  /** Waits for the next try, which is of another server if this one has failed twice, or does not answer. */
  async #recover(error: HerdError): Promise<void> {
    const { servers, timer, signal: all } = this.#context;
    const { signal, onCut } = this.#options;
    const wasSteady = this.#failures === 0;
    this.#failures++;
    if (!wasSteady || error.status !== undefined || error.fault === "timeout") {
      servers.leave(error.server);
    }
    // The first cut is followed by the same server again, which is in no round.
    const tried = this.#failures - 1;
    const isRoundOver = servers.count === 1 || tried > 0 && tried % servers.count === 0;
    const waitMs = isRoundOver ? this.#backoff.next() : 0;
    onCut?.({ error, waitMs });
    const { controller, release } = anyOf([all, signal]);
    try {
      await wait(timer, { ms: waitMs, signal: controller.signal });
    } finally {
      release();
    }
  }

  #calm(): void {
    this.#failures = 0;
    this.#backoff.reset();
  }
}
