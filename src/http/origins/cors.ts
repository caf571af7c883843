// Lets pages of allowed origins use the port (Fetch standard, section 3.2, CORS protocol). Never with
// credentials: a page sends its token itself, and nothing that a browser adds on its own counts here.

import { Problem } from "../problem.ts";
import type { Reply } from "../wire/reply.ts";
import type { HttpRequest } from "../wire/request.ts";
import type { AllowedOrigins } from "./allowed_origins.ts";

/** Methods of all paths. A page that takes a wrong one is told so, which a refused preflight would hide. */
const METHODS = "GET, HEAD, PUT, POST, DELETE";

/** Fields of a request that a page may set. */
const REQUEST_FIELDS = "Authorization, Content-Type, Accept, Last-Event-ID";

/** Fields of an answer that a page may read, besides those that every page may. */
const ANSWER_FIELDS = "Link, Retry-After, Allow, WWW-Authenticate";

/** Time for which a browser need not ask again, in seconds: the most that Chrome heeds. */
const MAX_AGE_SECONDS = 7_200;

/** The CORS protocol of one port. */
export class Cors {
  readonly #origins: AllowedOrigins;

  /** Lets pages of these origins in. */
  constructor(origins: AllowedOrigins) {
    this.#origins = origins;
  }

  /**
   * The answer to a preflight, which carries no token. Undefined for any other request, and where no
   * origins are allowed.
   *
   * @throws {Problem} 403 if its origin is not allowed.
   */
  preflight(request: HttpRequest): Reply | undefined {
    if (this.#origins.areNone || request.method !== "OPTIONS") return undefined;
    const origin = request.header("origin");
    const method = request.header("access-control-request-method");
    if (origin === undefined || method === undefined) return undefined;
    if (!this.#origins.allows(origin)) {
      throw new Problem(403, `Pages of '${origin}' may not use this server: --allow-origin`);
    }
    // Asked for before a page of the internet reaches into a private network, or this machine.
    const isPrivate = request.header("access-control-request-private-network") === "true";
    return {
      status: 204,
      headers: {
        "Access-Control-Allow-Methods": METHODS,
        "Access-Control-Allow-Headers": REQUEST_FIELDS,
        "Access-Control-Max-Age": String(MAX_AGE_SECONDS),
        ...isPrivate ? { "Access-Control-Allow-Private-Network": "true" } : {},
      },
      body: "",
    };
  }

  /** An answer with the fields that let a page read it, if it may. A request that was not read is undefined. */
  opened(reply: Reply, request: HttpRequest | undefined): Reply {
    const origins = this.#origins;
    if (origins.areNone || reply.status === 101) return reply;
    const origin = request?.header("origin");
    const isAllowed = origins.areAll || origin !== undefined && origins.allows(origin);
    const headers: Record<string, string> = { ...reply.headers };
    if (isAllowed) {
      headers["Access-Control-Allow-Origin"] = origins.areAll ? "*" : origin!;
      headers["Access-Control-Expose-Headers"] = ANSWER_FIELDS;
    }
    if (!origins.areAll) {
      const vary = headers["Vary"];
      headers["Vary"] = vary === undefined ? "Origin" : `${vary}, Origin`;
    }
    return { ...reply, headers };
  }
}
