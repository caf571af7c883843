// Readiness of a server for clients, and its faults. Readiness does not hang on other servers: one that
// has lost all of its neighbours, or NATS, knows no less than those, and still answers.

import type { NeighbourStatus } from "../flood/neighbour.ts";
import { EXPIRES_SOON_DAYS } from "./tls/own_credentials.ts";
import { MAX_CLOCK_OFFSET_SECONDS, whyNotDate } from "./peer_clocks.ts";
import type { NodeStatus, RecordsStatus } from "./status.ts";

/**
 * A server that has just started may take this long to find a neighbour, or to be level with the
 * backbone, before it is ready without. Links to servers that run take less than 2 s.
 */
export const JOIN_SECONDS = 5;

/** The state of a server, each list with reasons for people. */
export interface Health {
  /** Reasons for clients to go elsewhere; empty when it is ready. */
  readonly unready: readonly string[];
  /** Faults beside which it serves; empty when all is well. */
  readonly degraded: readonly string[];
}

/** Parts of the state. */
export type HealthSource =
  & Pick<
    NodeStatus,
    "upSeconds" | "clock" | "isStopping" | "retainSeconds" | "backbone" | "certificate"
  >
  & { readonly records: Pick<RecordsStatus, "disk"> }
  & {
    readonly neighbours: ReadonlyMap<
      string,
      Pick<
        NeighbourStatus,
        | "name"
        | "isFollowing"
        | "hasCaughtUp"
        | "backlogToRead"
        | "clockOffsetSeconds"
        | "retention"
        | "twins"
      >
    >;
  };

/**
 * The state of a server now. It is ready when it is not stopping, and has since its start read all that
 * one neighbour has, or found none in the time to look for one. A backlog that comes later, after a link
 * was lost, makes it no less ready than the loss did.
 */
export function healthOf(status: HealthSource): Health {
  const { backbone } = status;
  const neighbours = [...status.neighbours.values()];
  const unready: string[] = [];
  const degraded: string[] = [];
  if (status.isStopping) unready.push("It is stopping");
  const hasJoined = neighbours.some((it) => it.hasCaughtUp) || backbone?.isLevel;
  const isAlone = neighbours.length === 0 && backbone === undefined;
  const followed = neighbours.filter((it) => it.isFollowing);
  if (!hasJoined && followed.length > 0) {
    const left = Math.min(...followed.map((it) => it.backlogToRead));
    unready.push(`It reads what the herd has: ${left} changes are left`);
  } else if (!isAlone && !hasJoined && status.upSeconds < JOIN_SECONDS) {
    unready.push(`It has just started, and looks for the herd for up to ${JOIN_SECONDS} s`);
  }
  // Where two disagree nobody knows who is wrong: both serve, and both say so below.
  if (status.clock.verdict === "off") unready.push(whyNotDate(status.clock)!);
  const retention = status.retainSeconds ?? null;
  for (const it of neighbours) {
    const { name, isFollowing, clockOffsetSeconds, retention: theirs, twins } = it;
    if (theirs !== undefined && theirs !== retention) {
      degraded.push(
        `It keeps clients ${keptFor(retention)}, and '${name}' ${
          keptFor(theirs)
        }: give both the same ` +
          "--retain",
      );
    }
    if (twins.areSeen) degraded.push(`Two processes are called '${name}': stop one of them`);
    if (twins.isOwn) {
      unready.push(
        `Another process has its name, and is linked with '${name}': stop one of them. What clients tell ` +
          "this one, the others hear when it is the only one",
      );
    }
    if (!isFollowing) degraded.push(`It does not follow '${name}'`);
    else if (Math.abs(clockOffsetSeconds) > MAX_CLOCK_OFFSET_SECONDS) {
      degraded.push(`Its clock and that of '${name}' are ${clockOffsetSeconds.toFixed(1)} s apart`);
    }
  }
  if (backbone !== undefined && !backbone.isLevel) {
    // The reason may name hosts: that is for the log, which not everybody reads.
    degraded.push(
      backbone.server === undefined
        ? "It is not connected to the backbone; the log says why"
        : "It has not caught up with the backbone",
    );
  } else if (Math.abs(backbone?.clockOffsetSeconds ?? 0) > MAX_CLOCK_OFFSET_SECONDS) {
    const seconds = backbone!.clockOffsetSeconds.toFixed(1);
    degraded.push(`Its clock and that of the backbone are ${seconds} s apart`);
  }
  for (const fault of backbone?.faults ?? []) degraded.push(`Backbone: ${fault}`);
  if (backbone !== undefined && backbone.passedOver > 0) {
    degraded.push(
      `The backbone does not take ${backbone.passedOver} of its records; the log says why`,
    );
  }
  const { daysLeft = Infinity } = status.certificate ?? {};
  if (daysLeft < 0) degraded.push("Its certificate has expired: no link can be made");
  else if (daysLeft < EXPIRES_SOON_DAYS) {
    degraded.push(`Its certificate expires in ${daysLeft} days; then no link can be made`);
  }
  if (status.records.disk?.trouble !== undefined) {
    // The reason names files: that is for the log, which not everybody reads.
    degraded.push("Its disk takes nothing; the log says why");
  }
  return { unready, degraded };
}

function keptFor(seconds: number | null): string {
  return seconds === null ? "for ever" : `for ${seconds} s`;
}
