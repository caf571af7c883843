// Servers of a herd as a client sees them through `fetch`, without any: each has a feed of its own and the
// streams of it, and is cut, silenced, killed and brought up again as a test likes.

import { encode } from "../../../src/base/bytes.ts";
import type { Client } from "../../../src/client/mod.ts";

/** A change of one client in the herd; it is forgotten where it has no latitude. */
export interface Change {
  readonly id: string;
  readonly lat: number | undefined;
  readonly time: string;
}

/** Clients in the area that is watched are south of this. */
export const AREA_NORTH = 10;

/** The filters of that area. */
export const AREA = { bbox: [-1, 0, 1, AREA_NORTH] } as const;

interface Stream {
  readonly isArea: boolean;
  /** Those that were told to be in the area. */
  readonly told: Set<string>;
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
}

interface Logged {
  readonly position: number;
  readonly change: Change;
}

/** One server. */
export class FakeServer {
  readonly address: string;
  isUp = true;
  isReady = true;
  /** Requests that came. */
  readonly requests: string[] = [];
  /** What it has, by position of its feed: what a mirror of it has to be there. */
  readonly states: Map<string, ReadonlyMap<string, Client>>;
  #feed: string;
  #runs = 0;
  #position = 0;
  #log: Logged[] = [];
  readonly #clients = new Map<string, Client>();
  readonly #streams = new Set<Stream>();

  /** A server that has nothing. `states` gets what it has at each `level`. */
  constructor(name: string, states: Map<string, ReadonlyMap<string, Client>>) {
    this.address = `http://${name}`;
    this.states = states;
    this.#feed = `${name}0`;
  }

  /** All that it has, or that is in the area. */
  clients(isArea: boolean): Map<string, Client> {
    return new Map([...this.#clients].filter(([, it]) => !isArea || it.lat <= AREA_NORTH));
  }

  /** The number of streams that are open. */
  get streams(): number {
    return this.#streams.size;
  }

  /** Applies a change, and tells all streams of it. */
  apply(change: Change): void {
    const known = this.#clients.get(change.id);
    if (known !== undefined && known.time >= change.time) return;
    this.#position++;
    this.#log.push({ position: this.#position, change });
    const client = clientOf(change);
    if (client === undefined) this.#clients.delete(change.id);
    else this.#clients.set(change.id, client);
    for (const stream of this.#streams) this.#tell(stream, change);
  }

  /** Ends all streams, in the middle of an event. */
  cut(): void {
    for (const { controller } of this.#streams) {
      controller.enqueue(encode(`id: ${this.#feed}:999\nevent: enter\ndata: {"id":"ghost"`));
      controller.close();
    }
    this.#streams.clear();
  }

  /** Says nothing more on its streams, which stay open. */
  silence(): void {
    this.#streams.clear();
  }

  /** Ends, all at once. */
  kill(): void {
    for (const { controller } of this.#streams) controller.error(new Error("connection reset"));
    this.#streams.clear();
    this.isUp = false;
  }

  /** Comes up with what it had, and a new feed that knows no position of the former one. */
  revive(): void {
    if (this.isUp) return;
    this.isUp = true;
    this.#feed = `${this.#feed.replace(/\d+$/, "")}${++this.#runs}`;
    this.#log = [...this.#clients.values()].map(({ id, lat, time }, index) => ({
      position: index + 1,
      change: { id, lat, time },
    }));
    this.#position = this.#log.length;
  }

  /** Answers a request. */
  respond(url: URL): Response {
    this.requests.push(url.pathname + url.search);
    if (!this.isUp) throw new TypeError("connection refused");
    if (url.pathname === "/readyz") return new Response("{}", { status: this.isReady ? 200 : 503 });
    const since = url.searchParams.get("since");
    const isArea = url.searchParams.has("bbox");
    let stream: Stream | undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        stream = { isArea, told: new Set(), controller };
        this.#streams.add(stream);
        this.#begin(stream, since);
      },
      cancel: () => void this.#streams.delete(stream!),
    });
    return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
  }

  #begin(stream: Stream, since: string | null): void {
    const [feed, position] = since?.split(":") ?? [];
    const resumes = !stream.isArea && feed === this.#feed && Number(position) <= this.#position;
    if (since !== null && since !== "now" && !resumes) this.#send(stream, "reset", {}, 0);
    const from = resumes ? Number(position) : since === "now" ? this.#position : 0;
    if (stream.isArea) {
      for (const { id, lat, time } of this.clients(true).values()) {
        if (since === "now") stream.told.add(id);
        else this.#tell(stream, { id, lat, time });
      }
    } else {
      for (const { position, change } of this.#log) {
        // A record is where it changed last.
        const isLast = !this.#log.some((it) =>
          it.position > position && it.change.id === change.id
        );
        if (position > from && isLast) this.#tell(stream, change, position);
      }
    }
    this.states.set(
      `${this.#feed}:${this.#position} ${stream.isArea}`,
      this.clients(stream.isArea),
    );
    this.#send(stream, "level", {});
  }

  #tell(stream: Stream, change: Change, position = this.#position): void {
    const client = clientOf(change);
    const removal = { id: change.id, time: change.time, server: "A" };
    if (!stream.isArea) {
      if (client === undefined) this.#send(stream, "removal", removal, position);
      else this.#send(stream, "location", client, position);
      return;
    }
    const { told } = stream;
    const wasIn = told.has(change.id);
    const isIn = client !== undefined && client.lat <= AREA_NORTH;
    if (!wasIn && !isIn) return;
    if (isIn) told.add(change.id);
    else told.delete(change.id);
    if (client === undefined) this.#send(stream, "forget", removal);
    else this.#send(stream, !isIn ? "leave" : wasIn ? "move" : "enter", client);
  }

  #send({ controller }: Stream, event: string, data: object, position = this.#position): void {
    const text = `id: ${this.#feed}:${position}\nevent: ${event}\ndata: ${
      JSON.stringify(data)
    }\n\n:\n\n`;
    const bytes = encode(text);
    const half = bytes.length >> 1;
    controller.enqueue(bytes.subarray(0, half));
    controller.enqueue(bytes.subarray(half));
  }
}

