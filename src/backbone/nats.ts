// A herd's stream in NATS JetStream, over the clients that NATS publishes on npm. They are loaded
// when they are first needed: a server without a backbone does not pay for them.
//
// What is asked of JetStream: https://docs.nats.io/nats-concepts/jetstream (streams), https://docs.nats.io/reference/reference-protocols/nats_api_reference (errors).

import type { ConsumerMessages, JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import type { Msg, MsgHdrs, NatsConnection, TlsOptions } from "@nats-io/transport-node";
import type { StreamConnection, StreamReader } from "./stream.ts";
import { authenticatorOf } from "./nats_credentials.ts";
import { streamOf, subjectsOf } from "./subject.ts";

/** Where a NATS server is reached. */
export interface NatsServer {
  /** A host name or an IP address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/** What a connection needs to know. */
export interface NatsOptions {
  /** One of them, at random, is connected to. */
  readonly servers: readonly NatsServer[];
  readonly herd: string;
  /** The name of this server, for whoever looks at the connections of NATS. */
  readonly name: string;
  /** How it proves itself, see nats_credentials.ts; undefined when nobody asks. */
  readonly credentials: string | undefined;
  /** Whether it insists on TLS; and the certificates that are trusted, if not the system's. */
  readonly tls: { readonly ca: string | undefined } | undefined;
  /** Of the stream, if it has to be made: copies, and after how long a message is dropped. */
  readonly replicas: number;
  readonly maxAgeSeconds: number | undefined;
  /** Uniform in [0, 1): chooses a server. */
  random(): number;
}

/** A connection must be there within this time. */
const CONNECT_MS = 5_000;

/** JetStream must answer within this time; it does not when whoever is to answer just died. */
const ANSWER_MS = 2_000;

/** A silent connection is asked for a sign of life so often, and given up when two are missing. */
const PING_MS = 2_000;
const MAX_PINGS_OUT = 2;

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

type Clients = typeof import("@nats-io/transport-node") & typeof import("@nats-io/jetstream");

/**
 * Connects to a herd's stream, and makes it if there is none.
 *
 * Rejects when no server can be reached, or JetStream refuses; `signal` lets it reject at once.
 */
export async function connectNats(
  options: NatsOptions,
  signal: AbortSignal,
): Promise<StreamConnection> {
  const clients = {
    ...await import("@nats-io/transport-node"),
    ...await import("@nats-io/jetstream"),
  };
  let failure: unknown;
  for (const server of shuffled(options.servers, options.random)) {
    signal.throwIfAborted();
    try {
      return await unlessAborted(signal, connectTo(server, clients, options));
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

async function connectTo(
  { host, port }: NatsServer,
  clients: Clients,
  options: NatsOptions,
): Promise<StreamConnection> {
  const { herd, name, credentials, tls } = options;
  const connection = await clients.connect({
    servers: [host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`],
    name: `herd ${herd} ${name}`,
    authenticator: authenticatorOf(credentials, clients),
    ...tls && { tls: tlsOptions(host, tls.ca) },
    timeout: CONNECT_MS,
    pingInterval: PING_MS,
    maxPingOut: MAX_PINGS_OUT,
    // Connecting again is the backbone's; and only what the topology names may be dialled.
    reconnect: false,
    ignoreClusterUpdates: true,
    resolve: false,
  });
  try {
    return await openStream(connection, clients, options);
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** The client hands these on to node:tls, which checks the certificate of an IP address by `host`. */
function tlsOptions(host: string, ca: string | undefined): TlsOptions {
  return { host, ...ca === undefined ? {} : { ca } } as TlsOptions;
}

/** The result, unless the signal comes first: then what was opened is closed when it is there. */
async function unlessAborted(
  signal: AbortSignal,
  opening: Promise<StreamConnection>,
): Promise<StreamConnection> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([opening, aborted.promise]);
  } catch (error) {
    opening.then((it) => it.close(), () => {});
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
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

async function openStream(
  connection: NatsConnection,
  clients: Clients,
  options: NatsOptions,
): Promise<StreamConnection> {
  const manager = await clients.jetstreamManager(connection, {
    timeout: ANSWER_MS,
    checkAPI: false,
  });
  const info = await findStream(manager, clients, options) ??
    await makeStream(manager, clients, options);
  const { retention } = info.config;
  if (retention !== clients.RetentionPolicy.Limits) {
    throw new Error(
      `the stream '${info.config.name}' does not keep messages: it has '${retention}'`,
    );
  }
  return new NatsStream(connection, clients, info);
}

async function findStream(
  manager: JetStreamManager,
  clients: Clients,
  { herd }: NatsOptions,
): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(streamOf(herd));
  } catch (error) {
    if (isApiError(error, clients, STREAM_NOT_FOUND)) return undefined;
    throw error;
  }
}

async function makeStream(
  manager: JetStreamManager,
  clients: Clients,
  options: NatsOptions,
): Promise<StreamInfo> {
  const { herd, replicas, maxAgeSeconds } = options;
  try {
    return await manager.streams.add({
      name: streamOf(herd),
      subjects: [subjectsOf(herd)],
      max_msgs_per_subject: 1,
      num_replicas: replicas,
      storage: clients.StorageType.File,
      discard: clients.DiscardPolicy.Old,
      max_age: maxAgeSeconds === undefined ? 0 : clients.nanos(maxAgeSeconds * 1000),
    });
  } catch (error) {
    // Another server, with other options, made it in the same moment.
    const made = isApiError(error, clients, STREAM_NAME_IN_USE) &&
      await findStream(manager, clients, options);
    if (made) return made;
    throw error;
  }
}

function isApiError(error: unknown, { JetStreamApiError }: Clients, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code;
}

/** A connection whose stream is there. */
class NatsStream implements StreamConnection {
  readonly server: string;
  readonly id: string;
  readonly end: number;
  readonly ended: Promise<string>;
  readonly #connection: NatsConnection;
  readonly #clients: Clients;
  readonly #name: string;
  readonly #end: (reason: string) => void;
  #messages: ConsumerMessages | undefined;
  /** Acknowledgements come to this subject and a number. */
  readonly #inbox: string;
  readonly #waiting = new Map<string, (sequence: number) => void>();
  #number = 0;

  constructor(connection: NatsConnection, clients: Clients, info: StreamInfo) {
    this.#connection = connection;
    this.#clients = clients;
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
    this.#inbox = `${clients.createInbox()}.`;
    connection.subscribe(`${this.#inbox}*`, {
      callback: (error, message) => error ? this.#end(error.message) : this.#acknowledged(message),
    });
  }

  async read(after: number, reader: StreamReader): Promise<void> {
    const consumers = this.#clients.jetstream(this.#connection, { timeout: ANSWER_MS }).consumers;
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
