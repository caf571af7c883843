// Sessions of one server, each on a wire of the test's own.

import { encode } from "../../../src/base/bytes.ts";
import type { Clock } from "../../../src/base/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { PlacesDesk } from "../../../src/server/clients/places_desk.ts";
import { ReplyLatency } from "../../../src/server/clients/replies/reply_latency.ts";
import { noRequests } from "../../../src/server/clients/request_counts.ts";
import { Session, type SessionContext } from "../../../src/server/clients/session.ts";
import { LIMITS } from "../../../src/server/limits.ts";
import { memoryStorage } from "../../../src/server/records/storage.ts";
import { Pace } from "../../../src/server/turns/pace.ts";
import { Rounds } from "../../../src/server/turns/rounds.ts";
import { NO_PLACES, placesOf } from "../../support/herds/herd.ts";

/** Brings chunks and takes writes when it is told to. */
export class Wire {
  isClosed = false;
  readonly written: string[] = [];
  #deliver: (bytes: Uint8Array) => void = () => {};
  #taken: () => void = () => {};
  #fail: () => void = () => {};

  async read(buffer: Uint8Array): Promise<number> {
    const bytes = await new Promise<Uint8Array>((resolve, reject) => {
      this.#deliver = resolve;
      this.#fail = () => reject(new Error("closed"));
    });
    buffer.set(bytes);
    return bytes.length;
  }

  async write(bytes: Uint8Array): Promise<number> {
    this.written.push(new TextDecoder().decode(bytes));
    await new Promise<void>((resolve) => this.#taken = resolve);
    return bytes.length;
  }

  close(): void {
    this.isClosed = true;
    this.#fail();
  }

  bring(text: string): void {
    this.#deliver(encode(text));
  }

  take(): void {
    this.#taken();
  }
}

/** Context of a server's sessions: no places, and whatever else is given. */
export function sessionContext(clock: Clock, more: Partial<SessionContext> = {}): SessionContext {
  return {
    name: encode("Goloman"),
    store: memoryStorage().store,
    clock,
    places: new PlacesDesk(placesOf(() => NO_PLACES), { maxWaiting: 10, clock }),
    links: undefined,
    tokens: undefined,
    limits: LIMITS,
    log: silentLog,
    counts: noRequests(),
    latency: new ReplyLatency(clock),
    unread: { take() {}, give() {} },
    pace: new Pace(clock),
    rounds: new Rounds(clock),
    ...more,
  };
}

/** A session that does not run yet, of a client that is admitted. */
export function newSession(context: SessionContext, wire: Wire): Session {
  const ticket = { isRefused: false, admitClient: () => true, release() {} };
  return new Session(context, wire, { peer: "test:1", ticket });
}
