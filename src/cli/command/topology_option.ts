// The option that says which herd, the same for every command.

import type { StringOption } from "./description.ts";

/** `--topology <file>`. */
export const TOPOLOGY_OPTION = {
  kind: "string",
  placeholder: "file",
  default: "topology.json",
  description: "The file with the herd's servers and links",
} as const satisfies StringOption;
