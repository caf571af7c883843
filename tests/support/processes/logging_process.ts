// A process that logs and then ends in one of several ways, for the tests of logging.
// Arguments: how it ends, and the log file.

import { SystemClock } from "../../../src/server/system.ts";
import { startLogging } from "../../../src/cli/logging/logging.ts";

const [end, file] = Deno.args;
const { log } = startLogging({
  server: "Goloman",
  clock: new SystemClock(),
  level: "info",
  format: "json",
  file,
});
log.info("server.listening");
log.warn("link.lost");
if (end === "exit") Deno.exit(3);
if (end === "throw") throw new Error("Thrown");
if (end === "reject") Promise.reject(new Error("Rejected"));
