// The options of a server that change what it may touch: `server` obeys them, and `flags` derives
// permissions from them, so both must take the same.

import { PLACES_SPECS } from "../../places/spec.ts";
import {
  DATA_FOLDER,
  DURABILITIES,
  GOOGLE_KEY_VARIABLE,
  NATS_CREDENTIALS_VARIABLE,
} from "../../topology/permissions.ts";
import type { Options } from "../command/description.ts";
import { SECRET_VARIABLE } from "./secrets.ts";
import { TOPOLOGY_OPTION } from "../command/topology_option.ts";

/** Options by name, for a command to spread into its own. */
export const START_OPTIONS = {
  topology: TOPOLOGY_OPTION,
  host: {
    kind: "string",
    placeholder: "host",
    description: "Listen here, not as in the topology",
  },
  port: {
    kind: "integer",
    placeholder: "port",
    min: 1,
    max: 65535,
    description: "Listen here, not as in the topology",
  },
  places: {
    kind: "string",
    placeholder: "source",
    description: `Where places come from: ${PLACES_SPECS.join(", ")}; ` +
      `left out, google if ${GOOGLE_KEY_VARIABLE} is set, else gazetteer`,
  },
  googleUrl: {
    kind: "string",
    placeholder: "url",
    description: "A proxy to ask in place of Google; https, or on this machine",
  },
  secretFile: {
    kind: "string",
    placeholder: "file",
    description: `The file with the herd's secret, in place of ${SECRET_VARIABLE}`,
  },
  natsCredentials: {
    kind: "string",
    placeholder: "file",
    description: `The file with the credentials for NATS, in place of ${NATS_CREDENTIALS_VARIABLE}`,
  },
  natsCa: {
    kind: "string",
    placeholder: "file",
    description: "Certificates (PEM) that NATS servers are trusted by, besides the well-known ones",
  },
  durability: {
    kind: "string",
    placeholder: "mode",
    choices: DURABILITIES,
    default: "relaxed",
    description: "relaxed answers from memory and saves within 50 ms, commit saves before it " +
      "answers, none saves nothing",
  },
  dataDir: {
    kind: "string",
    placeholder: "folder",
    description: `The folder of this server's data; left out, ${DATA_FOLDER}/ and its name`,
  },
  noHttp: {
    kind: "boolean",
    description: "Open no HTTP port, though the topology has one",
  },
  logFile: {
    kind: "string",
    placeholder: "file",
    description: "Log to this file, rotated, and only warnings to standard error",
  },
} as const satisfies Options;
