// The options of a server: `server` obeys them, `flags`, `unit` and `up` take the same and pass them on.

import { PLACES_SPECS } from "../../places/spec.ts";
import {
  DATA_FOLDER,
  DURABILITIES,
  GOOGLE_KEY_VARIABLE,
  LOG_BACKUPS,
  NATS_CREDENTIALS_VARIABLE,
  PROXY_VARIABLES,
} from "../../topology/permissions.ts";
import { TOKEN_KEY_VARIABLE } from "../../http/token.ts";
import type { Values } from "../command/definition.ts";
import type { Options } from "../command/description.ts";
import { LOG_FILE_BYTES } from "../logging/log_file.ts";
import { LOG_FORMATS, LOG_LEVELS } from "../logging/logging.ts";
import { LIMIT_OPTIONS } from "./limit_options.ts";
import { SECRET_VARIABLE } from "./secrets.ts";
import { TOPOLOGY_OPTION } from "../command/topology_option.ts";

/** Options by name, for a command to spread into its own. */
export const SERVER_OPTIONS = {
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
  placesProxy: {
    kind: "boolean",
    description: `Ask for places through the proxy that ${PROXY_VARIABLES[0]} or the like names`,
  },
  secretFile: {
    kind: "string",
    placeholder: "file",
    description: `The file with the herd's secret, in place of ${SECRET_VARIABLE}`,
  },
  tokenKeyFile: {
    kind: "string",
    placeholder: "file",
    description: `The file with the keys of tokens, in place of ${TOKEN_KEY_VARIABLE}`,
  },
  requireToken: {
    kind: "boolean",
    description: "Have clients of the line protocol begin with 'TOKEN <token>'",
  },
  allowOrigin: {
    kind: "string",
    placeholder: "origin",
    isList: true,
    description: "Let web pages of this origin use the HTTP port, such as https://map.example; " +
      "several, separated by commas or one option each, or '*' for all",
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
  logFileSize: {
    kind: "integer",
    placeholder: "MiB",
    min: 1,
    max: 1_000_000,
    default: LOG_FILE_BYTES / (1024 * 1024),
    description: "A log file that would grow larger is renamed, and another one begun",
  },
  logFiles: {
    kind: "integer",
    placeholder: "n",
    min: 0,
    max: 1_000,
    default: LOG_BACKUPS,
    description: "Earlier log files that are kept: <file>.1, the latest, and so on",
  },
  retain: {
    kind: "string",
    placeholder: "time",
    description: "Drop clients not heard of for so long, such as 30d or 12h; give every server " +
      "the same. Left out, all are kept",
  },
  verifyEvery: {
    kind: "string",
    placeholder: "time",
    default: "1h",
    description: "Look so often whether records are missing that neighbours have, such as 1h or " +
      "1d, and have them sent; 0 for never",
  },
  logLevel: {
    kind: "string",
    placeholder: "level",
    choices: LOG_LEVELS,
    default: "info",
    description: "The least that is logged; at debug every line in and out is",
  },
  logFormat: {
    kind: "string",
    placeholder: "form",
    choices: LOG_FORMATS,
    default: "human",
    description: "One line of text or one of JSON for each event",
  },
  ...LIMIT_OPTIONS,
} as const satisfies Options;

/** The values of `SERVER_OPTIONS` on a command line. */
export type ServerValues = Values<Record<never, never>, typeof SERVER_OPTIONS>;
