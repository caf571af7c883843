// Asks the servers of a herd how they are, over their HTTP ports.

import type { ServerStatus } from "../../http/api/status_schemas.ts";
import type { Digest } from "../../server/readers/records_digest.ts";
import type { ServerEntry, Topology } from "../../topology/topology.ts";
import type { HttpAsker } from "../command/ask_http.ts";

/** A server's answers about itself and its records. */
export type FullStatus = ServerStatus & { readonly digest: Digest };

/** One server at one instant. */
export interface ServerLook {
  readonly name: string;
  /** Its status, if it answered. */
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
export async function lookAtHerd({ herd, servers }: Topology, asker: HttpAsker): Promise<HerdLook> {
  const atMs = Date.now();
  const looks = [...servers.values()].map((it) => lookAtServer(it, asker));
  return { herd, atMs, servers: await Promise.all(looks) };
}

async function lookAtServer(server: ServerEntry, asker: HttpAsker): Promise<ServerLook> {
  const { name } = server;
  const answer = await asker.ask<FullStatus>(server, "/v1/status?digest=true");
  return typeof answer === "string"
    ? { name, status: undefined, reason: answer }
    : { name, status: answer, reason: undefined };
}
