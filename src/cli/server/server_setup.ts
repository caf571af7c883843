// What a server is started with: its options, environment and topology, read and checked. Nothing is
// opened yet, so whatever is wrong here leaves no trace.

import { encode } from "../../base/bytes.ts";
import { ConfigError } from "../../base/errors.ts";
import { TOKEN_KEY_VARIABLE, TOKEN_VARIABLE } from "../../http/token.ts";
import type { Secrets } from "../../flood/mac.ts";
import type { TokenKeys } from "../../server/tokens/token_keys.ts";
import type { Trace } from "../../server/tracing.ts";
import { AUDIT_VARIABLE, GOOGLE_KEY_VARIABLE } from "../../topology/permissions.ts";
import { readTopology, type ServerEntry, type Topology } from "../../topology/topology.ts";
import type { Context } from "../command/context.ts";
import { parseDuration } from "../command/duration.ts";
import { UsageError } from "../command/errors.ts";
import { type HttpSettings, httpSettings } from "./open_http.ts";
import { readSecrets, readTokenKeys } from "./secrets.ts";
import type { ServerValues } from "./server_options.ts";
import { processTrace } from "./tracing.ts";

/** The longest time between two looks for missing records: two weeks. */
const MAX_VERIFY_SECONDS = 14 * 86_400;

/** A server that may be opened. */
export interface ServerSetup {
  readonly name: string;
  readonly options: ServerValues;
  readonly context: Pick<Context, "env" | "clock">;
  readonly topology: Topology;
  readonly secrets: Secrets;
  readonly tokens: TokenKeys;
  /** The source of places, as `--places` has it. */
  readonly placesSource: string;
  /** Google's key; undefined when there is none. */
  readonly googleKey: string | undefined;
  /** Undefined when the server has no HTTP port. */
  readonly http: HttpSettings | undefined;
  /** Undefined when clients are kept for ever. */
  readonly retainSeconds: number | undefined;
  /** It looks so often whether records are missing; undefined for never. */
  readonly verifySeconds: number | undefined;
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
  const tokens = await openTokens({ topology, own, options, secrets }, context);
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
    tokens,
    placesSource,
    googleKey,
    http: httpSettings(own, { ...options, tokens }, context),
    retainSeconds: options.retain === undefined ? undefined : parseDuration(options.retain),
    verifySeconds: verifySecondsOf(options.verifyEvery),
    trace: processTrace(placesSource),
  };
}

/** Undefined for never. A longer time could not be waited for by a timer. */
function verifySecondsOf(text: string): number | undefined {
  if (text === "0") return undefined;
  const seconds = parseDuration(text);
  if (seconds > MAX_VERIFY_SECONDS) {
    throw new UsageError(`Cannot use '${text}' for --verify-every: at most 2w, or 0 for never`);
  }
  return seconds;
}

/** Parts of a setup that the keys of tokens depend on. */
interface TokenSetup {
  readonly topology: Topology;
  readonly own: ServerEntry;
  readonly options: ServerValues;
  readonly secrets: Secrets;
}

/**
 * Opens the keys of tokens.
 *
 * @throws {ConfigError} If they cannot be read, or if clients of the own port need a token and there is no
 * key, or anybody could be a neighbour in place of a client.
 */
async function openTokens(
  { topology, own, options: { tokenKeyFile: file, requireToken }, secrets }: TokenSetup,
  context: Pick<Context, "env" | "clock">,
): Promise<TokenKeys> {
  const apiToken = context.env(TOKEN_VARIABLE);
  const shared = [
    ...secrets.derived("status tokens"),
    ...apiToken === undefined ? [] : [encode(apiToken)],
  ];
  const tokens = await readTokenKeys({ file, shared }, context);
  if (!requireToken) return tokens;
  if (!tokens.hasKey) {
    throw new ConfigError(
      `Cannot require tokens without a key: set ${TOKEN_KEY_VARIABLE} or give --token-key-file`,
    );
  }
  const isLinked = topology.neighbours(own.name).length > 0;
  if (isLinked && secrets.isNone && topology.tls === undefined) {
    throw new ConfigError(
      "Cannot require tokens of clients while anybody may link as a neighbour: set HERD_SECRET or give " +
        "--secret-file",
    );
  }
  return tokens;
}
