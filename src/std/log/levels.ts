// The levels of a message, by name and by number.

/** The number of each level: the higher, the worse. */
export const LogLevels = {
  NOTSET: 0,
  DEBUG: 10,
  INFO: 20,
  WARN: 30,
  ERROR: 40,
  CRITICAL: 50,
} as const;

export type LevelName = keyof typeof LogLevels;

/** The number of a level. */
export type LogLevel = typeof LogLevels[LevelName];
