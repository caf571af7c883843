// The paths of the HTTP port and what handles each: a path, or one with a segment that may be anything.

import type { Reply } from "./wire/reply.ts";
import type { HttpRequest } from "./wire/request.ts";

/** Answers a request. Throws or rejects with a `Problem` to answer with that. */
export type Handler = (request: HttpRequest) => Reply | Promise<Reply>;

/** The handlers of one path, by method; HEAD is GET's. */
export type Methods = Readonly<Partial<Record<"GET" | "PUT" | "POST" | "DELETE", Handler>>>;

/** The largest body of a request, in bytes, unless its path takes more. */
const MAX_BODY_BYTES = 4 * 1024;

/** One path. */
export interface Route {
  /** As the API's description has it, such as `/v1/clients/{id}`. */
  readonly path: string;
  readonly methods: ReadonlyMap<string, Handler>;
  /** The field Allow. */
  readonly allow: string;
  /** The largest body that it takes, in bytes; or it takes one in pieces, however long that is. */
  readonly maxBodyBytes: number | "in pieces";
}

/** All paths. */
export class Routes {
  readonly #plain = new Map<string, Route>();
  readonly #open: { readonly before: string; readonly behind: string; readonly route: Route }[] =
    [];

  /** Adds a path; one segment may be in braces, and stands for any that is not empty. */
  add(path: string, methods: Methods, maxBodyBytes: Route["maxBodyBytes"] = MAX_BODY_BYTES): void {
    const allow = Object.keys(methods).flatMap((it) => it === "GET" ? [it, "HEAD"] : [it]);
    const handlers = new Map(Object.entries(methods));
    const route = { path, methods: handlers, allow: allow.join(", "), maxBodyBytes };
    const [before, behind] = path.split(/\{\w+\}/);
    if (behind === undefined) this.#plain.set(path, route);
    else this.#open.push({ before: before!, behind, route });
  }

  /** Every method and path, such as `GET /v1/clients/{id}`. */
  get operations(): string[] {
    return [...this.#plain.values(), ...this.#open.map((it) => it.route)]
      .flatMap(({ path, methods }) => [...methods.keys()].map((method) => `${method} ${path}`));
  }

  /** The route of a path as it was sent. */
  find(path: string): Route | undefined {
    const plain = this.#plain.get(path);
    if (plain !== undefined) return plain;
    for (const { before, behind, route } of this.#open) {
      if (!path.startsWith(before) || !path.endsWith(behind)) continue;
      const end = path.length - behind.length;
      const slash = path.indexOf("/", before.length);
      if (before.length < end && (slash < 0 || slash >= end)) return route;
    }
    return undefined;
  }
}
