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

/** The name of a level. */
export type LevelName = keyof typeof LogLevels;

/** The number of a level. */
export type LogLevel = typeof LogLevels[LevelName];

/** The level of that name. */
export function getLevelByName(name: LevelName): LogLevel {
  const level = LogLevels[name];
  if (level === undefined) {
    throw new Error(`Cannot get log level: no level named ${name}`);
  }
  return level;
}

const names = new Map<number, LevelName>(
  Object.entries(LogLevels).map(([name, level]) => [level, name as LevelName]),
);

/** The name of that level. */
export function getLevelName(level: LogLevel): LevelName {
  const name = names.get(level);
  if (name === undefined) {
    throw new Error(`Cannot get log level: no name for level: ${level}`);
  }
  return name;
}
