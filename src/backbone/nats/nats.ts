// Connects to a herd's stream in NATS JetStream.

import { aborted, waitFor } from "../../base/waiting.ts";
import { connectTo, type NatsAccess, type NatsServer } from "./connection.ts";
import type { StreamConnection } from "../stream.ts";
import { ANSWER_MS, NatsStream } from "./nats_stream.ts";
import { deniedOr } from "./refusal.ts";
import { openStreamInfo, type SetupOptions } from "./setup.ts";

/** Options of a connection to the stream. */
export interface NatsOptions extends Omit<NatsAccess, "name">, SetupOptions {
  /** One of them, at random, is connected to. */
  readonly servers: readonly NatsServer[];
  /** The name of this server. */
  readonly self: string;
  /** Uniform in [0, 1): chooses a server. */
  random(): number;
}

/**
 * Connects to a herd's stream, and makes it if there is none.
 *
 * Rejects when no server can be reached, or JetStream refuses; `signal` lets it reject at once.
 */
export async function connectNats(
  options: NatsOptions,
  signal: AbortSignal,
): Promise<StreamConnection> {
  let failure: unknown;
  for (const server of shuffled(options.servers, options.random)) {
    signal.throwIfAborted();
    try {
      return await unlessAborted(signal, openStream(server, options));
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

async function openStream(server: NatsServer, options: NatsOptions): Promise<StreamConnection> {
  const { herd, self } = options;
  // Loaded when it is first needed, like the rest of the client.
  const jetStream = await import("@nats-io/jetstream");
  const { createInbox } = await import("@nats-io/nats-core");
  let connection;
  try {
    connection = await connectTo(server, { ...options, name: `herd ${herd} ${self}` });
    const manager = await jetStream.jetstreamManager(connection, {
      timeout: ANSWER_MS,
      checkAPI: false,
    });
    const info = await openStreamInfo(manager, jetStream, options);
    return new NatsStream({
      connection,
      jetStream,
      info,
      setup: options,
      inbox: `${createInbox()}.`,
    });
  } catch (error) {
    await connection?.close();
    throw deniedOr(error);
  }
}

/** The result, unless the signal comes first: then what was opened is closed when it is there. */
async function unlessAborted(
  signal: AbortSignal,
  opening: Promise<StreamConnection>,
): Promise<StreamConnection> {
  const stream = await waitFor(opening, aborted(signal));
  if (stream !== undefined) return stream;
  opening.then((it) => it.close(), () => {});
  throw signal.reason;
}

/** The values in random order (R. Durstenfeld, "Algorithm 235", 1964). */
function shuffled<T>(values: readonly T[], random: () => number): T[] {
  const order = [...values];
  for (let left = order.length; left > 1; left--) {
    const at = Math.floor(random() * left);
    [order[at], order[left - 1]] = [order[left - 1]!, order[at]!];
  }
  return order;
}
