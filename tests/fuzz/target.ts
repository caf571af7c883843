// What can be fuzzed: inputs, and what must hold for each of them.

import type { Chance } from "./chance.ts";

/** One part of the program and the plain version that it must agree with. */
export interface Target {
  /** A word for the command line and for messages; the name of its corpus, `corpus/<name>.txt`. */
  readonly name: string;
  /** Makes an input in the form of the grammar: valid, or nearly so. */
  generate(chance: Chance): string;
  /** Throws if the program and the reference differ over an input, or the program fails. */
  check(input: string): void | Promise<void>;
}

/** The program and the reference differ. */
export class Difference extends Error {
  override readonly name = "Difference";

  constructor(actual: unknown, expected: unknown) {
    super(`The program says ${show(actual)}, the reference ${show(expected)}`);
  }
}

/** Throws unless two values have the same JSON. */
export function expectSame(actual: unknown, expected: unknown): void {
  if (actual === expected || show(actual) === show(expected)) return;
  throw new Difference(actual, expected);
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, it) => typeof it === "bigint" ? `${it}n` : it) ?? "nothing";
}
