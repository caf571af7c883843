// The process as a command's context: its streams, its environment and its signals.

import { encode } from "../../base/bytes.ts";
import { ConfigError } from "../../base/errors.ts";
import { SystemClock } from "../../server/system.ts";
import { delegate } from "./delegate.ts";
import type { Context, Output } from "../command/context.ts";
import { onUncaught, Signals } from "./signals.ts";

/** The context of a command that runs as this process, and ends with `parent` if that is given. */
export function processContext(parent?: number): Context {
  const signals = new Signals(parent);
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
    stopSignal: () => signals.stopSignal(),
    onHangUp: (listener) => signals.onHangUp(listener),
    onUncaught,
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
    if (!(error instanceof Deno.errors.InvalidData)) throw error;
    // Its message shows the value, which may be a secret.
    throw new ConfigError(`Cannot read ${name} from the environment: it is not UTF-8`);
  }
}
