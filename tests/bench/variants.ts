// The ways to run a herd that cost something: what is off by default is measured beside what is on.

import type { Bench } from "./bench_case.ts";

/** A way to start servers. */
export interface Variant {
  readonly label: string;
  /** Options of `herd server`. */
  readonly args: readonly string[];
  /** Whether it is the one that targets are for: in memory, in the clear. */
  readonly isPlain: boolean;
}

/** Those that this source tree has. */
export function variants({ features }: Bench): Variant[] {
  const inMemory = features.durability ? ["--durability", "none"] : [];
  const all: Variant[] = [{ label: "in memory", args: inMemory, isPlain: true }];
  if (features.durability) {
    all.push({ label: "durable", args: ["--durability", "relaxed"], isPlain: false });
  }
  return all;
}

/** The one that targets are for. */
export function plainVariant(bench: Bench): Variant {
  return variants(bench).find((it) => it.isPlain)!;
}
