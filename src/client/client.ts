// The client of a herd: tell, ask, near, list, watch and forget, at whichever server answers.

import { added, batchesOf, NONE } from "./bulk.ts";
import { HerdError } from "./errors.ts";
import type { WatchEvent } from "./events.ts";
import type {
  BulkSummary,
  Circle,
  Client,
  Filters,
  ListedClient,
  Page,
  Places,
  Taken,
  Told,
} from "./forms.ts";
import { clientPath } from "./ids.ts";
import { filterParameters, queryOf, textOfTime } from "./query.ts";
import { type Fetch, type Question, Servers, type Token } from "./servers.ts";
import { platformTimer, type Timer } from "./waits.ts";
import { Watch, type WatchOptions } from "./watch.ts";

/** The time in which a server has to answer unless told otherwise, in milliseconds. */
export const TIMEOUT_MS = 10_000;

/** The silence after which a watch takes its connection for dead, in milliseconds. Heartbeats come every 10 s. */
export const SILENCE_MS = 25_000;

/** The token, the limits in time, and the platform's parts that a client uses. */
export interface HerdClientOptions {
  /** The token for all requests. A function is asked before each, for tokens that expire. */
  readonly token?: Token | undefined;
  /** Stands for the platform's `fetch`, for example one that trusts a private certificate authority. */
  readonly fetch?: Fetch | undefined;
  /** Ends all requests and watches of this client. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for an answer, or for the beginning of a stream; 10,000 if left out. */
  readonly timeoutMs?: number | undefined;
  /**
   * Milliseconds without a byte after which a watch takes its connection for dead; 25,000 if left out. Servers
   * send a heartbeat every 10,000: with less than that every quiet watch is cut.
   */
  readonly silenceMs?: number | undefined;
  /** Stands for the platform's timer; for tests. */
  readonly timer?: Timer | undefined;
}

/** Options of one request. */
export interface CallOptions {
  /** Ends the request: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The size of a list's pages, and the place to go on from. */
export interface ListOptions extends CallOptions {
  /** Clients on a page, from 1 to 1,000; 1,000 if left out. */
  readonly limit?: number | undefined;
  /** The `next` of a page: the list goes on behind it. */
  readonly after?: string | undefined;
}

/** Options of a search for those nearest to a point. */
export interface NearOptions extends CallOptions {
  /** The most clients, from 1 to 1,000; 20 if left out. */
  readonly limit?: number | undefined;
  /** Clients whose ids begin so; percent-encoded. */
  readonly prefix?: string | undefined;
}

/** Options of a search for places. */
export interface PlacesOptions extends CallOptions {
  /** Kilometres, from 0 to 50; 10 if left out. */
  readonly radius?: number | undefined;
  /** The most places, from 0 to 20; 5 if left out. */
  readonly limit?: number | undefined;
}

/** The most clients of a page. */
const PAGE_LIMIT = 1_000;

const JSON_TYPE = "application/json";
const LINES_TYPE = "application/x-ndjson";
const NOT_FOUND = 404;

/**
 * A herd of servers, seen from outside.
 *
 * Every method asks the server that answered last, and the others in turn if it fails: if it cannot be
 * reached, does not answer in time, or answers 5xx. A request that fails is tried at each server three times.
 * All of them may be repeated, so nothing is lost by that: a location that was told twice is stored once.
 *
 * @example Tell, ask and watch
 * ```ts ignore
 * import { HerdClient } from "@herd/herd/client";
 *
 * const herd = new HerdClient(["http://10.0.0.1:13000", "http://10.0.0.2:13000"], { token });
 * await herd.tell({ id: "kiwi", lat: 34.06893, lon: -118.445127 });
 * const client = await herd.ask("kiwi");
 *
 * const inTown = new Map();
 * for await (const event of herd.watch({ near: { lat: 34.07, lon: -118.45, radius: 5 } })) {
 *   if (event.type === "enter" || event.type === "move") inTown.set(event.id, event.client);
 *   else if (event.type === "leave" || event.type === "forget") inTown.delete(event.id);
 * }
 * ```
 */
export class HerdClient {
  readonly #servers: Servers;
  readonly #timer: Timer;
  readonly #silenceMs: number;
  readonly #signal: AbortSignal | undefined;

