// The log as every layer sees it: events with fields, never ready-made texts.
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
  /** True if `debug` does anything; ask before making fields on a busy path. */
  readonly debugEnabled: boolean;
  /** Details for somebody who looks for a fault, such as every line in and out. */
  debug(event: string, fields?: Fields): void;
  /** Events in the life of a server. */
  info(event: string, fields?: Fields): void;
  /** Something that should not be so, though the server copes. */
  warn(event: string, fields?: Fields): void;
  /** Something that the server cannot cope with. */
  error(event: string, fields?: Fields): void;
}

/** A log that drops everything. */
export const silentLog: Log = {
  debugEnabled: false,
  debug() {},
  info() {},
  warn() {},
  error() {},
};
