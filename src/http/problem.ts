// Errors of the HTTP API as problem details (RFC 9457).

import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { ProblemDetails } from "./api/schemas.ts";

/** The media type of problem details. */
export const PROBLEM_TYPE = "application/problem+json";

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  426: "Upgrade Required",
  500: "Internal Server Error",
  503: "Service Unavailable",
  507: "Insufficient Storage",
};

/** Thrown by whatever handles a request; becomes its response. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: ContentfulStatusCode;
  readonly headers: Readonly<Record<string, string>>;

  /** `detail` is shown to the client: no secret, no path. */
  constructor(
    status: ContentfulStatusCode,
    detail: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.status = status;
    this.headers = headers;
  }

  /** The response. */
  toResponse(): Response {
    const { status, message: detail } = this;
    const title = TITLES[status] ?? "Error";
    const details: ProblemDetails = { type: "about:blank", title, status, detail };
    return Response.json(details, {
      status,
      headers: { ...this.headers, "Content-Type": PROBLEM_TYPE },
    });
  }
}
