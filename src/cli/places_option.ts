// The option that says where places come from, the same for every command. Its forms are those of
// ../places/spec.ts.

import { PLACES_SPECS } from "../places/spec.ts";
import { GOOGLE_KEY_VARIABLE } from "../server/permissions.ts";
import type { StringOption } from "./command.ts";

/** `--places <source>`. */
export const PLACES_OPTION = {
  kind: "string",
  placeholder: "source",
  description: `Where places come from: ${PLACES_SPECS.join(", ")}; ` +
    `left out, google if ${GOOGLE_KEY_VARIABLE} is set, else gazetteer`,
} as const satisfies StringOption;
