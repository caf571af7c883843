// Two servers' links with somebody between them, who sees each line and may change it, in a world of
// virtual time. Hands follows Goloman; Goloman reaches nobody.

import { encode } from "../../../src/base/bytes.ts";
import { LineReader } from "../../../src/protocol/lines.ts";
import { waitForLine } from "../../../src/protocol/lines.ts";
import { type Connection, writeAll } from "../../../src/base/connection.ts";
import { LINK_TIMINGS, type LinkTimings } from "../../../src/flood/environment.ts";
import { Links } from "../../../src/flood/links.ts";
import { MAX_AT_BYTES } from "../../../src/flood/follow.ts";
import { Secrets } from "../../../src/flood/mac.ts";
import { lineText } from "../../../src/flood/messages.ts";
import { Store } from "../../../src/store/store.ts";
import { Wire } from "../../simulation/world/wires.ts";
import { World } from "../../simulation/world/world.ts";
import { type RecordingLog, recordingLog } from "../fakes/log.ts";
import { tell } from "./records.ts";

const DELAY_MS = 5;
const NAMES = { leader: "Goloman", follower: "Hands" };
const REFUSED = "nobody listens there";

/** A secret of a letter. */
export function secretsOf(...letters: string[]): Secrets {
  return new Secrets(letters.map((it) => encode(it.repeat(32))));
}

/** One of the two. */
export interface LinkServer {
  readonly links: Links;
  readonly store: Store;
  readonly log: RecordingLog;
}

/** What becomes of a line on its way: the lines that arrive in its place. */
export type Alter = (line: string, to: "leader" | "follower") => readonly string[];

/** What a `TamperedLink` may be given. */
export interface TamperedLinkOptions {
  readonly secrets?: { readonly leader: Secrets; readonly follower: Secrets };
  /** Those of the leader. */
  readonly timings?: Partial<LinkTimings>;
  /** How long both say that they keep records; for ever when left out. */
  readonly retainSeconds?: number | undefined;
  /** How often Hands reaches Goloman; then it is refused. Once when left out. */
  readonly dials?: number;
  /** In place of Goloman and Hands. */
  readonly names?: { readonly leader: string; readonly follower: string };
}

/** The two servers and who is between them. */
export class TamperedLink {
  readonly world = new World(1);
  readonly leader: LinkServer;
  readonly follower: LinkServer;
  /** What is done to lines; nothing at first. Each connection keeps what it began with. */
  alter: Alter = (line) => [line];
  /** All lines so far as they were sent, in the order in which they came by. */
  readonly toLeader: string[] = [];
  readonly toFollower: string[] = [];
  readonly #served: Promise<void>[] = [];
  readonly #retainSeconds: number | undefined;
  #dialsLeft: number;

  constructor(
    { secrets, timings, retainSeconds, dials = 1, names = NAMES }: TamperedLinkOptions = {},
  ) {
    this.#dialsLeft = dials;
    this.#retainSeconds = retainSeconds;
    const { leader = secretsOf("s"), follower = secretsOf("s") } = secrets ?? {};
    const refused = () => Promise.reject(new Error(REFUSED));
    this.leader = this.#server(
      names.leader,
      names.follower,
      leader,
      { ...LINK_TIMINGS, ...timings },
      refused,
    );
    this.follower = this.#server(names.follower, names.leader, follower, LINK_TIMINGS, () => {
      return this.#dialsLeft-- > 0 ? Promise.resolve(this.#connect()) : refused();
    });
    tell(this.leader.store, "kiwi +1+1 1");
  }

  /** Lets Hands follow, for so long. */
  async follow(ms: number): Promise<void> {
    this.follower.links.start();
    await this.world.run(ms);
  }

  /** A connection to the leader that nobody is between. */
  dial(): Connection {
    const [mine, theirs] = new Wire(this.world, DELAY_MS).ends;
    this.#serve(theirs);
    return mine;
  }

  /** Ends both servers. */
  async stop(): Promise<void> {
    const stopped = [this.leader, this.follower].map((it) => it.links.stop());
    await this.world.run(1_000);
    await Promise.all([...stopped, ...this.#served]);
  }

  /** Why links to or from that side ended or did not come about, as it told its log. */
  reasons(side: "leader" | "follower"): string[] {
    const events = ["link.refused", "link.unreachable", "link.lost", "link.unfollowed"];
    return this[side].log.entries.filter((it) => events.includes(it.event))
      .map((it) => String(it.fields.reason)).filter((it) => it !== REFUSED);
  }

  #server(
    self: string,
    neighbour: string,
    secrets: Secrets,
    timings: LinkTimings,
    dial: () => Promise<Connection>,
  ): LinkServer {
    const { world } = this;
    const log = recordingLog({ debugEnabled: false });
    const store = new Store(world.token(), 1);
    const links = new Links({
      herd: "ucla",
      self,
      incarnation: world.token(),
      neighbours: [neighbour],
      retainSeconds: this.#retainSeconds,
      store,
      secrets,
      clock: world.clock(0, () => true),
      log,
      timings,
      randomToken: () => world.token(),
      random: world.random,
      dial,
    });
    return { links, store, log };
  }

  #connect(): Connection {
    const near = new Wire(this.world, DELAY_MS);
    const far = new Wire(this.world, DELAY_MS);
    const { alter } = this;
    this.#pass(near.ends[1], far.ends[0], this.toLeader, (it) => alter(it, "leader"));
    this.#pass(far.ends[0], near.ends[1], this.toFollower, (it) => alter(it, "follower"));
    this.#serve(far.ends[1]);
    return near.ends[0];
  }

  #serve(connection: Connection): void {
    const serving = async () => {
      const lines = new LineReader(connection);
      if (await waitForLine(lines)) await this.leader.links.serve(connection, lines, "peer:1");
      else connection.close();
    };
    this.#served.push(serving().catch(() => connection.close()));
  }

  async #pass(
    from: Connection,
    to: Connection,
    seen: string[],
    alter: (line: string) => readonly string[],
  ): Promise<void> {
    const lines = new LineReader(from, MAX_AT_BYTES);
    try {
      while (await waitForLine(lines)) {
        const line = lineText(lines.bytes, lines.start, lines.end);
        seen.push(line);
        for (const text of alter(line)) await writeAll(to, encode(`${text}\n`));
      }
    } catch {
      // One end is gone, so the other one goes.
    }
    to.close();
  }
}
