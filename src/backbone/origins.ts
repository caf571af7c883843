// Which servers the stream's records come from: one that no topology has is of another herd with the
// same name, or was taken out of this one.

import { decode, encode } from "../base/bytes.ts";
import { LimitedLog } from "../base/limited_log.ts";
import type { BackboneEnvironment } from "./environment.ts";

const SPACE = 0x20;

/** Counts records of origins that are not known. */
export class Origins {
  /** Records that came from others. */
  strangers = 0;
  readonly #known: Uint8Array[] | undefined;
  readonly #log: LimitedLog;

  constructor({ origins, log, clock }: Pick<BackboneEnvironment, "origins" | "log" | "clock">) {
    this.#known = origins && [...origins].map(encode);
    this.#log = new LimitedLog({ log, clock });
  }

  /** Looks at a record's body, of which the origin is the first word. */
  look(body: Uint8Array, sequence: number): void {
    if (this.#known === undefined || this.#known.some((it) => isFirstWord(it, body))) return;
    this.strangers++;
    const origin = decode(body, 0, body.indexOf(SPACE));
    this.#log.warn("backbone.stranger", {
      origin,
      sequence,
      reason: `no server of the topology is called '${origin}'`,
    });
  }
}

function isFirstWord(word: Uint8Array, body: Uint8Array): boolean {
  if (body[word.length] !== SPACE) return false;
  for (let i = 0; i < word.length; i++) if (body[i] !== word[i]) return false;
  return true;
}
