// Errors of the HTTP API as problem details (RFC 9457).

import type { ProblemDetails } from "./api/schemas.ts";
import { json, reasonOf, type Reply } from "./wire/reply.ts";

/** The media type of problem details. */
export const PROBLEM_TYPE = "application/problem+json";

/** Thrown by whatever handles a request; becomes its response. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  /** `detail` is shown to the client: no secret, no path. */
  constructor(
    status: number,
    detail: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.status = status;
    this.headers = headers;
  }

  /** The answer. */
  toReply(): Reply {
    const { status, message: detail } = this;
    const title = reasonOf(status);
    const details: ProblemDetails = { type: "about:blank", title, status, detail };
    return json(details, status, { ...this.headers, "Content-Type": PROBLEM_TYPE });
  }
}
