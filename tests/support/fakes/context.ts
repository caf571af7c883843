// A command's context without a process: what is written can be read, and a test sends the signal.

import { SystemClock } from "../../../src/server/system.ts";
import type { Permissions } from "../../../src/topology/permissions.ts";
import type { Context, Input, Output } from "../../../src/cli/command/context.ts";

/** What a test may choose. All is empty, and no terminal, when left out. */
export interface TestContextOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What standard input holds. */
  readonly input?: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly columns?: number;
  readonly colour?: boolean;
}

/** A context for one command in one test. */
export class TestContext implements Context {
  readonly stdin: Input;
  readonly stdout: CapturedOutput;
  readonly stderr: CapturedOutput;
  readonly clock = new SystemClock();
  /** Abort it to send the command a signal. */
  readonly stop: AbortController = new AbortController();
  readonly #env: Readonly<Record<string, string>>;

  constructor({ env = {}, input = "", columns = 80, colour = false }: TestContextOptions = {}) {
    this.stdin = {
      isTerminal: false,
      readable: input instanceof ReadableStream ? input : new Blob([input]).stream(),
    };
    this.stdout = new CapturedOutput(columns, colour);
    this.stderr = new CapturedOutput(columns, colour);
    this.#env = env;
  }

  // Commands may take it from its context.
  readonly env = (name: string): string | undefined => this.#env[name];

  /** What a command asked for; a test's process may do it. */
  permissions: Permissions | undefined;

  delegate(permissions: Permissions): Promise<undefined> {
    this.permissions = permissions;
    return Promise.resolve(undefined);
  }

  onHangUp(): Disposable {
    return { [Symbol.dispose]() {} };
  }

  /** The test itself fails by such an error. */
  onUncaught(): Disposable {
    return { [Symbol.dispose]() {} };
  }

  stopSignal(): AbortSignal {
    return this.stop.signal;
  }
}

/** An output that keeps what is written. */
export class CapturedOutput implements Output {
  readonly isTerminal = false;
  readonly columns: number;
  readonly colour: boolean;
  readonly writable: WritableStream<Uint8Array<ArrayBuffer>>;
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];

  constructor(columns: number, colour: boolean) {
    this.columns = columns;
    this.colour = colour;
    this.writable = new WritableStream({ write: (chunk) => void this.#chunks.push(chunk) });
  }

  /** All that was written so far. */
  bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return new Blob(this.#chunks).bytes();
  }

  /** The same as UTF-8. */
  get text(): string {
    const decoder = new TextDecoder();
    return this.#chunks.map((it) => decoder.decode(it, { stream: true })).join("");
  }

  write(text: string): void {
    this.#chunks.push(new TextEncoder().encode(text));
  }
}
