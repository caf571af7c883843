// What `herd server` of this source tree can do, asked of its own help.

import { MAIN } from "../support/processes.ts";
import type { Features } from "./bench_case.ts";

/** Looks for the options that cases are about. */
export async function detectFeatures(): Promise<Features> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", MAIN, "server", "--help"],
    stderr: "null",
  }).output();
  const help = new TextDecoder().decode(stdout);
  return { durability: help.includes("--durability"), tls: help.includes("--tls") };
}
