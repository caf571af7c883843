// The process as a command sees it, so that tests can run one without a process.
// The real one is made in process.ts.

import type { Clock } from "../../base/clock.ts";
import type { Permissions } from "../../topology/permissions.ts";

/** A stream that a command reads. */
export interface Input {
  /** True if a person types it. */
  readonly isTerminal: boolean;
  /** Its bytes. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** A stream that a command writes. */
export interface Output {
  /** True if a person reads it. */
  readonly isTerminal: boolean;
  /** Columns of a line: the terminal's, else 80. */
  readonly columns: number;
  /** True if colours are welcome: on a terminal, unless `NO_COLOR` is set. */
  readonly colour: boolean;
  /** Writes a text as a whole before it returns. For what is short and rare. */
  write(text: string): void;
  /** For bytes in bulk, with back-pressure. Do not mix with `write`. */
  readonly writable: WritableStream<Uint8Array<ArrayBuffer>>;
}

/** The process that a command runs in. */
export interface Context {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  /** The time, and all waits of the command. */
  readonly clock: Clock;
  /**
   * The value of an environment variable; undefined when it is empty, not set, or not granted
   * to this process.
   */
  env(name: string): string | undefined;
  /**
   * A signal that aborts at SIGINT, SIGTERM or SIGHUP, with the name of the one that came as the
   * reason. From the first call on the first of them no longer ends the process by itself; the second
   * does. It also aborts when the process that this one is tied to has ended.
   */
  stopSignal(): AbortSignal;
  /** Calls the listener at each SIGHUP until it is disposed of: SIGHUP stops nothing meanwhile. */
  onHangUp(listener: () => void): Disposable;
  /** Calls the listener with each error that nothing catches, in place of an end by it. */
  onUncaught(listener: (error: unknown) => void): Disposable;
  /**
   * Runs `herd` with these arguments in a process that has these permissions and gives its exit
   * status, if the present process has not all of them; else undefined.
   */
  delegate(permissions: Permissions, args: readonly string[]): Promise<number | undefined>;
}
