// Asks the servers of a herd how they are, over their HTTP ports.

import type { Clock } from "../../base/clock.ts";
import { aborted, after, until } from "../../base/waiting.ts";
import type { ServerStatus } from "../../http/api/status_schemas.ts";
import type { Digest } from "../../server/readers/records_digest.ts";
import type { ServerEntry, Topology } from "../../topology/topology.ts";
import type { HttpAsker } from "../command/ask_http.ts";

/** The time between two looks, in milliseconds. */
export const LOOK_MS = 1_000;

/** A server's answers about itself and its records. */
export type FullStatus = ServerStatus & { readonly digest: Digest };

/** One server at one instant. */
export interface ServerLook {
  readonly name: string;
  /** Its status, if it answered. */
  readonly status: FullStatus | undefined;
  /** The reason why there is nothing of it, for people. */
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

/** Two looks, `LOOK_MS` apart or less when `signal` is aborted: rates, and what stays different. */
export async function lookTwice(
  topology: Topology,
  asker: HttpAsker,
  { clock, signal }: { readonly clock: Clock; readonly signal?: AbortSignal },
): Promise<[before: HerdLook, now: HerdLook]> {
  const before = await lookAtHerd(topology, asker);
  await until(after(clock, LOOK_MS), ...signal === undefined ? [] : [aborted(signal)]);
  return [before, await lookAtHerd(topology, asker)];
}

async function lookAtServer(server: ServerEntry, asker: HttpAsker): Promise<ServerLook> {
  const { name } = server;
  const answer = await asker.ask<FullStatus>(server, "/v1/status?digest=true");
  return typeof answer === "string"
    ? { name, status: undefined, reason: answer }
    : { name, status: answer, reason: undefined };
}
