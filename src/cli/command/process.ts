// The process as a command's context: its streams, its environment and its signals.

import { encode } from "../../base/bytes.ts";
import { SystemClock } from "../../server/system.ts";
import { delegate } from "./delegate.ts";
import type { Context, Output } from "./context.ts";

/**
 * A signal so soon after the first is the same one, in milliseconds: a terminal sends Ctrl-C to all
 * that runs in it, and `deno task` passes it on as well.
 */
const ECHO_MS = 500;

/** The context of a command that runs as this process. */
export function processContext(): Context {
  let stop: AbortController | undefined;
  return {
    stdin: {
      isTerminal: Deno.stdin.isTerminal(),
      get readable() {
        return Deno.stdin.readable;
      },
    },
    stdout: new StandardOutput(Deno.stdout),
    stderr: new StandardOutput(Deno.stderr),
    clock: new SystemClock(),
    env: readEnv,
    stopSignal() {
      stop ??= abortAtSignal();
      return stop.signal;
    },
    delegate,
  };
}

class StandardOutput implements Output {
  readonly isTerminal: boolean;
  readonly colour: boolean;
  readonly #stream: typeof Deno.stdout;

  constructor(stream: typeof Deno.stdout) {
    this.#stream = stream;
    this.isTerminal = stream.isTerminal();
    // Deno.noColor needs no permission to know NO_COLOR.
    this.colour = this.isTerminal && !Deno.noColor;
  }

  get columns(): number {
    return this.isTerminal ? Deno.consoleSize().columns : 80;
  }

  get writable(): WritableStream<Uint8Array<ArrayBuffer>> {
    return this.#stream.writable;
  }

  write(text: string): void {
    let rest: Uint8Array = encode(text);
    while (rest.length > 0) rest = rest.subarray(this.#stream.writeSync(rest));
  }
}

function readEnv(name: string): string | undefined {
  try {
    return Deno.env.get(name) || undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}

function abortAtSignal(): AbortController {
  const stop = new AbortController();
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
  for (const signal of signals) {
    let isEcho = false;
    const hear = () => {
      if (isEcho) return;
      isEcho = true;
      stop.abort(signal);
      // Then the system's own action is back: another one ends a process that hangs.
      const giveBack = () => Deno.removeSignalListener(signal, hear);
      Deno.unrefTimer(setTimeout(giveBack, ECHO_MS));
    };
    Deno.addSignalListener(signal, hear);
  }
  return stop;
}
