// How a server of this topology reaches the herd's stream: its credentials, from a file or the
// environment and never from an argument, and the certificates that it trusts.

import { connectNats } from "../../backbone/nats/nats.ts";
import { KEPT_LONGER_SECONDS } from "../../backbone/nats/setup.ts";
import { ConfigError, readConfig } from "../../base/errors.ts";
import { natsDialer } from "../../server/links/nats_dialer.ts";
import type { BackboneOptions } from "../../server/node.ts";
import { NATS_CREDENTIALS_VARIABLE } from "../../topology/permissions.ts";
import type { Topology } from "../../topology/topology.ts";
import type { Context } from "../command/context.ts";

/** The options of a server that the backbone depends on. */
export interface BackboneSettings {
  readonly name: string;
  readonly natsCredentials: string | undefined;
  readonly natsCa: string | undefined;
}

/**
 * Connects the server to the backbone; undefined when it is on none.
 *
 * @throws {ConfigError} If a file cannot be read, or there are no credentials though NATS is
 * reachable from other machines.
 */
export async function openBackbone(
  topology: Topology,
  { name, natsCredentials, natsCa }: BackboneSettings,
  retainSeconds: number | undefined,
  context: Pick<Context, "env">,
): Promise<BackboneOptions | undefined> {
  const backbone = topology.backboneOf(name);
  if (backbone === undefined) return undefined;
  const credentials = natsCredentials === undefined
    ? context.env(NATS_CREDENTIALS_VARIABLE)?.trim()
    : (await readConfig(natsCredentials, { read: Deno.readFile })).trim();
  if (credentials === "") {
    throw new ConfigError(`Cannot use '${natsCredentials}' as credentials for NATS: it is empty`);
  }
  if (credentials === undefined && !backbone.isLoopback) {
    throw new ConfigError(
      `Cannot start without credentials for NATS: not all of its servers are on loopback. ` +
        `Set ${NATS_CREDENTIALS_VARIABLE} or give --nats-credentials`,
    );
  }
  const ca = natsCa === undefined ? undefined : await readConfig(natsCa, { read: Deno.readFile });
  const options = {
    servers: backbone.nats,
    herd: topology.herd,
    self: name,
    dialer: natsDialer,
    credentials,
    tls: backbone.isTls || ca !== undefined ? { ca } : undefined,
    replicas: backbone.replicas,
    maxAgeSeconds: retainSeconds === undefined ? undefined : retainSeconds + KEPT_LONGER_SECONDS,
    random: Math.random,
  };
  return {
    connect: (signal, pause) => connectNats({ ...options, pause }, signal),
    origins: new Set(topology.servers.keys()),
  };
}
