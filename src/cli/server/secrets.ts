// The herd's secrets, from a file or the environment: never from an argument, which any user of
// the machine can read, nor from the topology, which is passed around.

import { encode } from "../../base/bytes.ts";
import { MIN_SECRET_BYTES, Secrets } from "../../flood/mac.ts";
import { TOKEN_KEY_VARIABLE } from "../../http/token.ts";
import { TokenKeys } from "../../server/tokens/token_keys.ts";
import { ConfigError, readConfig } from "../../base/errors.ts";
import type { Topology } from "../../topology/topology.ts";
import type { Context } from "../command/context.ts";

/** The variable that may hold the secret. */
export const SECRET_VARIABLE = "HERD_SECRET";

/**
 * Reads texts without white space, one or more, from a file or else from a variable.
 *
 * @throws {ConfigError} If the file cannot be read, is not UTF-8, or is empty.
 */
async function readWords(
  { file, variable, what }: {
    readonly file: string | undefined;
    readonly variable: string;
    /** For the error, such as `the herd's secret`. */
    readonly what: string;
  },
  context: Pick<Context, "env">,
): Promise<Uint8Array<ArrayBuffer>[]> {
  const text = file === undefined
    ? context.env(variable) ?? ""
    : await readConfig(file, { read: Deno.readFile });
  const words = text.split(/\s+/).filter((it) => it !== "").map(encode);
  if (file !== undefined && words.length === 0) {
    throw new ConfigError(`Cannot use '${file}' as ${what}: it is empty`);
  }
  return words;
}

/** A `RangeError` is about a secret that is too short. */
function orConfigError<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw error instanceof RangeError ? new ConfigError(error.message) : error;
  }
}

/** Keys that tokens are judged by. */
export interface TokenKeyOptions {
  /** The file with the keys of tokens, in place of the variable. */
  readonly file: string | undefined;
  /** Secrets that all servers of the herd have; see `TokenKeysOptions`. */
  readonly shared: readonly Uint8Array[];
}

/**
 * Reads the keys of tokens: none, or some separated by white space. The first one signs, all are accepted.
 *
 * @throws {ConfigError} If the file cannot be read, or a key is too short.
 */
export async function readTokenKeys(
  { file, shared }: TokenKeyOptions,
  context: Pick<Context, "env" | "clock">,
): Promise<TokenKeys> {
  const what = "the key of tokens";
  const keys = await readWords({ file, variable: TOKEN_KEY_VARIABLE, what }, context);
  return orConfigError(() => new TokenKeys({ keys, shared, clock: context.clock }));
}

/**
 * Reads the secrets: one or more, separated by white space. The first one signs, all are accepted,
 * so that a secret can be changed one server at a time while the herd runs.
 *
 * @throws {ConfigError} If the file cannot be read, a secret is too short, or there is none though
 * the herd is reachable from other machines and its servers do not prove themselves by certificates.
 */
export async function readSecrets(
  topology: Topology,
  file: string | undefined,
  context: Pick<Context, "env">,
): Promise<Secrets> {
  const what = "the herd's secret";
  const secrets = await readWords({ file, variable: SECRET_VARIABLE, what }, context);
  const { links, isLoopback, tls } = topology;
  if (secrets.length === 0 && links.length > 0 && !isLoopback && tls === undefined) {
    throw new ConfigError(
      `Cannot start without a secret: not all servers of '${topology.herd}' are on loopback, and ` +
        `its links do not use TLS. Set ${SECRET_VARIABLE} or give --secret-file, with at least ` +
        `${MIN_SECRET_BYTES} bytes`,
    );
  }
  return orConfigError(() => new Secrets(secrets));
}
