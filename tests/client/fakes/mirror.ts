// What a user keeps of a watch's events, and the order in which they have to come.

import { assert, assertEquals } from "@std/assert";
import type { Client, WatchEvent } from "../../../src/client/mod.ts";

/** A mirror of what is watched. */
export class Mirror {
  readonly clients: Map<string, Client> = new Map();
  readonly events: WatchEvent[] = [];
  readonly #mayForgetUnknown: boolean;

  /** A feed has removals of clients that nobody was told of, too: a watch without a memory tells them. */
  constructor(mayForgetUnknown = false) {
    this.#mayForgetUnknown = mayForgetUnknown;
  }

  /** Takes an event; fails where it does not follow what came before. */
  take(event: WatchEvent): void {
    this.events.push(event);
    switch (event.type) {
      case "set":
        this.#isNew(event.id, event.client);
        this.clients.set(event.id, event.client);
        break;
      case "enter":
        assert(!this.clients.has(event.id), `${event.id} enters again`);
        this.clients.set(event.id, event.client);
        break;
      case "move":
        assert(this.clients.has(event.id), `${event.id} moves before it enters`);
        this.#isNew(event.id, event.client);
        this.clients.set(event.id, event.client);
        break;
      case "leave":
      case "forget": {
        const wasKnown = this.clients.delete(event.id);
        const mayBe = event.type === "forget" && this.#mayForgetUnknown;
        assert(wasKnown || mayBe, `${event.id} goes before it comes`);
        break;
      }
      case "reset":
        this.clients.clear();
    }
  }

  /** Fails unless it has what the other has. */
  equals(other: ReadonlyMap<string, Client>, when: string): void {
    const sorted = (clients: ReadonlyMap<string, Client>) =>
      [...clients.values()].map((it) => `${it.id} ${it.location} ${it.time}`).sort();
    assertEquals(sorted(this.clients), sorted(other), when);
  }

  /** True if it has what the other has. */
  isEqual(other: ReadonlyMap<string, Client>): boolean {
    return this.clients.size === other.size &&
      [...other].every(([id, it]) => {
        const own = this.clients.get(id);
        return own !== undefined && own.time === it.time && own.location === it.location;
      });
  }

  #isNew(id: string, client: Client): void {
    const known = this.clients.get(id);
    assert(known?.time !== client.time, `${id} is told twice as it was at ${client.time}`);
  }
}
