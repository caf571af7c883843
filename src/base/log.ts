// What every layer may say about itself, and how: events with fields, never ready-made texts.
// Where they go and how they look is for src/cli/logging/logging.ts.

/** A value in a log line. Bytes are what a client or a neighbour sent, in whatever encoding. */
export type Field = string | number | boolean | Uint8Array;

/** Named values of an event; one that is undefined is left out. Each line has some names already. */
export type Fields = Readonly<
  & Record<string, Field | undefined>
  & { [Name in "time" | "level" | "server" | "event" | "msg"]?: never }
>;

/**
 * Takes events. An event is a stable name for machines, words from the large to the small joined by
 * dots, such as `link.up`. No method throws, waits, or keeps the bytes it is given.
 */
export interface Log {
  /** Whether `debug` does anything: asked before fields are made on a busy path. */
  readonly debugEnabled: boolean;
  /** What only somebody who looks for a fault wants to see, such as every line in and out. */
  debug(event: string, fields?: Fields): void;
  /** What belongs to the life of a server. */
  info(event: string, fields?: Fields): void;
  /** What should not be so, though the server copes. */
  warn(event: string, fields?: Fields): void;
  /** What the server cannot cope with. */
  error(event: string, fields?: Fields): void;
}

/** Takes events and forgets them. */
export const silentLog: Log = {
  debugEnabled: false,
  debug() {},
  info() {},
  warn() {},
  error() {},
};
