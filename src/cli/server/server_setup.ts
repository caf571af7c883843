// What a server is started with: its options, environment and topology, read and checked. Nothing is
// opened yet, so whatever is wrong here leaves no trace.

import { ConfigError } from "../../base/errors.ts";
import type { Secrets } from "../../flood/mac.ts";
import type { Trace } from "../../server/tracing.ts";
import { AUDIT_VARIABLE, GOOGLE_KEY_VARIABLE } from "../../topology/permissions.ts";
import { readTopology, type Topology } from "../../topology/topology.ts";
import type { Context } from "../command/context.ts";
import { parseDuration } from "../command/duration.ts";
import { type HttpSettings, httpSettings } from "./open_http.ts";
import { readSecrets } from "./secrets.ts";
import type { ServerValues } from "./server_options.ts";
import { processTrace } from "./tracing.ts";

/** A server that may be opened. */
export interface ServerSetup {
  readonly name: string;
  readonly options: ServerValues;
  readonly context: Pick<Context, "env" | "clock">;
  readonly topology: Topology;
  readonly secrets: Secrets;
  /** The source of places, as `--places` has it. */
  readonly placesSource: string;
  /** Google's key; undefined when there is none. */
  readonly googleKey: string | undefined;
  /** Undefined when the server has no HTTP port. */
  readonly http: HttpSettings | undefined;
  /** Undefined when clients are kept for ever. */
  readonly retainSeconds: number | undefined;
  /** Undefined when nothing is traced. */
  readonly trace: Trace | undefined;
}

/**
 * Reads the setup of the server `name`.
 *
 * @throws {ConfigError} If something is missing or wrong, with what helps.
 */
export async function readSetup(
  { name, ...options }: ServerValues & { readonly name: string },
  context: Pick<Context, "env" | "clock">,
): Promise<ServerSetup> {
  const topology = await readTopology(options.topology);
  const own = topology.server(name);
  const secrets = await readSecrets(topology, options.secretFile, context);
  const googleKey = context.env(GOOGLE_KEY_VARIABLE);
  const placesSource = options.places ?? (googleKey === undefined ? "gazetteer" : "google");
  // Its key is in its URLs, and Deno writes those down.
  if (placesSource === "google-legacy" && context.env(AUDIT_VARIABLE) !== undefined) {
    throw new ConfigError(
      `Cannot take places from 'google-legacy' with ${AUDIT_VARIABLE}: the file would show its ` +
        `key. Leave ${AUDIT_VARIABLE} out, or take 'google'`,
    );
  }
  return {
    name,
    options,
    context,
    topology,
    secrets,
    placesSource,
    googleKey,
    http: httpSettings(own, options, context),
    retainSeconds: options.retain === undefined ? undefined : parseDuration(options.retain),
    trace: processTrace(placesSource),
  };
}
