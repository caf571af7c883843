// The herd's secrets, from a file or the environment: never from an argument, which any user of
// the machine can read, nor from the topology, which is passed around.

import { encode } from "../../base/bytes.ts";
import { MIN_SECRET_BYTES, Secrets } from "../../flood/mac.ts";
import { ConfigError, readConfig } from "../../base/errors.ts";
import type { Topology } from "../../topology/topology.ts";
import type { Context } from "../command/context.ts";

/** The variable that may hold the secret. */
export const SECRET_VARIABLE = "HERD_SECRET";

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
  const text = file === undefined
    ? context.env(SECRET_VARIABLE) ?? ""
    : await readConfig(file, { read: Deno.readFile });
  const secrets = text.split(/\s+/).filter((it) => it !== "").map(encode);
  if (file !== undefined && secrets.length === 0) {
    throw new ConfigError(`Cannot use '${file}' as the herd's secret: it is empty`);
  }
  const { links, isLoopback, tls } = topology;
  if (secrets.length === 0 && links.length > 0 && !isLoopback && tls === undefined) {
    throw new ConfigError(
      `Cannot start without a secret: not all servers of '${topology.herd}' are on loopback, and ` +
        `its links do not use TLS. Set ${SECRET_VARIABLE} or give --secret-file, with at least ` +
        `${MIN_SECRET_BYTES} bytes`,
    );
  }
  try {
    return new Secrets(secrets);
  } catch (error) {
    throw error instanceof RangeError ? new ConfigError(error.message) : error;
  }
}
