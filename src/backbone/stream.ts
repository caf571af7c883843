// What the backbone asks of a message system: a log of messages, numbered by sequences, that keeps
// the last one of each subject. JetStream is one (nats/), and so is the model in the tests.

/** A message as the stream keeps it. */
export interface StreamMessage {
  /** Its number in the stream, from 1 on; greater than that of every message before it. */
  readonly sequence: number;
  /** `<origin> <skew> <client> <location> <time>`, if a server of the herd wrote it. */
  readonly body: Uint8Array;
  /** Time at which the stream took it, in POSIX seconds. */
  readonly takenSeconds: number;
}

/** A part of a stream. */
export interface StreamRange {
  /** Messages after this sequence. */
  readonly after: number;
  /** Up to this one; without end when left out. */
  readonly until?: number | undefined;
}

/** Receives the messages of a stream. */
export interface StreamReader {
  /** The next message of the range. */
  message(message: StreamMessage): void;
  /** Everything of the range that the stream has now was given; may be called again and again. */
  through(): void;
}

/**
 * The reason why the stream did not take a message: something about this very one; there is no room for any now;
 * or this server has no right to publish.
 */
export type RefusalKind = "message" | "room" | "rights";

/** A message that the stream did not take. */
export interface Refusal {
  readonly kind: RefusalKind;
  /** For people, without names of hosts. */
  readonly reason: string;
}

/** Settings of a stream that matter to a herd. */
export interface StreamCondition {
  /** The most bytes that a message may have. */
  readonly maxMessageBytes: number;
  /** Settings that lose records, in words for people, without names of hosts. */
  readonly faults: readonly string[];
}

/** A connection to a herd's stream. When anything fails it ends: nothing here is tried again. */
export interface StreamConnection {
  /** The server at the other end, for people. */
  readonly server: string;
  /** Names this very stream: one that is made anew under the old name has another. */
  readonly id: string;
  /** The sequence of the last message when the connection was made; 0 when there was none. */
  readonly end: number;
  /** Settings of the stream when the connection was made. */
  readonly condition: StreamCondition;
  /** Resolves with the reason, for people, when the connection has ended. Never rejects. */
  readonly ended: Promise<string | DeniedError>;
  /** Looks how the stream is set up now. */
  inspect(): Promise<StreamCondition>;
  /** Begins to give a range, in order. Two ranges may be read at one time. */
  read(range: StreamRange, reader: StreamReader): Promise<void>;
  /** The present message of a subject. Rejects with `DeniedError` if that may not be asked. */
  last(subject: string): Promise<StreamMessage | undefined>;
  /**
   * Puts a message in the place of the subject's present one. Calls `answer` once, later: with the
   * message's sequence when the stream has it for good, or with why it was refused. The body is the
   * stream's from now on.
   */
  publish(subject: string, body: Uint8Array, answer: (answer: number | Refusal) => void): void;
  /** Closes it, and what it has opened at the other side. */
  close(): Promise<void>;
}

/** Somebody has to mend something before it is worth another try: rights, or the stream's setup. */
export class DeniedError extends Error {
  override readonly name = "DeniedError";
}
