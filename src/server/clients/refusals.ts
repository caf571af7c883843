// Connections that were refused, and the log's lines about them: at once, and then at most one a second,
// however many there are.

import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";

/** The time between two lines, in milliseconds. */
const REPORT_MS = 1_000;

/** Counts refusals, and tells the log of them. */
export class Refusals implements Disposable {
  readonly #clock: Clock;
  readonly #tell: (refused: number) => void;
  #count = 0;
  #told = 0;
  #cancel: (() => void) | undefined;

  /** `event` is the log's; `open` says how many connections there are. */
  constructor(
    { clock, log }: { readonly clock: Clock; readonly log: Log },
    event: string,
    open: () => number,
  ) {
    this.#clock = clock;
    this.#tell = (refused) => log.warn(event, { refused, clients: open() });
  }

  /** Refusals since the start. */
  get count(): number {
    return this.#count;
  }

  /** One more was refused. */
  add(): void {
    this.#count++;
    if (this.#cancel === undefined) this.#report();
  }

  /** Tells the log nothing more. */
  [Symbol.dispose](): void {
    this.#cancel?.();
  }

  #report(): void {
    const refused = this.#count - this.#told;
    this.#told = this.#count;
    this.#cancel = undefined;
    if (refused === 0) return;
    this.#tell(refused);
    this.#cancel = this.#clock.after(REPORT_MS, () => this.#report());
  }
}