/** The servers, and the `fetch` that reaches them. */
export class FakeHerd {
  readonly states: Map<string, ReadonlyMap<string, Client>> = new Map();
  readonly servers: readonly FakeServer[];

  constructor(names: readonly string[]) {
    this.servers = names.map((it) => new FakeServer(it, this.states));
  }

  get addresses(): string[] {
    return this.servers.map((it) => it.address);
  }

  readonly fetch = async (url: string, { signal }: RequestInit): Promise<Response> => {
    await Promise.resolve();
    signal?.throwIfAborted();
    const parsed = new URL(url);
    return this.servers.find((it) => it.address === parsed.origin)!.respond(parsed);
  };
}

/** A client as a change has it; undefined for one that is forgotten. */
function clientOf({ id, lat, time }: Change): Client | undefined {
  if (lat === undefined) return undefined;
  return { id, lat, lon: 0, location: `+${lat}+0`, time, server: "A", skew: "+0.000000000" };
}

/** Timers that fire at once where they are waits between tries, and else only when a test says so. */
export class FakeTimers {
  readonly #pending = new Map<object, { readonly ms: number; readonly callback: () => void }>();
  readonly #held: readonly number[];

  /** Holds timers of these lengths, in milliseconds. */
  constructor(held: readonly number[]) {
    this.#held = held;
  }

  readonly timer = (ms: number, callback: () => void): () => void => {
    if (!this.#held.includes(ms)) {
      const id = setTimeout(callback);
      return () => clearTimeout(id);
    }
    const key = {};
    this.#pending.set(key, { ms, callback });
    return () => this.#pending.delete(key);
  };

  /** The number of timers of a length that are held. */
  pending(ms: number): number {
    return [...this.#pending.values()].filter((it) => it.ms === ms).length;
  }

  /** Fires all that are held of a length. */
  fire(ms: number): void {
    for (const [key, it] of [...this.#pending]) {
      if (it.ms !== ms || !this.#pending.delete(key)) continue;
      it.callback();
    }
  }
}
