// The HTTP ports of a herd for work of many requests: one connection that is kept, to another server where
// one fails.

import { formatAddress } from "../../base/address.ts";
import type { Clock } from "../../base/clock.ts";
import { type Answer, HttpConnection } from "../../http/ask.ts";
import { TOKEN_VARIABLE } from "../../http/token.ts";
import type { ServerEntry, Topology } from "../../topology/topology.ts";
import { failure, httpTrust } from "../command/ask_http.ts";
import { Failure, UsageError } from "../command/errors.ts";

/** Time limit for one answer, in milliseconds. */
const ANSWER_MS = 60_000;

/** Options of a herd's ports. */
export interface HerdPortOptions {
  /** The servers to ask, in their order. */
  readonly servers: readonly ServerEntry[];
  readonly token: string | undefined;
  readonly clock: Clock;
}

/** A request to any server of a herd. */
export interface HerdRequest {
  readonly path: string;
  readonly method?: "GET" | "POST";
  readonly body?: { readonly type: string; readonly bytes: Uint8Array };
  /** False to take no other server than the one that answered before. */
  readonly mayMove?: boolean;
}

/** The servers that have an HTTP port; the one of this name alone, if it is given. */
export function httpServers(topology: Topology, name: string | undefined): readonly ServerEntry[] {
  const servers = name === undefined ? [...topology.servers.values()] : [topology.server(name)];
  return servers.filter(({ http }) => http !== undefined);
}

/** Asks the servers of a herd, one at a time. */
export class HerdPort implements Disposable {
  readonly #topology: Topology;
  readonly #options: HerdPortOptions;
  #trust: Awaited<ReturnType<typeof httpTrust>>;
  /** The server that is asked first, as an index. */
  #present = 0;
  #connection: HttpConnection | undefined;

  private constructor(topology: Topology, options: HerdPortOptions) {
    this.#topology = topology;
    this.#options = options;
  }

  /**
   * For these servers of a topology.
   *
   * @throws {Failure} If there is none.
   * @throws {ConfigError} If the certificate of their CA is there and cannot be read.
   */
  static async open(topology: Topology, options: HerdPortOptions): Promise<HerdPort> {
    if (options.servers.length === 0) {
      throw new Failure('No server has an HTTP port: "http" gives it one in the topology');
    }
    const port = new HerdPort(topology, options);
    port.#trust = await httpTrust(port.#topology);
    return port;
  }

  /** The name of the server that is asked. */
  get server(): string {
    return this.#options.servers[this.#present]!.name;
  }

  /**
   * The text of a good answer: from the server that gave the last one, else from each other one, once.
   *
   * @throws {Failure} If none gives one, with the reason of each.
   * @throws {UsageError} If what is asked for is no good to any of them.
   */
  async ask(request: HerdRequest): Promise<string> {
    const { servers } = this.#options;
    const tries = request.mayMove === false ? 1 : servers.length;
    const reasons: string[] = [];
    for (let count = 0; count < tries; count++) {
      const answer = await this.#try(request);
      if (typeof answer === "object") return answer.text;
      reasons.push(`${this.server}: ${answer}`);
      if (count < tries - 1) this.#present = (this.#present + 1) % servers.length;
    }
    throw new Failure(["No server could be asked", ...reasons].join("\n"));
  }

  [Symbol.dispose](): void {
    this.#connection?.[Symbol.dispose]();
    this.#connection = undefined;
  }

  /** A good answer of the present server, or the reason why there is none. */
  async #try(request: HerdRequest): Promise<Answer | string> {
    const { host, http } = this.#options.servers[this.#present]!;
    const address = formatAddress(host, http!);
    const isKept = this.#connection !== undefined;
    const answer = await this.#exchange(request, address);
    // A server may close a connection that rested, just when the next request is sent.
    if (typeof answer === "string" && isKept && this.#connection === undefined) {
      return judge(address, await this.#exchange(request, address));
    }
    return judge(address, answer);
  }

  async #exchange({ path, method, body }: HerdRequest, address: string): Promise<Answer | string> {
    const { servers, token, clock } = this.#options;
    const { host, http } = servers[this.#present]!;
    const late = new AbortController();
    const cancel = clock.after(ANSWER_MS, () => late.abort());
    const { signal } = late;
    try {
      this.#connection ??= await HttpConnection.open(
        { host, port: http!, trust: this.#trust },
        signal,
      );
      const answer = await this.#connection.ask(path, { method, body, token, signal });
      // What refuses a request may close the connection behind its answer.
      if (answer.status >= 300) this[Symbol.dispose]();
      return answer;
    } catch (error) {
      this[Symbol.dispose]();
      return signal.aborted ? `${address} does not answer` : failure(address, error);
    } finally {
      cancel();
    }
  }
}

/**
 * A good answer, or the reason why another server is to be asked.
 *
 * @throws {UsageError} If every server would answer so.
 */
function judge(address: string, answer: Answer | string): Answer | string {
  if (typeof answer === "string" || answer.status < 300) return answer;
  const { status } = answer;
  if (status === 401) {
    return `${address} asks for a token, or for another one; put it into ${TOKEN_VARIABLE}`;
  }
  const detail = detailOf(answer.text);
  if (status === 400) throw new UsageError(`The herd refuses this: ${detail ?? "status 400"}`);
  return `${address} answers with status ${status}${detail === undefined ? "" : `: ${detail}`}`;
}

/** The detail of a problem (RFC 9457). */
function detailOf(text: string): string | undefined {
  try {
    const { detail } = JSON.parse(text);
    return typeof detail === "string" ? detail : undefined;
  } catch {
    return undefined;
  }
}
