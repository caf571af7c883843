// Fairness among strangers who have proved nothing yet: which of them has to make room.

import type { Clock } from "../base/clock.ts";
import type { LinkTimings } from "./environment.ts";

/** The clock that handshakes are watched on, and how long and how many they may be. */
export interface HandshakeContext {
  readonly clock: Clock;
  readonly timings: Pick<LinkTimings, "handshakeMs" | "maxHandshakes">;
}

/**
 * Of members in the order in which they came, with the network of each: the oldest of the network
 * that has the most. So a crowd from one place only crowds out itself, and a member that goes on
 * within a moment, as a neighbour does, is not the oldest.
 */
export function crowdedOut<Member>(members: ReadonlyMap<Member, string>): Member | undefined {
  const counts = new Map<string, number>();
  let most = 0;
  for (const network of members.values()) {
    const count = (counts.get(network) ?? 0) + 1;
    counts.set(network, count);
    most = Math.max(most, count);
  }
  for (const [member, network] of members) if (counts.get(network) === most) return member;
  return undefined;
}

/** Handshakes under way. None takes for ever, and strangers do not keep a neighbour out. */
export class Handshakes<Handshake extends { end(reason: string): void }> {
  readonly #context: HandshakeContext;
  readonly #name: string;
  /** In the order in which they came, with their networks. */
  readonly #networks = new Map<Handshake, string>();

  /** `name` is what such a handshake is called where it takes too long. */
  constructor(context: HandshakeContext, name: string) {
    this.#context = context;
    this.#name = name;
  }

  /**
   * Ends the handshake when its time is over, or another when there are too many, until what this
   * returns is disposed of: then it is through.
   */
  begin(handshake: Handshake, network: string): Disposable {
    const { clock, timings } = this.#context;
    this.#networks.set(handshake, network);
    if (this.#networks.size > timings.maxHandshakes) this.#makeRoom();
    const cancel = clock.after(
      timings.handshakeMs,
      () => handshake.end(`${this.#name} took too long`),
    );
    return {
      [Symbol.dispose]: () => {
        cancel();
        this.#networks.delete(handshake);
      },
    };
  }

  /** Ends all. */
  end(reason: string): void {
    for (const handshake of this.#networks.keys()) handshake.end(reason);
  }

  #makeRoom(): void {
    const handshake = crowdedOut(this.#networks)!;
    this.#networks.delete(handshake);
    handshake.end("too many handshakes under way");
  }
}
