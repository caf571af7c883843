// The program `herd`: runs one of the commands of src/cli as this process.

import { herd } from "./src/cli/herd.ts";
import { untie } from "./src/cli/process/parent.ts";
import { processContext } from "./src/cli/process/process_context.ts";

if (import.meta.main) {
  const { args, parent } = untie(Deno.args);
  Deno.exit(await herd(args, processContext(parent)));
}
