// The commands by name. Each one is loaded when it is asked for, so that none waits for the others.

import type { Command } from "./command.ts";

/** How to load each command, in the order of the help. */
export const commands: Readonly<Record<string, () => Promise<{ default: Command }>>> = {
  server: () => import("./server.ts"),
  up: () => import("./up.ts"),
  demo: () => import("./demo.ts"),
  client: () => import("./client.ts"),
  status: () => import("./status.ts"),
  check: () => import("./check.ts"),
  forget: () => import("./forget.ts"),
  flags: () => import("./flags.ts"),
  unit: () => import("./unit.ts"),
  certs: () => import("./certs.ts"),
  backup: () => import("./backup.ts"),
};
