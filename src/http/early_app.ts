// The application of an HTTP port that is open before the server's records are loaded.

import type { Health, Readiness } from "./api/schemas.ts";
import type { Cors } from "./origins/cors.ts";
import { Problem } from "./problem.ts";
import { json, type Reply } from "./wire/reply.ts";
import type { HttpRequest } from "./wire/request.ts";
import type { Application, Task } from "./wire/session_context.ts";

const LOADING = "It is loading its records";

/** A server with a million records is there in a second or two. */
const RETRY_SECONDS = 1;

/** Says that the server is loading until there is an application to ask. */
export class EarlyApp implements Application {
  readonly #cors: Cors;
  #app: Application | undefined;

  /** Lets pages that may use the port read what it says. */
  constructor(cors: Cors) {
    this.#cors = cors;
  }

  /** Has all requests from now on answered by `app`. */
  use(app: Application): void {
    this.#app = app;
  }

  route(request: HttpRequest): Task | Reply | Promise<Task | Reply> {
    return this.#app === undefined ? this.#routeEarly(request) : this.#app.route(request);
  }

  #routeEarly(request: HttpRequest): Reply {
    try {
      return this.#cors.opened(this.#cors.preflight(request) ?? loading(request), request);
    } catch (error) {
      if (error instanceof Problem) return this.refuse(error, request);
      throw error;
    }
  }

  refuse(problem: Problem, request?: HttpRequest): Reply {
    return this.#app === undefined
      ? this.#cors.opened(problem.toReply(), request)
      : this.#app.refuse(problem, request);
  }
}

/** Health checks get their answer; all else is to come again. */
function loading({ path }: HttpRequest): Reply {
  const headers = { "Cache-Control": "no-store" };
  const troubles = [LOADING];
  if (path === "/healthz") {
    const health: Health = { status: "degraded", troubles };
    return json(health, 200, headers);
  }
  const retry = { ...headers, "Retry-After": String(RETRY_SECONDS) };
  if (path === "/readyz") {
    const readiness: Readiness = { isReady: false, troubles };
    return json(readiness, 503, retry);
  }
  return new Problem(503, LOADING, retry).toReply();
}
