// A connection to a herd's stream in JetStream, over the clients that NATS publishes on npm.
// Of JetStream: https://docs.nats.io/nats-concepts/jetstream.

import type { Consumer, ConsumerMessages, StreamInfo } from "@nats-io/jetstream";
import type { Msg, MsgHdrs, NatsConnection } from "@nats-io/nats-core";
import { reasonOf } from "../../base/errors.ts";
import { inBackground } from "../../base/background.ts";
import {
  DeniedError,
  type Refusal,
  type StreamCondition,
  type StreamConnection,
  type StreamMessage,
  type StreamRange,
  type StreamReader,
} from "../stream.ts";
import { deniedOr, JETSTREAM, type PublishError, refusalOf } from "./refusal.ts";
import { conditionOf, type SetupOptions } from "./setup.ts";

/** JetStream must answer within this time; it does not when whoever is to answer just died. */
export const ANSWER_MS = 2_000;

/** Time limit of closing for NATS to forget a reader. */
const FORGET_MS = 500;

/** The stream says so often that it has nothing to give. */
const HEARTBEAT_MS = 1_000;

/** After so many heartbeats missed in a row the connection is of no use. */
const MAX_MISSED_HEARTBEATS = 3;

/**
 * Messages that are asked for at a time: what a reader that is slow has to hold. News comes in large
 * pulls, for a request waits behind what is being published. A backlog comes in small ones, so that
 * little of it is ahead of the news.
 */
const NEWS_A_PULL = 5_000;
const BACKLOG_A_PULL = 500;

/** A reader that is gone is forgotten after this time. */
const READER_GONE_MS = 30_000;

/** Subject on which a reader asks for messages. */
const PULL_SUBJECT = "$JS.API.CONSUMER.MSG.NEXT.";

/** Parts of a connection. */
export interface NatsStreamOptions {
  readonly connection: NatsConnection;
  readonly jetStream: typeof import("@nats-io/jetstream");
  readonly info: StreamInfo;
  /** The server's requirements on the stream. */
  readonly setup: SetupOptions;
  /** Acknowledgements come to this subject and a number. */
  readonly inbox: string;
}

/** A message that is under way. */
interface Publishing {
  readonly subject: string;
  answer(answer: number | Refusal): void;
}

/** A connection whose stream is there. */
export class NatsStream implements StreamConnection {
  readonly server: string;
  readonly id: string;
  readonly end: number;
  readonly condition: StreamCondition;
  readonly ended: Promise<string | DeniedError>;
  readonly #options: NatsStreamOptions;
  readonly #connection: NatsConnection;
  readonly #name: string;
  readonly #end: (reason: string | DeniedError) => void;
  readonly #consumers = new Map<Consumer, ConsumerMessages | undefined>();
  readonly #publishing = new Map<string, Publishing>();
  #number = 0;

