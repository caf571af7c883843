// What the user of a watch was told, so that a stream that begins again is told as what changed: the
// records that are known still are left out, and those that come no more are gone.

import type { WatchEvent } from "./events.ts";
import type { Client } from "./forms.ts";

/** All that was told of a watch. */
export class Knowledge {
  readonly #isArea: boolean;
  /** The clients that are there, as they were told last. */
  readonly #known = new Map<string, Client>();
  /** Known ones that a stream which began again has not told of; undefined once it is level. */
  #missing: Set<string> | undefined;

  /** Nothing was told yet. */
  constructor({ isArea }: { readonly isArea: boolean }) {
    this.#isArea = isArea;
  }

  /** All that is there comes from now on, until `level`. */
  begin(): void {
    this.#missing = new Set(this.#known.keys());
  }

  /** The events that tell the user what one of a server says. */
  *tell(event: WatchEvent): Generator<WatchEvent, void> {
    const told = this.#missing === undefined ? event : { ...event, position: undefined };
    switch (told.type) {
      case "reset":
        return;
      case "level":
        yield* this.#endReplay(event);
        yield event;
        return;
      case "leave":
      case "forget":
        this.#missing?.delete(told.id);
        if (this.#known.delete(told.id)) yield told;
        return;
      default: {
        const { id, client } = told;
        this.#missing?.delete(id);
        const known = this.#known.get(id);
        if (known !== undefined && isSame(known, client)) return;
        this.#known.set(id, client);
        yield { ...told, type: !this.#isArea ? "set" : known === undefined ? "enter" : "move" };
      }
    }
  }

  /** Tells who is there no more. */
  *#endReplay({ server }: WatchEvent): Generator<WatchEvent, void> {
    const missing = this.#missing ?? [];
    this.#missing = undefined;
    for (const id of missing) {
      this.#known.delete(id);
      if (this.#isArea) yield { type: "leave", id, client: undefined, position: undefined, server };
      else yield { type: "forget", id, removal: undefined, position: undefined, server };
    }
  }
}

/** True for the same update: a record has one location for a time and a server. */
function isSame(one: Client, other: Client): boolean {
  return one.time === other.time && one.server === other.server && one.location === other.location;
}
