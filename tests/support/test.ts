// Tests that need more than memory. Each is ignored, visibly, where it lacks what it needs, so that
// `deno test` without flags passes.

import { granted, loopback } from "./permissions.ts";
import { temporary } from "./files/temporary.ts";

const { os } = Deno.build;

/** What a test may need, each with the test for it. */
const NEEDS = {
  /** Listening and dialling on loopback. */
  sockets: () => granted(loopback),
  /** A temporary folder. */
  disk: () => granted(...temporary),
  /** The project's own files. */
  project: () => granted({ name: "read", path: new URL("../..", import.meta.url).pathname }),
  /** Programs to run: `deno` and others. */
  processes: () => granted({ name: "run" }, { name: "read" }, { name: "env" }, { name: "sys" }),
  linux: () => os === "linux",
  unix: () => os !== "windows",
};

/** What a test may need. */
export type Need = keyof typeof NEEDS;

/**
 * Gives what stands for `Deno.test` in tests with these needs: itself, or `Deno.test.ignore` where one
 * of them is not met. A boolean is a need of the test's own, false where it is not met.
 *
 * ```ts
 * const test = testWith("sockets");
 * test("a client gets a reply", async () => {});
 * ```
 */
export function testWith(...needs: (Need | boolean)[]): Deno.TestIgnore {
  const isMet = (need: Need | boolean) => typeof need === "boolean" ? need : NEEDS[need]();
  return needs.every(isMet) ? Deno.test : Deno.test.ignore;
}