  constructor(options: NatsStreamOptions) {
    const { connection, info, inbox } = this.#options = options;
    this.#connection = connection;
    this.#name = info.config.name;
    this.server = connection.getServer();
    this.id = info.created;
    this.end = info.state.last_seq;
    this.condition = this.#conditionOf(info);
    const { promise, resolve } = Promise.withResolvers<string | DeniedError>();
    this.ended = promise;
    this.#end = resolve;
    const closed = (error: unknown) =>
      resolve(error ? reasonOf(error) : "the connection was closed");
    connection.closed().then(closed, closed);
    inBackground(this.#watchConnection(), closed);
    connection.subscribe(`${inbox}*`, {
      callback: (error, message) => error ? this.#end(error.message) : this.#answered(message),
    });
  }

  async inspect(): Promise<StreamCondition> {
    const { jetstreamManager } = this.#options.jetStream;
    const options = { timeout: ANSWER_MS, checkAPI: false };
    const info = await jetstreamManager(this.#connection, options)
      .then(({ streams }) => streams.info(this.#name))
      .catch((error) => {
        throw new Error(`the stream cannot be looked at: ${reasonOf(error)}`, { cause: error });
      });
    if (info.created !== this.id) throw new Error("the stream was made anew");
    return this.#conditionOf(info);
  }

  async read(range: StreamRange, reader: StreamReader): Promise<void> {
    const { jetStream } = this.#options;
    const { consumers } = jetStream.jetstream(this.#connection, { timeout: ANSWER_MS });
    try {
      const consumer = await consumers.get(this.#name, {
        opt_start_seq: range.after + 1,
        inactive_threshold: READER_GONE_MS,
      });
      this.#consumers.set(consumer, undefined);
      const { num_pending } = await consumer.info(true);
      if (num_pending === 0) {
        reader.through();
        if (range.until !== undefined) return await this.#forget(consumer);
      }
      await this.#consume(consumer, range, reader);
    } catch (error) {
      throw deniedOr(error);
    }
  }

  async last(subject: string): Promise<StreamMessage | undefined> {
    const request = JSON.stringify({ last_by_subj: subject });
    try {
      const answer = await this.#connection.request(
        `$JS.API.STREAM.MSG.GET.${this.#name}`,
        request,
        { timeout: ANSWER_MS },
      );
      const { error, message } = answer.json<MessageAnswer>();
      if (error?.err_code === JETSTREAM.noMessageFound) return undefined;
      if (message === undefined) throw new Error(`no message: ${error?.description}`);
      return {
        sequence: message.seq,
        body: Uint8Array.fromBase64(message.data ?? ""),
        takenSeconds: Date.parse(message.time) / 1000,
      };
    } catch (error) {
      throw deniedOr(error);
    }
  }

  publish(subject: string, body: Uint8Array, answer: (answer: number | Refusal) => void): void {
    if (this.#connection.isClosed()) return;
    const number = String(++this.#number);
    try {
      this.#connection.publish(subject, body, { reply: this.#options.inbox + number });
      this.#publishing.set(number, { subject, answer });
    } catch (error) {
      // Larger than NATS takes since it told us last, most likely.
      queueMicrotask(() => answer({ kind: "message", reason: reasonOf(error) }));
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#consumers.keys()].map((it) => this.#forget(it)));
    await this.#connection.close();
  }

  #conditionOf({ config }: StreamInfo): StreamCondition {
    const maxPayload = this.#connection.info?.max_payload ?? Infinity;
    return conditionOf(config, maxPayload, this.#options.setup);
  }

  async #consume(consumer: Consumer, range: StreamRange, reader: StreamReader): Promise<void> {
    const { until = Infinity } = range;
    const isEndless = until === Infinity;
    let isOver = false;
    const through = () => {
      if (isOver) return;
      reader.through();
      if (isEndless) return;
      isOver = true;
      inBackground(this.#forget(consumer));
    };
    const messages = await consumer.consume({
      max_messages: isEndless ? NEWS_A_PULL : BACKLOG_A_PULL,
      idle_heartbeat: HEARTBEAT_MS,
      abort_on_missing_resource: true,
      callback: ({ info, data }) => {
        const sequence = info.streamSequence;
        if (isOver) return;
        // Messages beyond the end are read elsewhere.
        if (sequence <= until) {
          reader.message({ sequence, body: data, takenSeconds: info.timestampNanos / 1e9 });
        }
        if (info.pending === 0 || sequence >= until) through();
      },
    });
    this.#consumers.set(consumer, messages);
    const ended = (error: unknown) => {
      if (!isOver) this.#end(error ? reasonOf(error) : "reading ended");
    };
    messages.closed().then(ended, ended);
    inBackground(this.#watchReading(messages, through), ended);
  }

  /** Ends a reader, and has NATS forget it. */
  async #forget(consumer: Consumer): Promise<void> {
    this.#consumers.get(consumer)?.stop();
    this.#consumers.delete(consumer);
    if (this.#connection.isClosed()) return;
    try {
      const { name } = await consumer.info(true);
      const subject = `$JS.API.CONSUMER.DELETE.${this.#name}.${name}`;
      await this.#connection.request(subject, "", { timeout: FORGET_MS });
    } catch {
      // NATS forgets it after a while.
    }
  }

  #answered(message: Msg): void {
    const number = message.subject.slice(this.#options.inbox.length);
    const publishing = this.#publishing.get(number);
    if (publishing === undefined) return;
    this.#publishing.delete(number);
    if (message.data.length === 0) return this.#end(reasonOfStatus(message.headers));
    const { seq, error } = message.json<PublishAnswer>();
    const answer = error === undefined ? seq : refusalOf(error);
    if (answer === undefined) return this.#end(`the stream took no message: ${error!.description}`);
    publishing.answer(answer);
  }

  /** Hears of what no answer tells of, such as a right to publish that is missing. */
  async #watchConnection(): Promise<void> {
    for await (const status of this.#connection.status()) {
      if (status.type !== "error") continue;
      const error = deniedOr(status.error);
      if (!(error instanceof DeniedError)) this.#end(error.message);
      else if (!this.#isAbout(status.error)) this.#end(error);
    }
  }

  /** True if a lack of rights is about one request, which hears of it, or about messages of ours. */
  #isAbout(error: Error): boolean {
    const { operation, subject } = error as { operation?: string; subject?: string };
    if (operation !== "publish" || subject === undefined) return false;
    if (subject.startsWith("$JS.API.")) return !subject.startsWith(PULL_SUBJECT);
    for (const [number, { subject: published, answer }] of this.#publishing) {
      if (published !== subject) continue;
      this.#publishing.delete(number);
      answer({ kind: "rights", reason: "this server has no right to publish the herd's messages" });
      return true;
    }
    return false;
  }

  /** Heartbeats come when there is nothing else; without them nobody is there to give anything. */
  async #watchReading(messages: ConsumerMessages, through: () => void): Promise<void> {
    for await (const status of messages.status()) {
      if (status.type === "heartbeat") through();
      if (status.type === "heartbeats_missed" && status.count >= MAX_MISSED_HEARTBEATS) {
        this.#end("the stream is silent");
      }
    }
  }
}

/** JetStream's answer to a published message. */
interface PublishAnswer {
  readonly seq: number;
  readonly error?: PublishError;
}

/** JetStream's answer to a request for a message. */
interface MessageAnswer {
  readonly message?: { readonly seq: number; readonly data?: string; readonly time: string };
  readonly error?: PublishError;
}

function reasonOfStatus(headers: MsgHdrs | undefined): string {
  return headers?.code === 503
    ? "no stream takes the herd's messages"
    : `NATS answered ${headers?.code ?? "nothing"}`;
}
