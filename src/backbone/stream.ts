// What the backbone asks of a message system: a log of messages, numbered by sequences, that keeps
// the last one of each subject. JetStream is one (nats.ts), and so is the model in the tests.

/** A message as the stream keeps it. */
export interface StreamMessage {
  /** Its number in the stream, from 1 on; greater than that of every message before it. */
  readonly sequence: number;
  /** `<origin> <skew> <client> <location> <time>`, if a server of the herd wrote it. */
  readonly body: Uint8Array;
  /** When the stream took it, in POSIX seconds. */
  readonly takenSeconds: number;
}

/** Takes what a stream has. */
export interface StreamReader {
  /** The next message. */
  message(message: StreamMessage): void;
  /** Everything that the stream has now was given. */
  level(): void;
}

/** A connection to a herd's stream. When anything fails it ends: nothing here is tried again. */
export interface StreamConnection {
  /** The server at the other end, for people. */
  readonly server: string;
  /** Names this very stream: one that is made anew under the old name has another. */
  readonly id: string;
  /** The sequence of the last message when the connection was made; 0 when there was none. */
  readonly end: number;
  /** Resolves with the reason, for people, when the connection has ended. Never rejects. */
  readonly ended: Promise<string>;
  /** Begins to give what comes after this sequence, in order. To be called once. */
  read(after: number, reader: StreamReader): Promise<void>;
  /**
   * Puts a message in the place of the subject's present one. Calls `done` with its sequence once the
   * stream has it for good. The body is the stream's from now on.
   */
  publish(subject: string, body: Uint8Array, done: (sequence: number) => void): void;
  /** Closes it. */
  close(): Promise<void>;
}
