// What sessions and links under test are handed: a clock that stands still, a store that can be
// emptied, and links of Goloman in the herd `ucla` with one neighbour, Hands, and no secret.

import type { Connection } from "../../src/base/connection.ts";
import { LINK_TIMINGS } from "../../src/flood/environment.ts";
import { Links } from "../../src/flood/links.ts";
import { Secrets } from "../../src/flood/mac.ts";
import type { LinkEnvironment } from "../../src/flood/environment.ts";
import type { Clock } from "../../src/base/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import { Store } from "../../src/store/store.ts";
import { getLatin1 } from "./text.ts";

/** The time, in whole seconds and nanoseconds. */
export const NOW = { seconds: 1_520_023_935, nanos: 182_837_383 } as const;

/** It is always now, and no timer ever fires. */
export const stillClock: Clock = {
  now: (into) => into.set(NOW.seconds, NOW.nanos),
  monotonicMs: () => 0,
  after: () => () => {},
};

const TOKEN = "0123456789abcdef".repeat(2);

/** A store that can be used again and again: a new one would cost a megabyte each time. */
export class ReusableStore extends Store {
  constructor() {
    super(TOKEN, 1);
  }

  /** Forgets all records. */
  clear(): void {
    this.horizon = Number.MAX_SAFE_INTEGER;
    while (this.records > 0) this.sweep(1_000);
    this.horizon = 0;
  }

  /** The bodies of all records as Latin-1, sorted. */
  bodies(): string[] {
    using reader = this.feed.readFrom(0);
    const bodies: string[] = [];
    for (let record = reader.next(); record !== 0; record = reader.next()) {
      const bytes = new Uint8Array(this.bodyLength(record));
      this.copyBody(record, bytes, 0);
      bodies.push(getLatin1(bytes, 0, bytes.length));
    }
    return bodies.sort();
  }
}

/** The surroundings of Goloman's links; each dial gives `dialled`. */
export function linkEnvironment(store: Store, dialled?: Connection): LinkEnvironment {
  return {
    herd: "ucla",
    self: "Goloman",
    incarnation: TOKEN,
    neighbours: ["Hands"],
    store,
    secrets: new Secrets([]),
    clock: stillClock,
    log: silentLog,
    timings: LINK_TIMINGS,
    randomToken: () => TOKEN,
    random: () => 0.5,
    dial: () => dialled ? Promise.resolve(dialled) : Promise.reject(new Error("Refused")),
  };
}

/** Goloman's links; they follow nobody unless they are started. */
export function newLinks(store: Store): Links {
  return new Links(linkEnvironment(store));
}
