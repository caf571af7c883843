// What is wrong with the certificates that are on this machine, or soon will be.

import { ConfigError } from "../../base/errors.ts";
import { daysBetween, EXPIRES_SOON_DAYS } from "../../server/links/own_credentials.ts";
import { readCredentials } from "../../server/links/tls_files.ts";
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
  const each = await Promise.all(
    [...servers.keys()].map((name) => certificateWarning(tls.certs, name)),
  );
  return each.filter((it) => it !== undefined);
}

async function certificateWarning(certs: string, name: string): Promise<string | undefined> {
  try {
    const days = daysUntil((await readCredentials(tlsPaths(certs, name), name)).expires);
    return days < EXPIRES_SOON_DAYS
      ? `the certificate of ${name} expires in ${days} days`
      : undefined;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.cause instanceof Deno.errors.NotFound ? undefined : error.message;
  }
}
