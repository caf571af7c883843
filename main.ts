// The program `herd`: runs one of the commands of src/cli as this process.

import { herd } from "./src/cli/herd.ts";
import { untie } from "./src/cli/command/parent.ts";
import { processContext } from "./src/cli/command/process.ts";

if (import.meta.main) {
  const { args, parent } = untie(Deno.args);
  Deno.exit(await herd(args, processContext(parent)));
}
