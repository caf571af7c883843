// The routes of a server's HTTP port. What each one says is in the file it is sent to, and for clients
// in openapi.ts, which the tests hold to be true.

import { type Context, type Handler, Hono } from "hono";
import { routePath } from "hono/route";
import { healthOf } from "../server/health.ts";
import { Gate } from "./auth.ts";
import { changes } from "./api/changes.ts";
import {
  deleteClient,
  getClient,
  nearbyClients,
  placesNearClient,
  putLocation,
} from "./api/clients.ts";
import type { HttpContext } from "./context.ts";
import { DASHBOARD_PATHS, dashboardFile } from "./dashboard.ts";
import { lineSocket } from "./sockets/line_socket.ts";
import { liveSocket } from "./sockets/live.ts";
import { catalogue } from "./metrics/catalogue.ts";
import { PROMETHEUS_MEDIA_TYPE, prometheusText } from "./metrics/prometheus.ts";
import { openapi } from "./api/openapi.ts";
import { Problem } from "./problem.ts";
import { checked, StatusQuery, WatchQuery } from "./api/parameters.ts";
import type { Health, Readiness, Status } from "./api/schemas.ts";
import { serverStatus } from "./server_status.ts";

/** What comes with a request besides itself. */
export interface Bindings {
  /** The client's address, `host:port`. */
  readonly peer: string;
}

type Env = { Bindings: Bindings };

/** The handlers of one path, by method; any other method is answered with 405. */
type Methods = Readonly<Partial<Record<"GET" | "PUT" | "DELETE", Handler<Env>>>>;

/** The application of one port. */
export function createApp(context: HttpContext, token: string | undefined): Hono<Env> {
  const app = new Hono<Env>();
  const gate = new Gate(token);
  const { counts, log } = context;
  const metrics = catalogue(context);

  app.use(async (c, next) => {
    const startedMs = performance.now();
    await next();
    const seconds = (performance.now() - startedMs) / 1000;
    counts.add(c.req.method, documentedPath(c), c.res.status, seconds);
  });
  app.use(async (c, next) => {
    gate.check(c.req.raw, c.req.path);
    await next();
    if (c.res.status === 101) return;
    c.res.headers.set("X-Content-Type-Options", "nosniff");
    // What is said of a herd is old at once; the dashboard's files say for themselves.
    if (!c.res.headers.has("Cache-Control")) c.res.headers.set("Cache-Control", "no-store");
  });

  const route = (path: string, methods: Methods) => {
    for (const [method, handler] of Object.entries(methods)) app.on(method, path, handler);
    const allow = Object.keys(methods).flatMap((it) => it === "GET" ? [it, "HEAD"] : [it]);
    app.all(path, ({ req: { method } }) => {
      throw new Problem(405, `${method} is not for this`, { Allow: allow.join(", ") });
    });
  };

  for (const path of DASHBOARD_PATHS) {
    route(path, { GET: (c) => dashboardFile(path, c.req.raw) });
  }
  route("/healthz", { GET: (c) => c.json(health(context)) });
  route("/readyz", { GET: (c) => c.json(...readiness(context)) });
  route("/metrics", {
    GET: () =>
      new Response(prometheusText(metrics), { headers: { "Content-Type": PROMETHEUS_MEDIA_TYPE } }),
  });
  route("/openapi.json", { GET: (c) => c.json(openapi(context.version)) });

  route("/v1/status", {
    GET: async (c) => {
      const { digest } = checked(StatusQuery, c.req.query());
      const status: Status = {
        ...serverStatus(context),
        digest: digest ? await context.digest.compute() : undefined,
      };
      return c.json(status);
    },
  });
  route("/v1/servers", {
    GET: (c) => c.json(context.view.look(checked(WatchQuery, c.req.query()).watch)),
  });

  route("/v1/clients", { GET: (c) => nearbyClients(c.req.query(), context) });
  route("/v1/clients/:id", {
    GET: (c) => getClient(c.req.url, context),
    DELETE: (c) => deleteClient(c.req.url, context),
  });
  route("/v1/clients/:id/location", { PUT: (c) => putLocation(c.req.raw, context) });
  route("/v1/clients/:id/places", {
    GET: (c) => placesNearClient(c.req.url, c.req.query(), context),
  });

  route("/v1/changes", {
    GET: (c) => changes(c.req.header("Last-Event-ID") ?? c.req.query("since"), context),
  });
  route("/v1/line", { GET: (c) => lineSocket(c.req.raw, c.env.peer, context) });
  route("/v1/live", { GET: (c) => liveSocket(c.req.raw, context) });

  app.notFound(() => new Problem(404, "There is nothing here").toResponse());
  app.onError((error) => {
    if (error instanceof Problem) return error.toResponse();
    log.error("http.bug", { reason: String(error.stack ?? error) });
    return new Problem(500, "This server has a bug; its log says more").toResponse();
  });
  return app;
}

/** The path as the description has it; one for all that are not in there. */
function documentedPath(c: Context): string {
  const path = routePath(c, -1);
  return path === "/*" || path === "*" ? "other" : path.replace(/:(\w+)/g, "{$1}");
}

function health(context: HttpContext): Health {
  const { unready, degraded } = healthOf(context.status);
  const troubles = [...unready, ...degraded];
  return { status: troubles.length === 0 ? "ok" : "degraded", troubles };
}

function readiness(context: HttpContext): readonly [Readiness, 200 | 503] {
  const { unready } = healthOf(context.status);
  const isReady = unready.length === 0;
  return [{ isReady, troubles: unready }, isReady ? 200 : 503];
}
