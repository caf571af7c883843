// Events that end or renew a process from outside: signals, errors that nothing catches, and the end of the
// process that started it.

import { watchParent } from "./parent.ts";

/**
 * A signal so soon after the first is the same one, in milliseconds: a terminal sends Ctrl-C to all
 * that runs in it, and `deno task` passes it on as well.
 */
const ECHO_MS = 500;

/** The exit status of a process that ends as SIGTERM would end it. */
const TERMINATED_STATUS = 128 + 15;

const STOPS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** The signals of this process. There is one of it. */
export class Signals {
  #stop: AbortController | undefined;
  readonly #hangUps = new Set<() => void>();

  /** One that is tied to a parent ends with it, as by SIGTERM. */
  constructor(parent: number | undefined) {
    if (parent === undefined) return;
    watchParent(parent, () => {
      if (this.#stop === undefined) Deno.exit(TERMINATED_STATUS);
      this.#stop.abort("SIGTERM");
    });
  }

  /** Aborts at the first signal that ends a process, with its name. */
  stopSignal(): AbortSignal {
    if (this.#stop === undefined) {
      this.#stop = new AbortController();
      for (const signal of STOPS) this.#stopAt(signal, this.#stop);
    }
    return this.#stop.signal;
  }

  /** Calls the listener at SIGHUP, which does not end the process meanwhile. */
  onHangUp(listener: () => void): Disposable {
    if (Deno.build.os === "windows") return { [Symbol.dispose]() {} };
    this.#hangUps.add(listener);
    Deno.addSignalListener("SIGHUP", listener);
    return {
      [Symbol.dispose]: () => {
        this.#hangUps.delete(listener);
        Deno.removeSignalListener("SIGHUP", listener);
      },
    };
  }

  #stopAt(signal: Deno.Signal, stop: AbortController): void {
    let isEcho = false;
    const hear = () => {
      if (isEcho || signal === "SIGHUP" && this.#hangUps.size > 0) return;
      isEcho = true;
      stop.abort(signal);
      // Then the system's own action is back: another one ends a process that hangs.
      const giveBack = () => Deno.removeSignalListener(signal, hear);
      Deno.unrefTimer(setTimeout(giveBack, ECHO_MS));
    };
    Deno.addSignalListener(signal, hear);
  }
}

/** Calls the listener with each error that nothing catches, which does not end the process meanwhile. */
export function onUncaught(listener: (error: unknown) => void): Disposable {
  const hear = (event: ErrorEvent | PromiseRejectionEvent) => {
    event.preventDefault();
    listener("reason" in event ? event.reason : event.error);
  };
  addEventListener("error", hear);
  addEventListener("unhandledrejection", hear);
  return {
    [Symbol.dispose]() {
      removeEventListener("error", hear);
      removeEventListener("unhandledrejection", hear);
    },
  };
}
