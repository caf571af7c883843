// The program `herd`: runs one of the commands of src/cli as this process.

import { herd } from "./src/cli/herd.ts";
import { processContext } from "./src/cli/command/process.ts";

if (import.meta.main) Deno.exit(await herd(Deno.args, processContext()));
