// Events of servers and links as stories: a server that goes and comes back is one, with all the links
// that go and come with it, and so is a link that is lost and found.

import type { EventMessage } from "../../sockets/live_protocol.ts";

/** Events within this time are one story, in milliseconds. */
export const FOLD_MS = 30_000;

/** A story, as far as it is known. */
export interface Story {
  readonly id: number;
  /** The server it is about; undefined if it is about a link alone. */
  readonly server: string | undefined;
  /** For people. */
  readonly text: string;
  readonly isGood: boolean;
  /** The time at which it began, in milliseconds since 1970. */
  readonly sinceMs: number;
}

interface OpenStory {
  readonly id: number;
  readonly server: string | undefined;
  /** The server that is followed, and the one that follows. */
  readonly link: readonly [string, string] | undefined;
  readonly sinceMs: number;
  /** The time of its latest event. */
  latestMs: number;
  isUp: boolean;
  /** The time at which it came back. */
  upMs: number | undefined;
  /** Directions of links that were lost and are not found again. */
  readonly lost: Set<string>;
  hasLostLinks: boolean;
}

/** Stories that may go on. */
export class EventFolding {
  readonly #stories: OpenStory[] = [];
  #latestId = 0;

  /** Takes an event; gives the story that it is part of, and the ids of those that are in it now. */
  take(event: EventMessage): { readonly story: Story; readonly absorbed: readonly number[] } {
    const nowMs = Date.parse(event.time);
    const isUp = event.event.endsWith(".up");
    const absorbed: number[] = [];
    const story = event.follower === undefined
      ? this.#ofServer(event.server, isUp, nowMs, absorbed)
      : this.#ofLink(event.server, event.follower, isUp, nowMs);
    story.latestMs = nowMs;
    return { story: tell(story), absorbed };
  }

  #ofServer(server: string, isUp: boolean, nowMs: number, absorbed: number[]): OpenStory {
    const known = this.#stories.findLast((it) => it.server === server && !it.isUp);
    if (isUp) {
      const story = known ?? this.#begin({ server, link: undefined, isUp: true }, nowMs);
      story.isUp = true;
      story.upMs = known === undefined ? undefined : nowMs;
      return story;
    }
    if (known !== undefined) return known;
    const story = this.#begin({ server, link: undefined, isUp: false }, nowMs);
    // Its links may have been lost just before.
    for (const it of this.#stories.filter((it) => it.link?.includes(server) && !it.isUp)) {
      if (nowMs - it.latestMs > FOLD_MS) continue;
      absorbed.push(it.id);
      this.#stories.splice(this.#stories.indexOf(it), 1);
      for (const key of it.lost) story.lost.add(key);
      story.hasLostLinks = true;
    }
    return story;
  }

  #ofLink(server: string, follower: string, isUp: boolean, nowMs: number): OpenStory {
    const key = `${server} ${follower}`;
    const isPart = ({ server: it, link, isUp, latestMs, lost }: OpenStory) =>
      lost.has(key) ||
      (it === undefined
        ? link!.includes(server) && link!.includes(follower) && nowMs - latestMs <= FOLD_MS
        : (it === server || it === follower) && (!isUp || nowMs - latestMs <= FOLD_MS));
    const story = this.#stories.findLast(isPart) ??
      this.#begin({ server: undefined, link: [server, follower], isUp }, nowMs);
    if (isUp) story.lost.delete(key);
    else {
      story.lost.add(key);
      story.hasLostLinks = true;
    }
    if (story.link !== undefined) {
      const wasUp = story.isUp;
      story.isUp = story.lost.size === 0;
      story.upMs = story.isUp && story.hasLostLinks ? wasUp ? story.upMs : nowMs : undefined;
    }
    return story;
  }

  #begin(
    what: Pick<OpenStory, "server" | "link" | "isUp">,
    nowMs: number,
  ): OpenStory {
    const story: OpenStory = {
      ...what,
      id: ++this.#latestId,
      sinceMs: nowMs,
      latestMs: nowMs,
      upMs: undefined,
      lost: new Set(),
      hasLostLinks: false,
    };
    this.#stories.push(story);
    if (this.#stories.length > 200) this.#stories.shift();
    return story;
  }
}

function tell({ id, server, link, isUp, sinceMs, upMs, lost }: OpenStory): Story {
  const after = upMs === undefined ? "" : ` again, after ${duration(upMs - sinceMs)}`;
  const common = { id, server, sinceMs, isGood: isUp };
  if (server !== undefined) {
    const links = isUp && lost.size > 0 ? "; not all of its links are back" : "";
    return { ...common, text: `${server} is ${isUp ? "up" : "down"}${after}${links}` };
  }
  const [leader, follower] = link!;
  if (isUp) return { ...common, text: `${follower} follows ${leader}${after}` };
  return {
    ...common,
    text: lost.size > 1
      ? `${leader} and ${follower} lost each other`
      : `${[...lost][0]!.split(" ")[1]} lost ${[...lost][0]!.split(" ")[0]}`,
  };
}

/** Milliseconds for people: `0.8 s`, `12 s`, `3 min`. */
function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 2) return `${seconds.toFixed(1)} s`;
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
