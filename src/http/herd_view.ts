// The whole herd as one server sees it: itself at once, its neighbours by asking their HTTP ports, and
// all others by what those tell of them. Asks once a second while somebody looks, else never.

import * as v from "valibot";
import { awaitedLater, inBackground } from "../base/background.ts";
import type { Clock } from "../base/clock.ts";
import { aborted, after, until } from "../base/waiting.ts";
import type { ServerEntry, Topology } from "../topology/topology.ts";
import {
  type HerdLink,
  HerdServer,
  type HerdSnapshot,
  LinkStatus,
  type ServerStatus,
} from "./api/status_schemas.ts";
import { ask, type HttpTrust } from "./ask.ts";

/** The time between two rounds of questions, and how long an answer may take, in milliseconds. */
const ROUND_MS = 1_000;
const ANSWER_MS = 900;

/** Time for which the first one who looks waits to hear of all servers, and between two looks, in ms. */
const SURVEY_MS = 3_000;
const LOOK_AGAIN_MS = 100;

/** After nobody has looked for this long, nobody is asked any more. */
export const MAX_WATCH_SECONDS = 10;

/** A report of this age says that its server is up; one up to the other age, what its links do. */
const UP_SECONDS = 3;
const FRESH_SECONDS = 10;

/** In a herd of more servers than this, neighbours tell of themselves alone. */
const MAX_RELAYED_SERVERS = 64;

/** The surroundings of a view. */
export interface HerdViewOptions {
  readonly self: string;
  readonly topology: Topology;
  /** The token to ask others with, if they may want one. */
  token(): Promise<string | undefined>;
  /** Whom to trust where HTTP is over TLS; undefined where it is plain. */
  readonly trust: HttpTrust | undefined;
  readonly clock: Clock;
  /** This server's own account of itself now. */
  own(): ServerStatus;
}

interface Report {
  readonly status: ServerStatus;
  /** The time at which its server said so, on the steady clock. */
  readonly saidMs: number;
}

/** The part of a schema that is used here: a neighbour may run another version, which tells more. */
function part<E extends v.ObjectEntries, const K extends keyof E & string>(
  { entries }: { readonly entries: E },
  ...keys: readonly K[]
) {
  const used = Object.fromEntries(keys.map((key) => [key, entries[key]!]));
  return v.looseObject(used as Pick<E, K>);
}

const LinkPart = v.looseObject({
  ...part(LinkStatus, "neighbour", "isFollowing", "isFollowed", "lagPositions", "lagSeconds")
    .entries,
  // What a neighbour of an older version does not tell.
  backlogToSend: v.optional(LinkStatus.entries.backlogToSend),
  sent: part(LinkStatus.entries.sent, "lines", "bytes"),
  received: part(LinkStatus.entries.received, "lines", "bytes"),
});

/** The part of a neighbour's answer that is used here. */
const Answer = v.looseObject({
  servers: v.array(v.looseObject({
    ...part(HerdServer, "name", "ageSeconds").entries,
    status: v.nullable(v.looseObject({ links: v.array(LinkPart) })),
  })),
});

/** Gathers what is known of the herd. */
export class HerdView implements Disposable {
  readonly #options: HerdViewOptions;
  readonly #neighbours: readonly ServerEntry[];
  readonly #reports = new Map<string, Report>();
  readonly #ending = new AbortController();
  #watchedUntilMs = -Infinity;
  #isAsking = false;
  /** Since when others are asked, on the steady clock. */
  #askedSinceMs = -Infinity;
  /** Resolves when every neighbour has answered once, or did not, since others began to be asked. */
  #firstAnswers: Promise<unknown> = Promise.resolve();

  /** Nobody was asked yet. */
  constructor(options: HerdViewOptions) {
    this.#options = options;
    const { topology, self } = options;
    this.#neighbours = topology.neighbours(self).map((name) => topology.server(name))
      .filter((it) => it.http !== undefined);
  }

