// What one server must have, whatever happens to it: what it took in this incarnation, and over a crash
// what its disk held and what it had promised to keep.

import { encode } from "../../../src/base/bytes.ts";
import type { Store } from "../../../src/store/store.ts";
import { referenceCompare, skewNanos, toNanos } from "../../support/reference/reference.ts";

const NANOS_PER_SECOND = 1_000_000_000n;
const MAX_AHEAD_NANOS = 5n * NANOS_PER_SECOND;

/** The client that a body is about. */
export function clientOf(body: string): string {
  const start = body.indexOf(" ", body.indexOf(" ") + 1) + 1;
  return body.slice(start, body.indexOf(" ", start));
}

/** True if `body` is what was wanted, or newer. */
export function suffices(body: string | undefined, wanted: string): boolean {
  return body === wanted || (body !== undefined && referenceCompare(body, wanted) > 0);
}

/** The effective time of a body in whole POSIX seconds. */
export function effectiveSeconds(body: string): number {
  const [, skew, , , time] = body.split(" ");
  const nanos = toNanos(time!);
  const limit = nanos + skewNanos(skew!) + MAX_AHEAD_NANOS;
  return Number((nanos < limit ? nanos : limit) / NANOS_PER_SECOND);
}

/** The bodies of a store by client. */
export function bodiesOf(store: Store): Map<string, string> {
  const bodies = new Map<string, string>();
  using reader = store.feed.readFrom(0);
  for (let record = reader.next(); record !== 0; record = reader.next()) {
    const body = bodyOf(store, record);
    bodies.set(clientOf(body), body);
  }
  return bodies;
}

const decoder = new TextDecoder();
const scratch = new Uint8Array(8 * 1024);

/** What a store has of a client. */
export function bodyIn(store: Store, client: string): string | undefined {
  const id = encode(client);
  const record = store.find(id, 0, id.length);
  return record === 0 ? undefined : bodyOf(store, record);
}

/** The body of one record. */
export function bodyOf(store: Store, record: number): string {
  return decoder.decode(scratch.subarray(0, store.copyBody(record, scratch, 0)));
}

/** What one server must have. */
export class Ledger {
  readonly #server: string;
  readonly #violate: (what: string) => void;
  readonly #isExpired: (body: string) => boolean;
  /** The newest that it took, by client. */
  #taken = new Map<string, string>();
  /** The newest that it promised to keep over a crash, by client. */
  #promised = new Map<string, string>();

  /** `isExpired`: whether nobody needs to have a body any more. */
  constructor(
    server: string,
    violate: (what: string) => void,
    isExpired: (body: string) => boolean,
  ) {
    this.#server = server;
    this.#violate = violate;
    this.#isExpired = isExpired;
  }

  /** It took this body for news. */
  took(body: string): void {
    const client = clientOf(body);
    const before = this.#taken.get(client);
    // What was dropped as too old may be told again after a horizon went back.
    if (before !== undefined && referenceCompare(body, before) <= 0 && !this.#isExpired(before)) {
      this.#violate(`${this.#server} took '${body}' over '${before}'`);
    }
    this.#taken.set(client, body);
  }

  /** The newest that it took of a client. */
  newest(client: string): string | undefined {
    return this.#taken.get(client);
  }

  /** It promised to keep this body, or a newer one. */
  promised(body: string): void {
    const client = clientOf(body);
    if (!suffices(this.#promised.get(client), body)) this.#promised.set(client, body);
  }

  /** It promised to keep all that it has. */
  promisedAll(): void {
    this.#promised = new Map(this.#taken);
  }

  /** Nothing that it promised can be asked for: its disk is lost, or is as it was before. */
  forgive(): void {
    this.#promised.clear();
  }

  /** It goes on with what its disk holds. */
  fellBackTo(saved: ReadonlyMap<string, string>): void {
    this.#compare(saved, this.#promised, "lost in a crash, though promised:");
    this.#taken = new Map(saved);
  }

  /** Compares what it has with what it must have. */
  check(store: Store): void {
    this.#compare(bodiesOf(store), this.#taken, "lacks");
  }

  #compare(has: ReadonlyMap<string, string>, wanted: Map<string, string>, complaint: string): void {
    for (const [client, body] of wanted) {
      if (!suffices(has.get(client), body) && !this.#isExpired(body)) {
        this.#violate(`${this.#server} ${complaint} '${body}'`);
      }
    }
  }
}
