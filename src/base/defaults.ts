// Settings of which any may be left out.

/** Some settings of `T`. One that is undefined counts as left out. */
export type Given<T> = { readonly [Name in keyof T]?: T[Name] | undefined };

/** The defaults, except for the settings that are given; where several give one, the last does. */
export function withDefaults<T extends object>(
  defaults: T,
  ...given: readonly (Given<T> | undefined)[]
): T {
  const settings = { ...defaults };
  for (const some of given) {
    for (const name in some) {
      if (some[name] !== undefined) settings[name] = some[name];
    }
  }
  return settings;
}
