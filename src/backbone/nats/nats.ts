// A herd's stream in NATS JetStream, over the clients that NATS publishes on npm.
// Of JetStream: https://docs.nats.io/nats-concepts/jetstream, and its errors:
// https://github.com/nats-io/nats-server/blob/main/server/errors.json.

import type { ConsumerMessages, JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import type { Msg, MsgHdrs, NatsConnection } from "@nats-io/nats-core";
import { aborted, waitFor } from "../../base/waiting.ts";
import { connectTo, type NatsAccess, type NatsServer } from "./connection.ts";
import type { StreamConnection, StreamReader } from "../stream.ts";
import { streamOf, subjectsOf } from "../subject.ts";

/** What a connection to the stream needs to know. */
export interface NatsOptions extends Omit<NatsAccess, "name"> {
  /** One of them, at random, is connected to. */
  readonly servers: readonly NatsServer[];
  readonly herd: string;
  /** The name of this server. */
  readonly self: string;
  /** Of the stream, if it has to be made: copies, and after how long a message is dropped. */
  readonly replicas: number;
  readonly maxAgeSeconds: number | undefined;
  /** Uniform in [0, 1): chooses a server. */
  random(): number;
}

/** JetStream must answer within this time; it does not when whoever is to answer just died. */
const ANSWER_MS = 2_000;

/** The stream says so often that it has nothing to give. */
const HEARTBEAT_MS = 1_000;

/** After so many heartbeats missed in a row the connection is of no use. */
const MAX_MISSED_HEARTBEATS = 3;

/** Messages that are asked for at a time: what a reader that is slow has to hold. */
const MESSAGES_A_PULL = 1_000;

/** A reader that is gone is forgotten after this time. */
const READER_GONE_MS = 30_000;

/** Error codes of JetStream. */
const STREAM_NOT_FOUND = 10059;
const STREAM_NAME_IN_USE = 10058;

type JetStream = typeof import("@nats-io/jetstream");

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
  const connection = await connectTo(server, { ...options, name: `herd ${herd} ${self}` });
  try {
    const info = await streamInfo(connection, jetStream, options);
    return new NatsStream(connection, jetStream, info, `${createInbox()}.`);
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** What there is to know of the herd's stream, which is made if there is none. */
async function streamInfo(
  connection: NatsConnection,
  jetStream: JetStream,
  options: NatsOptions,
): Promise<StreamInfo> {
  const manager = await jetStream.jetstreamManager(connection, {
    timeout: ANSWER_MS,
    checkAPI: false,
  });
  const info = await findStream(manager, jetStream, options) ??
    await makeStream(manager, jetStream, options);
  const { name, retention } = info.config;
  if (retention !== jetStream.RetentionPolicy.Limits) {
    throw new Error(`the stream '${name}' does not keep messages: it has '${retention}'`);
  }
  return info;
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

async function findStream(
  manager: JetStreamManager,
  jetStream: JetStream,
  { herd }: NatsOptions,
): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(streamOf(herd));
  } catch (error) {
    if (isApiError(error, jetStream, STREAM_NOT_FOUND)) return undefined;
    throw error;
  }
}

async function makeStream(
  manager: JetStreamManager,
  jetStream: JetStream,
  options: NatsOptions,
): Promise<StreamInfo> {
  const { herd, replicas, maxAgeSeconds } = options;
  try {
    return await manager.streams.add({
      name: streamOf(herd),
      subjects: [subjectsOf(herd)],
      max_msgs_per_subject: 1,
      num_replicas: replicas,
      storage: jetStream.StorageType.File,
      discard: jetStream.DiscardPolicy.Old,
      max_age: (maxAgeSeconds ?? 0) * 1e9,
    });
  } catch (error) {
    // Another server, with other options, made it in the same moment.
    const made = isApiError(error, jetStream, STREAM_NAME_IN_USE) &&
      await findStream(manager, jetStream, options);
    if (made) return made;
    throw error;
  }
}

function isApiError(error: unknown, { JetStreamApiError }: JetStream, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code;
}

/** A connection whose stream is there. */
class NatsStream implements StreamConnection {
  readonly server: string;
  readonly id: string;
  readonly end: number;
  readonly ended: Promise<string>;
  readonly #connection: NatsConnection;
  readonly #jetStream: JetStream;
  readonly #name: string;
  readonly #end: (reason: string) => void;
  #messages: ConsumerMessages | undefined;
  /** Acknowledgements come to this subject and a number. */
  readonly #inbox: string;
  readonly #waiting = new Map<string, (sequence: number) => void>();
  #number = 0;

  constructor(
    connection: NatsConnection,
    jetStream: JetStream,
    info: StreamInfo,
    inbox: string,
  ) {
    this.#connection = connection;
    this.#jetStream = jetStream;
    this.#name = info.config.name;
    this.server = connection.getServer();
    this.id = info.created;
    this.end = info.state.last_seq;
    const { promise, resolve } = Promise.withResolvers<string>();
    this.ended = promise;
    this.#end = resolve;
    connection.closed().then((error) =>
      resolve(error ? error.message : "the connection was closed")
    );
    this.#watchConnection();
    this.#inbox = inbox;
    connection.subscribe(`${inbox}*`, {
      callback: (error, message) => error ? this.#end(error.message) : this.#acknowledged(message),
    });
  }

  async read(after: number, reader: StreamReader): Promise<void> {
    const consumers = this.#jetStream.jetstream(this.#connection, { timeout: ANSWER_MS }).consumers;
    const consumer = await consumers.get(this.#name, {
      opt_start_seq: after + 1,
      inactive_threshold: READER_GONE_MS,
    });
    const { num_pending } = await consumer.info(true);
    if (num_pending === 0) reader.level();
    this.#messages = await consumer.consume({
      max_messages: MESSAGES_A_PULL,
      idle_heartbeat: HEARTBEAT_MS,
      abort_on_missing_resource: true,
      callback: ({ info, data }) => {
        reader.message({
          sequence: info.streamSequence,
          body: data,
          takenSeconds: info.timestampNanos / 1e9,
        });
        if (info.pending === 0 || info.streamSequence >= this.end) reader.level();
      },
    });
    this.#messages.closed().then((error) => this.#end(error ? error.message : "reading ended"));
    this.#watchReading(reader);
  }

  publish(subject: string, body: Uint8Array, done: (sequence: number) => void): void {
    if (this.#connection.isClosed()) return;
    const number = String(++this.#number);
    this.#waiting.set(number, done);
    this.#connection.publish(subject, body, { reply: this.#inbox + number });
  }

  async close(): Promise<void> {
    this.#messages?.stop();
    await this.#connection.close();
  }

  #acknowledged(message: Msg): void {
    const number = message.subject.slice(this.#inbox.length);
    const done = this.#waiting.get(number);
    if (done === undefined) return;
    this.#waiting.delete(number);
    if (message.data.length === 0) return this.#end(reasonOfStatus(message.headers));
    const answer = message.json<PublishAnswer>();
    if (answer.error === undefined) done(answer.seq);
    else this.#end(`the stream took no message: ${answer.error.description}`);
  }

  /** Ends when NATS refuses something that no answer would tell of, such as a right to publish. */
  async #watchConnection(): Promise<void> {
    for await (const status of this.#connection.status()) {
      if (status.type === "error") this.#end(status.error.message);
    }
  }

  /** Heartbeats come when there is nothing else; without them nobody is there to give anything. */
  async #watchReading(reader: StreamReader): Promise<void> {
    for await (const status of this.#messages!.status()) {
      if (status.type === "heartbeat") reader.level();
      if (status.type === "heartbeats_missed" && status.count >= MAX_MISSED_HEARTBEATS) {
        this.#end("the stream is silent");
      }
    }
  }
}

/** What JetStream answers to a message that was published. */
interface PublishAnswer {
  readonly seq: number;
  readonly error?: { readonly description: string };
}

function reasonOfStatus(headers: MsgHdrs | undefined): string {
  return headers?.code === 503
    ? "no stream takes the herd's messages"
    : `NATS answered ${headers?.code ?? "nothing"}`;
}
