// Replaces members of a class of the project for a while.

/** Puts `parts` in the place of what `target` has under these names, until it is disposed of. */
export function override<T extends object>(target: T, parts: Partial<T>): Disposable {
  const names = Reflect.ownKeys(parts);
  const before = names.map((it) => Object.getOwnPropertyDescriptor(target, it));
  Object.defineProperties(target, Object.getOwnPropertyDescriptors(parts));
  return {
    [Symbol.dispose]() {
      for (const [index, name] of names.entries()) {
        const descriptor = before[index];
        if (descriptor === undefined) Reflect.deleteProperty(target, name);
        else Object.defineProperty(target, name, descriptor);
      }
    },
  };
}
