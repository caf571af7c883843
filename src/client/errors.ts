// The one kind of error of this module.

/**
 * The kind of a fault: `unreachable`, no connection or one that was lost; `timeout`, no answer in time, or a
 * stream that fell silent; `refused`, an answer that is an error, see `status`; `malformed`, an answer that no
 * server of a herd gives.
 */
export type HerdFault = "unreachable" | "timeout" | "refused" | "malformed";

/** Facts that an error tells besides its detail. */
export interface HerdErrorOptions {
  /** See {@link HerdError.fault}. */
  readonly fault: HerdFault;
  /** See {@link HerdError.server}. */
  readonly server: string;
  /** See {@link HerdError.status}. */
  readonly status?: number | undefined;
  /** See {@link HerdError.retryAfterSeconds}. */
  readonly retryAfterSeconds?: number | undefined;
  /** See {@link HerdError.failures}; none if left out. */
  readonly failures?: readonly HerdError[] | undefined;
  /** The error of the platform that it comes from. */
  readonly cause?: unknown;
}

/** Too many requests: the server says when to come again. */
const TOO_MANY_REQUESTS = 429;

/**
 * A request that no server answered well.
 *
 * @example
 * ```ts ignore
 * try {
 *   await herd.tell({ id: "kiwi", lat: 91, lon: 0 });
 * } catch (error) {
 *   if (error instanceof HerdError && error.status === 400) console.error(error.detail);
 * }
 * ```
 */
export class HerdError extends Error {
  /** `HerdError`. */
  override readonly name: string = "HerdError";
  /** The kind of the fault. */
  readonly fault: HerdFault;
  /** The fault for people: the `detail` of the problem (RFC 9457) that a server answered. */
  readonly detail: string;
  /** The address of the server that was asked. */
  readonly server: string;
  /** The HTTP status of a server's answer; undefined without one. */
  readonly status: number | undefined;
  /** With status 429: seconds after which to ask again, if the server says so. */
  readonly retryAfterSeconds: number | undefined;
  /** One for each try, if more than one server was asked; this error is the last of them. */
  readonly failures: readonly HerdError[];

  /** An error of a server. */
  constructor(detail: string, options: HerdErrorOptions) {
    const { fault, server, status, retryAfterSeconds, failures = [], cause } = options;
    const said = status === undefined ? "" : ` (${status})`;
    super(`${server}: ${detail}${said}`, cause === undefined ? {} : { cause });
    this.fault = fault;
    this.detail = detail;
    this.server = server;
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
    this.failures = failures;
  }

  /** True if another server may answer what this one does not: 5xx, and all that is no answer. */
  get isOfServer(): boolean {
    return this.status === undefined || this.status >= 500 || this.fault === "malformed";
  }

  /** True if the same request may do later. */
  get isTransient(): boolean {
    return this.isOfServer || this.status === TOO_MANY_REQUESTS;
  }
}
