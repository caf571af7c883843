// Questions to the HTTP ports of a herd's servers, and in words why one came to nothing.

import { formatAddress } from "../../base/address.ts";
import type { Clock } from "../../base/clock.ts";
import { reasonOf } from "../../base/errors.ts";
import { type Answer, ask, type HttpTrust } from "../../http/ask.ts";
import { TOKEN_VARIABLE } from "../../http/token.ts";
import { AnswerError } from "../../http/wire/answer.ts";
import { readTrust } from "../../server/tls/tls_files.ts";
import { authorityPath } from "../../topology/tls_paths.ts";
import type { ServerEntry, Topology } from "../../topology/topology.ts";

/** Time limit for an answer, in milliseconds: the first digest of a million records takes some. */
const ANSWER_MS = 10_000;

/** The same for work that goes round all neighbours of a server. */
const WORK_MS = 300_000;

/**
 * Whom to trust when servers of a topology are asked; undefined where their HTTP is plain.
 *
 * @throws {ConfigError} If the certificate of their CA is there and cannot be read.
 */
export async function httpTrust({ tls }: Topology): Promise<HttpTrust | undefined> {
  return tls?.http === undefined ? undefined : { ca: await readTrust(authorityPath(tls.http)) };
}

/** Asks the servers of one herd. */
export class HttpAsker {
  readonly #trust: HttpTrust | undefined;
  readonly #token: string | undefined;
  readonly #clock: Clock;

  private constructor(trust: HttpTrust | undefined, token: string | undefined, clock: Clock) {
    this.#trust = trust;
    this.#token = token;
    this.#clock = clock;
  }

  /**
   * For the servers of a topology, which may ask for this token.
   *
   * @throws {ConfigError} If the certificate of their CA is there and cannot be read.
   */
  static async open(
    topology: Topology,
    { token, clock }: { readonly token: string | undefined; readonly clock: Clock },
  ): Promise<HttpAsker> {
    return new HttpAsker(await httpTrust(topology), token, clock);
  }

  /** The JSON of a good answer, or the reason why there is none, for people. Never rejects. */
  async ask<T extends object>(
    { host, http }: ServerEntry,
    path: string,
    method: "GET" | "POST" | "DELETE" = "GET",
  ): Promise<T | string> {
    if (http === undefined) return 'has no HTTP port: "http" gives it one in the topology';
    const address = formatAddress(host, http);
    const late = new AbortController();
    const answerMs = method === "POST" ? WORK_MS : ANSWER_MS;
    const cancel = this.#clock.after(answerMs, () => late.abort());
    try {
      const target = { host, port: http, trust: this.#trust };
      const options = { method, token: this.#token, signal: late.signal };
      return judge<T>(address, await ask(target, path, options));
    } catch (error) {
      return late.signal.aborted ? `${address} does not answer` : failure(address, error);
    } finally {
      cancel();
    }
  }
}

function judge<T extends object>(address: string, { status, text }: Answer): T | string {
  if (status === 401) {
    return `${address} asks for a token, or for another one; put it into ${TOKEN_VARIABLE}`;
  }
  if (status < 200 || status > 299) return `${address} answers with status ${status}`;
  try {
    return JSON.parse(text);
  } catch {
    throw new AnswerError("that is no JSON");
  }
}

/** The reason, for people, why an address gave no answer. */
export function failure(address: string, error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) return `this process was not granted ${address}`;
  if (error instanceof Deno.errors.ConnectionRefused) return `nothing listens at ${address}`;
  if (error instanceof AnswerError) {
    return `${address} gives no good answer: ${error.message}`;
  }
  return `${address} cannot be asked: ${reasonOf(error)}`;
}