  /**
   * The herd as it is known now. Others are asked for `watchSeconds` from now on (0 to 10), so who
   * looks again within that time sees more.
   */
  look(watchSeconds: number = MAX_WATCH_SECONDS): HerdSnapshot {
    this.#watch(watchSeconds);
    const { topology, self } = this.#options;
    const nowMs = this.#options.clock.monotonicMs();
    this.#reports.set(self, { status: this.#options.own(), saidMs: nowMs });
    return {
      herd: topology.herd,
      self,
      servers: [...topology.servers.values()].map((it) => this.#serverView(it, nowMs)),
      links: topology.links.flatMap(([one, other]) => [
        this.#linkView(one, other, nowMs),
        this.#linkView(other, one, nowMs),
      ]),
    };
  }

  /**
   * The same once every server was heard of. If nobody looked lately that takes a round of questions
   * for each hop beyond the second, and it is waited for up to 3 s.
   */
  async survey(): Promise<HerdSnapshot> {
    const { clock } = this.#options;
    this.#watch(MAX_WATCH_SECONDS);
    await this.#firstAnswers;
    for (;;) {
      const snapshot = this.look();
      const isWhole = snapshot.servers.every((it) => it.state !== "unknown");
      if (isWhole || clock.monotonicMs() > this.#askedSinceMs + SURVEY_MS) return snapshot;
      await until(after(clock, LOOK_AGAIN_MS), aborted(this.#ending.signal));
      if (this.#ending.signal.aborted) return snapshot;
    }
  }

  /** Asks nobody any more. */
  [Symbol.dispose](): void {
    this.#ending.abort();
  }

  #serverView({ name, host, port, http, location }: ServerEntry, nowMs: number): HerdServer {
    const report = this.#reports.get(name);
    const ageSeconds = report === undefined ? null : (nowMs - report.saidMs) / 1000;
    const state = ageSeconds !== null && ageSeconds < UP_SECONDS
      ? "up"
      : this.#stateByLinks(name, nowMs);
    const status = report?.status ?? null;
    return {
      name,
      host,
      port,
      http: http ?? null,
      location: location === undefined ? null : { lat: location.latitude, lon: location.longitude },
      state,
      ageSeconds,
      status,
    };
  }

  /** A server is up if a neighbour of its has a link with it, and down if none has. */
  #stateByLinks(name: string, nowMs: number): HerdServer["state"] {
    const sides = this.#options.topology.neighbours(name)
      .map((it) => this.#side(it, name, nowMs)).filter((it) => it !== undefined);
    if (sides.length === 0) return "unknown";
    return sides.some((it) => it.isFollowing || it.isFollowed) ? "up" : "down";
  }

  #linkView(from: string, to: string, nowMs: number): HerdLink {
    const leader = this.#side(from, to, nowMs);
    const follower = this.#side(to, from, nowMs);
    const traffic = leader?.sent ?? follower?.received;
    return {
      from,
      to,
      isUp: isUpOf(leader?.isFollowed, follower?.isFollowing),
      lagPositions: leader?.lagPositions ?? null,
      lagSeconds: leader?.lagSeconds ?? null,
      backlogPositions: leader?.backlogToSend ?? follower?.backlogToRead ?? null,
      lines: traffic?.lines ?? 0,
      bytes: traffic?.bytes ?? 0,
    };
  }

  /** The account that a server heard of lately gives of its link with a neighbour. */
  #side(name: string, neighbour: string, nowMs: number): LinkStatus | undefined {
    const report = this.#reports.get(name);
    if (report === undefined || nowMs - report.saidMs > FRESH_SECONDS * 1000) return undefined;
    return report.status.links.find((it) => it.neighbour === neighbour);
  }

  #watch(seconds: number): void {
    const untilMs = this.#options.clock.monotonicMs() + seconds * 1000;
    this.#watchedUntilMs = Math.max(this.#watchedUntilMs, untilMs);
    if (seconds === 0 || this.#isAsking || this.#neighbours.length === 0) return;
    this.#isAsking = true;
    this.#askedSinceMs = this.#options.clock.monotonicMs();
    this.#firstAnswers = awaitedLater(this.#askAll());
    inBackground(this.#askRoundAfterRound()).finally(() => this.#isAsking = false);
  }

  /** For how long others shall ask in turn: less each time, or two would keep each other at it. */
  #secondsLeft(): number {
    return Math.max(
      0,
      Math.floor((this.#watchedUntilMs - this.#options.clock.monotonicMs()) / 1000),
    );
  }

  #askAll(): Promise<unknown> {
    return Promise.all(this.#neighbours.map((it) => this.#ask(it)));
  }

  /** Goes on from the first answers. */
  async #askRoundAfterRound(): Promise<void> {
    const { clock } = this.#options;
    const pause = () => until(after(clock, ROUND_MS), aborted(this.#ending.signal));
    await Promise.all([pause(), this.#firstAnswers]);
    while (clock.monotonicMs() < this.#watchedUntilMs && !this.#ending.signal.aborted) {
      await Promise.all([pause(), this.#askAll()]);
    }
  }

  async #ask({ name, host, http }: ServerEntry): Promise<void> {
    const { token, trust, clock } = this.#options;
    const target = { host, port: http!, trust };
    const late = new AbortController();
    const cancel = clock.after(ANSWER_MS, () => late.abort());
    try {
      const { text } = await ask(target, `/v1/servers?watch=${this.#secondsLeft()}`, {
        token: await token(),
        signal: AbortSignal.any([this.#ending.signal, late.signal]),
      });
      const answer = v.parse(Answer, JSON.parse(text));
      const nowMs = clock.monotonicMs();
      for (const it of answer.servers) this.#hear(name, it, nowMs);
    } catch {
      // It does not answer, or not in a way that tells something: what its links do will tell.
      this.#reports.delete(name);
    } finally {
      cancel();
    }
  }

  /** Takes what a neighbour says of a server, if it is newer than what is known. */
  #hear(
    neighbour: string,
    { name, ageSeconds, status }: v.InferOutput<typeof Answer>["servers"][number],
    nowMs: number,
  ): void {
    const { topology, self } = this.#options;
    if (ageSeconds === null || status === null) return;
    if (name === self || !topology.servers.has(name)) return;
    if (name !== neighbour && topology.servers.size > MAX_RELAYED_SERVERS) return;
    const saidMs = nowMs - ageSeconds * 1000;
    const known = this.#reports.get(name);
    if (known !== undefined && known.saidMs >= saidMs) return;
    // Only what `Answer` describes is used here; the rest goes on to whoever looks.
    this.#reports.set(name, { status: status as unknown as ServerStatus, saidMs });
  }
}

/** A link is up when whoever was heard of says so: of one that died, the last word is not true. */
function isUpOf(isFollowed: boolean | undefined, isFollowing: boolean | undefined): boolean | null {
  if (isFollowed === undefined) return isFollowing ?? null;
  return isFollowed && isFollowing !== false;
}
