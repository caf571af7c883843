// The commands by name. Each one is loaded when it is asked for, so that none waits for the others.

import type { Command } from "./command/definition.ts";

/** Loads each command, in the order of the help. */
export const commands: Readonly<Record<string, () => Promise<{ default: Command }>>> = {
  server: () => import("./commands/server.ts"),
  up: () => import("./commands/up.ts"),
  demo: () => import("./commands/demo.ts"),
  client: () => import("./commands/client.ts"),
  status: () => import("./commands/status.ts"),
  check: () => import("./commands/check.ts"),
  verify: () => import("./commands/verify.ts"),
  forget: () => import("./commands/forget.ts"),
  token: () => import("./commands/token.ts"),
  flags: () => import("./commands/flags.ts"),
  unit: () => import("./commands/unit.ts"),
  certs: () => import("./commands/certs.ts"),
  import: () => import("./commands/data/import.ts"),
  export: () => import("./commands/data/export.ts"),
  backup: () => import("./commands/data/backup.ts"),
  install: () => import("./commands/install.ts"),
};
