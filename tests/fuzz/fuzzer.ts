// Runs a target over inputs: its corpus, what its grammar makes, and both of them broken.

import { Chance } from "./chance.ts";
import { mutate } from "./mutate.ts";
import { shrink } from "./shrink.ts";
import type { Target } from "./target.ts";
import { unescape } from "./text.ts";

/** An input over which a target failed. */
export interface Finding {
  readonly target: string;
  /** As short as it could be made. */
  readonly input: string;
  readonly error: unknown;
}

/** The inputs that are kept: what once failed, and what a mutation should start from. */
export async function readCorpus({ name }: Target): Promise<string[]> {
  const text = await Deno.readTextFile(new URL(`corpus/${name}.txt`, import.meta.url));
  return text.split("\n").filter((it) => it !== "" && !it.startsWith("# ")).map(unescape);
}

/** Makes inputs of one target without end. */
export class Fuzzer {
  readonly #target: Target;
  readonly #corpus: readonly string[];
  readonly #chance: Chance;
  /** Inputs so far. */
  count = 0;

  constructor(target: Target, corpus: readonly string[], seed: number) {
    this.#target = target;
    this.#corpus = corpus;
    this.#chance = new Chance(seed);
  }

  /** Tries all inputs of the corpus as they are. */
  async replay(): Promise<Finding | undefined> {
    for (const input of this.#corpus) {
      const finding = await this.#try(input);
      if (finding) return finding;
    }
    return undefined;
  }

  /** Tries so many inputs; gives what it found, if anything. */
  async run(inputs: number): Promise<Finding | undefined> {
    for (let i = 0; i < inputs; i++) {
      const input = this.#next();
      // Most targets need no waiting, and a promise for each input would be most of the time.
      try {
        const checked = this.#target.check(input);
        if (checked !== undefined) await checked;
        this.count++;
      } catch {
        return await this.#try(input);
      }
    }
    return undefined;
  }

  #next(): string {
    const input = this.#start();
    return this.#chance.oneIn(4) ? input : mutate(input, this.#chance, this.#start());
  }

  #start(): string {
    const fromCorpus = this.#corpus.length > 0 && this.#chance.oneIn(3);
    return fromCorpus ? this.#chance.pick(this.#corpus) : this.#target.generate(this.#chance);
  }

  async #try(input: string): Promise<Finding | undefined> {
    this.count++;
    const failure = async (it: string) => {
      try {
        await this.#target.check(it);
      } catch (error) {
        return { error };
      }
    };
    if (await failure(input) === undefined) return undefined;
    const shortest = await shrink(input, async (it) => await failure(it) !== undefined);
    const { error } = (await failure(shortest))!;
    return { target: this.#target.name, input: shortest, error };
  }
}
