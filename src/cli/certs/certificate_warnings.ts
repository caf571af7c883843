// Warnings about certificates on this machine that are wrong, or soon will be.

import { ConfigError } from "../../base/errors.ts";
import { daysBetween, EXPIRES_SOON_DAYS } from "../../server/tls/own_credentials.ts";
import { readCredentials, readWebCredentials } from "../../server/tls/tls_files.ts";
import { tlsPaths } from "../../topology/tls_paths.ts";
import type { Topology } from "../../topology/topology.ts";

/** Whole days until then; negative ones are past. */
export function daysUntil(date: Date): number {
  return daysBetween(new Date(), date);
}

/**
 * Looks at the certificates of a herd with TLS. Servers whose files are not here are passed over: their
 * machines have them.
 */
export async function certificateWarnings({ tls, servers }: Topology): Promise<string[]> {
  if (tls === undefined) return [];
  const { certs, http } = tls;
  const each = [...servers.values()].map(({ name }) =>
    warning(
      `the certificate of ${name}`,
      async () => (await readCredentials(tlsPaths(certs, name), name)).expires,
    )
  );
  const webs = http === undefined || http === certs ? [] : [...servers.values()];
  const eachWeb = webs.filter((it) => it.http !== undefined).map(({ name }) =>
    warning(
      `the HTTPS certificate of ${name}`,
      async () => (await readWebCredentials(tlsPaths(http!, name))).expires,
    )
  );
  return (await Promise.all([...each, ...eachWeb])).filter((it) => it !== undefined);
}

async function warning(what: string, expires: () => Promise<Date>): Promise<string | undefined> {
  try {
    const days = daysUntil(await expires());
    return days < EXPIRES_SOON_DAYS ? `${what} expires in ${days} days` : undefined;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.cause instanceof Deno.errors.NotFound ? undefined : error.message;
  }
}
