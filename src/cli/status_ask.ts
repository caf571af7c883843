// Asks the servers of a herd how they are, over their HTTP ports.

import type { ServerStatus } from "../http/views.ts";
import { formatAddress } from "../server/address.ts";
import type { Digest } from "../server/records_digest.ts";
import type { ServerEntry, Topology } from "../server/topology.ts";

/** How long an answer may take, in milliseconds: the first digest of a million records takes some. */
const ANSWER_MS = 10_000;

/** What a server says of itself and of its records. */
export type FullStatus = ServerStatus & { readonly digest: Digest };

/** One server at one instant. */
export interface ServerLook {
  readonly name: string;
  /** What it said of itself, if it did. */
  readonly status: FullStatus | undefined;
  /** Why there is nothing of it, for people. */
  readonly reason: string | undefined;
}

/** All servers at about one instant. */
export interface HerdLook {
  readonly herd: string;
  /** In milliseconds since 1970. */
  readonly atMs: number;
  /** In the order of the topology. */
  readonly servers: readonly ServerLook[];
}

/** Asks every server of the topology, all at once. Never rejects. */
export async function lookAtHerd(
  { herd, servers }: Topology,
  token: string | undefined,
): Promise<HerdLook> {
  const atMs = Date.now();
  const looks = [...servers.values()].map((it) => lookAtServer(it, token));
  return { herd, atMs, servers: await Promise.all(looks) };
}

async function lookAtServer(
  { name, host, http }: ServerEntry,
  token: string | undefined,
): Promise<ServerLook> {
  const without = (reason: string) => ({ name, status: undefined, reason });
  if (http === undefined) return without("has no HTTP port");
  const address = formatAddress(host, http);
  try {
    const response = await fetch(`http://${address}/v1/status?digest=true`, {
      headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
      redirect: "error",
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (response.ok) return { name, status: await response.json(), reason: undefined };
    await response.body?.cancel();
    return without(
      response.status === 401
        ? `${address} asks for a token, or for another one`
        : `${address} answers with status ${response.status}`,
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) {
      return without(`this process was not granted ${address}`);
    }
    const isLate = error instanceof DOMException && error.name === "TimeoutError";
    return without(isLate ? `${address} does not answer` : `nothing listens at ${address}`);
  }
}
