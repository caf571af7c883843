// `deno task soak` as a process.

import { processContext } from "../../src/cli/process/process_context.ts";
import { soak } from "./soak/soak.ts";

Deno.exitCode = await soak(Deno.args, processContext());
