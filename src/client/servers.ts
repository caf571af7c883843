// The servers of a herd as one: each is asked when the one before it does not answer.

import { HerdError } from "./errors.ts";
import { anyOf, Backoff, type Timer, wait } from "./waits.ts";

/** A token, or a function that gives the present one. */
export type Token = string | (() => string | Promise<string>);

/** The part of `fetch` that is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** The way in which servers are asked. */
export interface ServersOptions {
  readonly token: Token | undefined;
  readonly fetch: Fetch;
  readonly timer: Timer;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** A request, whatever server it goes to. */
export interface Question {
  readonly method?: "GET" | "PUT" | "POST" | "DELETE" | undefined;
  /** With its query. */
  readonly path: string;
  readonly body?: string | undefined;
  /** The media type of the body. */
  readonly type?: string | undefined;
  readonly accept?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The JSON of an answer, and the server that gave it. */
export interface Answer {
  readonly server: string;
  readonly json: unknown;
}

/** Each server is asked this often before a request fails. */
export const ROUNDS = 3;

/** The status of a server that is not ready. */
const SERVICE_UNAVAILABLE = 503;

/** The longest detail of a problem that is kept, in characters. */
const MAX_DETAIL_CHARACTERS = 1_000;

/** Servers, of which one is asked first: the one that answered last. */
export class Servers {
  readonly #addresses: readonly string[];
  readonly #options: ServersOptions;
  #current = 0;

  /**
   * Asks the servers at these addresses.
   *
   * @throws {TypeError} If there is none, or one is no URL of HTTP.
   */
  constructor(addresses: readonly string[], options: ServersOptions) {
    if (addresses.length === 0) throw new TypeError("No server: give at least one address");
    this.#addresses = addresses.map(checkedAddress);
    this.#options = options;
  }

  /** The number of servers. */
  get count(): number {
    return this.#addresses.length;
  }

  /** The server that is asked first now. */
  get current(): string {
    return this.#addresses[this.#current]!;
  }

  /** Asks the next server first from now on, if it is this one still. */
  leave(server: string): void {
    if (this.current === server) this.#current = (this.#current + 1) % this.count;
  }

  /**
   * The JSON that a server answers. Each server is asked up to {@link ROUNDS} times.
   *
   * @throws {HerdError} The last failure, if all fail; or at once what is no server's fault.
   */
  async ask(question: Question): Promise<Answer> {
    const { timer } = this.#options;
    const backoff = new Backoff();
    const failures: HerdError[] = [];
    for (;;) {
      const server = this.current;
      try {
        return await this.#askOne(server, question);
      } catch (error) {
        if (!(error instanceof HerdError) || !error.isOfServer) throw error;
        failures.push(error);
        this.leave(server);
      }
      if (failures.length === ROUNDS * this.count) throw lastOf(failures);
      if (failures.length % this.count !== 0) continue;
      const { controller, release } = anyOf([this.#options.signal, question.signal]);
      try {
        await wait(timer, { ms: backoff.next(), signal: controller.signal });
      } finally {
        release();
      }
    }
  }

  /** True if a server says that clients should use it, or has no opinion. */
  async isReady(server: string, signal: AbortSignal | undefined): Promise<boolean> {
    const question = { path: "/readyz" };
    return await this.#within({ server, signal }, async (controller) => {
      const response = await this.#send(server, { question, controller });
      await response.body?.cancel();
      return response.status !== SERVICE_UNAVAILABLE;
    });
  }

  /**
   * The body of an answer that has no end. The caller aborts the controller when it is done.
   *
   * @throws {HerdError} If the server does not answer well, or not in time.
   */
  async open(
    server: string,
    { question, controller }: {
      readonly question: Question;
      readonly controller: AbortController;
    },
  ): Promise<ReadableStream<Uint8Array>> {
    const { timer, timeoutMs } = this.#options;
    let isLate = false;
    const stop = timer(timeoutMs, () => {
      isLate = true;
      controller.abort();
    });
    try {
      const response = await this.#send(server, { question, controller });
      if (!response.ok) throw await refusalOf(server, response);
      const type = response.headers.get("Content-Type") ?? "none";
      if (response.body === null || !type.startsWith(question.accept ?? "")) {
        await response.body?.cancel();
        throw new HerdError(`It answered ${type}`, { fault: "malformed", server });
      }
      return response.body;
    } catch (error) {
      if (isLate) throw lateness(server, timeoutMs);
      controller.signal.throwIfAborted();
      throw error;
    } finally {
      stop();
    }
  }

