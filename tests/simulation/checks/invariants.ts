// What must hold of a herd: invariant 1 of src/README.md at every moment, and agreement at the end.

import type { FeedPosition } from "../../../src/store/feed.ts";
import { bodiesOf, bodyIn, bodyOf, clientOf, suffices } from "./ledger.ts";
import type { HerdOfServers, IncarnationOfServer } from "../herd/relations.ts";

/** Looks after what must hold of a herd. */
export class Invariants {
  readonly #herd: HerdOfServers;
  /** The positions held that were looked at last, by follower and leader. */
  readonly #seen = new WeakMap<IncarnationOfServer, Map<string, FeedPosition>>();

  constructor(herd: HerdOfServers) {
    this.#herd = herd;
  }

  /** Checks invariant 1 of every position that is held and was not when we looked last. */
  checkHeld(): void {
    for (const server of this.#herd.servers.values()) {
      const { incarnation } = server;
      const parts = incarnation?.parts;
      if (incarnation === undefined || parts === undefined) continue;
      let seen = this.#seen.get(incarnation);
      if (seen === undefined) this.#seen.set(incarnation, seen = new Map());
      for (const [leader, { held, recordsMended }] of parts.links.neighbours) {
        // Whatever happens to servers and wires, nothing is missing without a reason.
        if (recordsMended > 0) this.#herd.violate(`${server.name} lacked what ${leader} gave it`);
        const before = seen.get(leader);
        if (held === undefined || held === before) continue;
        seen.set(leader, held);
        // What was held before was looked at before.
        const from = before?.feedId === held.feedId ? before.position : 0;
        this.#checkPair(server.name, leader, from);
      }
    }
  }

  /** Checks invariant 1 of a link that has just resumed, from the beginning of the leader's feed. */
  checkResumed(follower: string, leader: string): void {
    this.#checkPair(follower, leader, 0);
  }

  /** True if every server that runs has read all that its neighbours have. */
  isQuiet(): boolean {
    for (const { incarnation, isGone } of this.#herd.servers.values()) {
      if (isGone) continue;
      const parts = incarnation?.parts;
      if (parts === undefined) return false;
      for (const [leader, { held }] of parts.links.neighbours) {
        const { incarnation, isGone } = this.#herd.servers.get(leader)!;
        if (isGone) continue;
        const feed = incarnation?.parts?.store.feed;
        if (feed === undefined || held?.feedId !== feed.id) return false;
        if (held.position !== feed.end) return false;
      }
    }
    return true;
  }

  /** Checks that servers that are connected agree, and that each has what it must have. */
  checkEnd(): void {
    const names = this.#herd.setup.names.filter((it) => !this.#herd.servers.get(it)!.isGone);
    for (const name of names) {
      const { incarnation, ledger } = this.#herd.servers.get(name)!;
      const store = incarnation?.parts?.store;
      if (store === undefined) {
        this.#herd.violate(`${name} does not run`);
        continue;
      }
      ledger.check(store);
      const mine = bodiesOf(store);
      for (const other of this.#herd.neighboursOf(name)) {
        const theirs = this.#herd.servers.get(other)!.incarnation?.parts?.store;
        // Of each two neighbours one look is enough.
        if (theirs !== undefined && name < other) {
          this.#compare(name, mine, other, bodiesOf(theirs));
        }
      }
    }
  }

  /** True if what `follower` holds of `leader` is true, for entries after position `from`. */
  #checkPair(follower: string, leader: string, from: number): void {
    const mine = this.#herd.servers.get(follower)!.incarnation?.parts;
    const theirs = this.#herd.servers.get(leader)!.incarnation?.parts;
    const held = mine?.links.neighbours.get(leader)?.held;
    if (mine === undefined || theirs === undefined || held === undefined) return;
    const { feed } = theirs.store;
    if (feed.id !== held.feedId) return;
    using reader = feed.readFrom(from);
    for (let record = reader.next(); record !== 0; record = reader.next()) {
      if (feed.positionOf(record) > held.position) break;
      const body = bodyOf(theirs.store, record);
      const has = bodyIn(mine.store, clientOf(body));
      if (!suffices(has, body) && !this.#herd.isExpired(body)) {
        this.#herd.violate(
          `${follower} holds ${held.position} of ${leader}'s feed and lacks '${body}'`,
        );
      }
    }
  }

  #compare(
    one: string,
    bodies: ReadonlyMap<string, string>,
    other: string,
    others: ReadonlyMap<string, string>,
  ): void {
    for (const client of new Set([...bodies.keys(), ...others.keys()])) {
      const [mine, theirs] = [bodies.get(client), others.get(client)]
        .map((it) => it !== undefined && this.#herd.isExpired(it) ? undefined : it);
      if (mine !== theirs) {
        this.#herd.violate(`${one} and ${other} differ about '${client}'`);
      }
    }
  }
}
