// One stream of events from one server, which is cut when it falls silent.

import { HerdError } from "./errors.ts";
import { EventParser, type ServerEvent } from "./event_parser.ts";
import type { Servers } from "./servers.ts";
import { anyOf, onAbort, type Timer } from "./waits.ts";

const EVENT_STREAM = "text/event-stream";

/** Options for reading a stream. */
export interface StreamOptions {
  readonly path: string;
  readonly timer: Timer;
  /** Milliseconds without a byte after which the connection is taken for dead. */
  readonly silenceMs: number;
  readonly signals: readonly (AbortSignal | undefined)[];
}

/**
 * The events of a server, in the pieces that they come in. An empty piece comes first, when the server has
 * answered.
 *
 * @throws {HerdError} At its end, too: a watch has none of its own.
 */
export async function* eventsFrom(
  servers: Servers,
  server: string,
  { path, timer, silenceMs, signals }: StreamOptions,
): AsyncGenerator<readonly ServerEvent[], never> {
  const { controller, release } = anyOf(signals);
  try {
    const question = { path, accept: EVENT_STREAM };
    const body = await servers.open(server, { question, controller });
    yield [];
    const parser = new EventParser();
    const reader = body.getReader();
    const end = () => void reader.cancel().catch(() => {});
    const forget = onAbort(controller.signal, end);
    try {
      for (;;) {
        const chunk = await read(reader, { server, timer, silenceMs, end });
        controller.signal.throwIfAborted();
        if (chunk === undefined) {
          throw new HerdError("The stream has ended", { fault: "unreachable", server });
        }
        yield parsed(parser, chunk, server);
      }
    } finally {
      forget();
      end();
    }
  } finally {
    release();
    controller.abort();
  }
}

/** The next bytes; undefined at the end. */
async function read(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  { server, timer, silenceMs, end }: {
    readonly server: string;
    readonly timer: Timer;
    readonly silenceMs: number;
    end(): void;
  },
): Promise<Uint8Array | undefined> {
  let isSilent = false;
  const stop = timer(silenceMs, () => {
    isSilent = true;
    end();
  });
  try {
    const { value } = await reader.read();
    if (value !== undefined || !isSilent) return value;
  } catch (cause) {
    if (!isSilent) {
      const detail = `The stream was cut: ${cause instanceof Error ? cause.message : cause}`;
      throw new HerdError(detail, { fault: "unreachable", server, cause });
    }
  } finally {
    stop();
  }
  throw new HerdError(`Nothing came for ${silenceMs} ms`, { fault: "timeout", server });
}

function parsed(parser: EventParser, chunk: Uint8Array, server: string): readonly ServerEvent[] {
  try {
    return parser.push(chunk);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new HerdError(detail, { fault: "malformed", server, cause });
  }
}