  /**
   * Names the servers: the addresses of their HTTP ports, such as `http://127.0.0.1:13000`, the one to prefer
   * first. Nothing is asked yet.
   *
   * @throws {TypeError} If there is none, or one is no such address.
   */
  constructor(servers: string | readonly string[], options: HerdClientOptions = {}) {
    const { token, signal, timeoutMs = TIMEOUT_MS, silenceMs = SILENCE_MS } = options;
    const { fetch = (url, init) => globalThis.fetch(url, init), timer = platformTimer } = options;
    const addresses = typeof servers === "string" ? [servers] : servers;
    this.#servers = new Servers(addresses, { token, fetch, timer, timeoutMs, signal });
    this.#timer = timer;
    this.#silenceMs = silenceMs;
    this.#signal = signal;
  }

  /** The address of the server that is asked first now. */
  get server(): string {
    return this.#servers.current;
  }

  /**
   * Tells where a client is.
   *
   * @throws {HerdError} 400 if it is out of form or range; 401 or 403 if the token does not do; 507 if the
   * herd has no room for more clients.
   */
  async tell({ id, lat, lon, time }: Told, { signal }: CallOptions = {}): Promise<Taken> {
    const sent = typeof time === "number" ? time : time && textOfTime(time);
    return await this.#ask<Taken>({
      method: "PUT",
      path: clientPath(id, "/location"),
      body: JSON.stringify({ lat, lon, time: sent }),
      type: JSON_TYPE,
      signal,
    });
  }

  /**
   * Tells where many clients are, in batches of 192 KiB, one after the other; what a slow source gives is told
   * within a second. A fault in one location is its own, and told in the answer.
   *
   * @throws {HerdError} If a batch is not taken as a whole. What comes before it was taken.
   *
   * @example
   * ```ts ignore
   * const { stored, faults } = await herd.tellAll([
   *   { id: "kiwi", lat: 34.06893, lon: -118.445127 },
   *   { id: "moa", lat: -41.29, lon: 174.78, time: "1520023934.918963997" },
   * ]);
   * ```
   */
  async tellAll(
    locations: Iterable<Told> | AsyncIterable<Told>,
    { signal }: CallOptions = {},
  ): Promise<BulkSummary> {
    let sum = NONE;
    for await (const { text } of batchesOf(locations, this.#timer)) {
      const path = "/v1/locations?answer=summary";
      const question = { method: "POST", path, body: text, type: LINES_TYPE, signal } as const;
      sum = added(sum, await this.#ask<BulkSummary>(question));
    }
    return sum;
  }

  /**
   * The newest known location of a client; undefined if it has none. Other servers hear of a location within
   * milliseconds: one that has not yet does not know it.
   *
   * @throws {HerdError} If no server answers, or the token does not do.
   */
  async ask(id: string, { signal }: CallOptions = {}): Promise<Client | undefined> {
    return await orMissing(this.#ask<Client>({ path: clientPath(id), signal }));
  }

  /**
   * Places near a client, as WHATSAT gives them; undefined if its location is not known.
   *
   * @throws {HerdError} If no server answers, or the token does not do.
   */
  async places(
    id: string,
    { radius, limit, signal }: PlacesOptions = {},
  ): Promise<Places | undefined> {
    const path = clientPath(id, "/places");
    const query = queryOf({ radius, limit });
    const joined = path.includes("?") ? path + query.replace("?", "&") : path + query;
    return await orMissing(this.#ask<Places>({ path: joined, signal }));
  }

  /**
   * The clients nearest to a point, the nearest first.
   *
   * @throws {HerdError} 400 if a number is out of range; or if no server answers, or the token does not do.
   *
   * @example
   * ```ts ignore
   * for (const { id, metres } of await herd.near({ lat: 34.07, lon: -118.45, radius: 2 })) {
   *   console.log(id, metres);
   * }
   * ```
   */
  async near(
    circle: Circle,
    { limit, prefix, signal }: NearOptions = {},
  ): Promise<readonly ListedClient[]> {
    const path = `/v1/clients${queryOf({ ...filterParameters({ near: circle, prefix }), limit })}`;
    const { clients } = await this.#ask<{ readonly clients: readonly ListedClient[] }>({
      path,
      signal,
    });
    return clients;
  }

  /**
   * All clients, or those that pass the filters, in pages. Each client that stands still is on one page; one
   * that changes meanwhile comes again. If another server goes on, its list begins anew: clients that were on
   * pages before may come again, and none is missing.
   *
   * @throws {HerdError} 400 if a filter is out of form; or if no server answers, or the token does not do.
   *
   * @example
   * ```ts ignore
   * for await (const { clients } of herd.list({ bbox: [-118.6, 33.9, -118.2, 34.2] })) {
   *   for (const { id, lat, lon } of clients) console.log(id, lat, lon);
   * }
   * ```
   */
  async *list(
    filters: Filters = {},
    { limit = PAGE_LIMIT, after = "start", signal }: ListOptions = {},
  ): AsyncGenerator<Page, void> {
    for (let isAfter = after, hasMore = true; hasMore;) {
      const parameters = { ...filterParameters(filters), limit, after: isAfter };
      const path = `/v1/clients${queryOf(parameters)}`;
      const { server, json } = await this.#servers.ask({ path, signal });
      const page = { ...json as Omit<Page, "server">, server };
      if (!Array.isArray(page.clients) || typeof page.next !== "string") {
        throw new HerdError("It did not answer a page", { fault: "malformed", server });
      }
      yield page;
      isAfter = page.next;
      hasMore = page.hasMore;
    }
  }

  /**
   * The changes, for as long as you like: leave the loop, or abort the signal. Without filters of an area, of
   * the whole world: `set` and `forget`. With `bbox` or `near`: `enter`, `move`, `leave` and `forget`. First
   * comes all that is there, then `level`, then what changes. Who reads slowly misses only what was superseded.
   *
   * When its connection is cut or falls silent the watch goes on where it was, or at another server, where it
   * tells what has changed meanwhile: what you keep of its events is right at each `level`. A server may be
   * behind the one before, by milliseconds as a rule, and a client be back where it was for as long.
   *
   * @throws {HerdError} 400 if a filter is out of form; 401 or 403 if the token does not do. All else is tried
   * again for ever, with growing waits of up to 10 s: see `onCut`.
   *
   * @example A map of a whole herd
   * ```ts ignore
   * const clients = new Map<string, Client>();
   * for await (const event of herd.watch()) {
   *   if (event.type === "set") clients.set(event.id, event.client);
   *   else if (event.type === "forget") clients.delete(event.id);
   * }
   * ```
   */
  watch(filters: Filters = {}, options: WatchOptions = {}): AsyncGenerator<WatchEvent, void> {
    const [servers, timer, silenceMs, signal] = [
      this.#servers,
      this.#timer,
      this.#silenceMs,
      this.#signal,
    ];
    return new Watch({ servers, timer, silenceMs, signal }, filters, options).events();
  }

  /**
   * Forgets a client on every server; true if the server that was asked knew its location.
   *
   * @throws {HerdError} If no server answers, or the token does not do.
   */
  async forget(id: string, { signal }: CallOptions = {}): Promise<boolean> {
    const question = { method: "DELETE", path: clientPath(id), signal } as const;
    return (await this.#ask<{ readonly wasKnown: boolean }>(question)).wasKnown;
  }

  async #ask<T>(question: Question): Promise<T> {
    return (await this.#servers.ask(question)).json as T;
  }
}

/** Undefined for what a server does not know. */
async function orMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof HerdError && error.status === NOT_FOUND) return undefined;
    throw error;
  }
}