  async #askOne(server: string, question: Question): Promise<Answer> {
    const { signal } = question;
    return await this.#within({ server, signal }, async (controller) => {
      const response = await this.#send(server, { question, controller });
      if (!response.ok) throw await refusalOf(server, response);
      const text = await bodyOf(server, response);
      try {
        return { server, json: JSON.parse(text) };
      } catch {
        throw new HerdError("It did not answer JSON", { fault: "malformed", server });
      }
    });
  }

  /** Runs a request that has an end, in the time for one. */
  async #within<T>(
    { server, signal }: { readonly server: string; readonly signal: AbortSignal | undefined },
    run: (controller: AbortController) => Promise<T>,
  ): Promise<T> {
    const { timer, timeoutMs, signal: all } = this.#options;
    const { controller, release } = anyOf([all, signal]);
    let isLate = false;
    const stop = timer(timeoutMs, () => {
      isLate = true;
      controller.abort();
    });
    try {
      return await run(controller);
    } catch (error) {
      if (isLate) throw lateness(server, timeoutMs);
      controller.signal.throwIfAborted();
      throw error;
    } finally {
      stop();
      release();
    }
  }

  /** The head of a server's answer. Rejects with the reason of the controller's signal, if that is aborted. */
  async #send(
    server: string,
    { question, controller: { signal } }: {
      readonly question: Question;
      readonly controller: AbortController;
    },
  ): Promise<Response> {
    const { fetch, token } = this.#options;
    const { method = "GET", path, body, type, accept } = question;
    const headers: Record<string, string> = {};
    if (type !== undefined) headers["Content-Type"] = type;
    if (accept !== undefined) headers["Accept"] = accept;
    const present = typeof token === "function" ? await token() : token;
    if (present !== undefined) headers["Authorization"] = `Bearer ${present}`;
    signal.throwIfAborted();
    const init: RequestInit = { method, headers, signal, ...body !== undefined && { body } };
    try {
      return await fetch(server + path, init);
    } catch (cause) {
      signal.throwIfAborted();
      throw unreachable(server, cause);
    }
  }
}

/** An address without a slash at its end. */
function checkedAddress(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new TypeError(`'${address}' is no address, such as http://127.0.0.1:13000`);
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new TypeError(
      `'${url.origin}' is given with more than a path: give a token as an option`,
    );
  }
  return (url.origin + url.pathname).replace(/\/+$/, "");
}

async function bodyOf(server: string, response: Response): Promise<string> {
  try {
    return await response.text();
  } catch (cause) {
    throw unreachable(server, cause);
  }
}

function unreachable(server: string, cause: unknown): HerdError {
  const detail = `It cannot be reached: ${cause instanceof Error ? cause.message : cause}`;
  return new HerdError(detail, { fault: "unreachable", server, cause });
}

function lateness(server: string, timeoutMs: number): HerdError {
  return new HerdError(`No answer in ${timeoutMs} ms`, { fault: "timeout", server });
}

/** The error that an answer is. */
async function refusalOf(server: string, response: Response): Promise<HerdError> {
  const text = await bodyOf(server, response);
  const { status } = response;
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  return new HerdError(detailOf(text) ?? (response.statusText || "No reason was given"), {
    fault: "refused",
    server,
    status,
    retryAfterSeconds: Number.isFinite(seconds) ? seconds : undefined,
  });
}

/** The detail of a problem (RFC 9457); undefined if a text is none. */
function detailOf(text: string): string | undefined {
  try {
    const { detail } = JSON.parse(text);
    return typeof detail === "string" ? detail.slice(0, MAX_DETAIL_CHARACTERS) : undefined;
  } catch {
    return undefined;
  }
}

function lastOf(failures: readonly HerdError[]): HerdError {
  const last = failures.at(-1)!;
  const { fault, server, status, retryAfterSeconds } = last;
  const count = failures.length;
  const detail = `${last.detail}. It is the last of ${count} tries`;
  return new HerdError(count === 1 ? last.detail : detail, {
    fault,
    server,
    status,
    retryAfterSeconds,
    failures,
    cause: last,
  });
}
