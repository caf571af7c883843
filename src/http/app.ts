// The routes of a server's HTTP port. What each one says is in the file it is sent to, and for clients
// in openapi.ts, which the tests hold to be true.

import { stackOf } from "../base/errors.ts";
import { LimitedLog } from "../base/limited_log.ts";
import { healthOf } from "../server/health.ts";
import type { Grant } from "../server/tokens/grant.ts";
import { Gate, insufficientScope } from "./auth.ts";
import { changes } from "./api/changes.ts";
import {
  deleteClient,
  getClient,
  placesNearClient,
  putLocation,
  refuseIfStopping,
} from "./api/clients.ts";
import { listClients } from "./api/lists/client_list.ts";
import { postLocations } from "./api/bulk/locations.ts";
import type { HttpContext } from "./context.ts";
import { DASHBOARD_PATHS, dashboardFile } from "./dashboard.ts";
import { lineSocket } from "./sockets/line_socket.ts";
import { liveSocket } from "./sockets/live.ts";
import { catalogue } from "./metrics/catalogue.ts";
import { PHONE_APPS, reportPaths } from "./phones/apps.ts";
import { MAX_REPORT_BYTES, report } from "./phones/report.ts";
import { Rates } from "./tokens/rates.ts";
import { meets, needsOf } from "./tokens/scopes.ts";
import { PROMETHEUS_MEDIA_TYPE, prometheusText } from "./metrics/prometheus.ts";
import { openapi } from "./api/openapi.ts";
import { Problem } from "./problem.ts";
import { checked, refuseUnknownParameters, StatusQuery, WatchQuery } from "./api/parameters.ts";
import type { Health, Readiness, Status, Verified } from "./api/schemas.ts";
import type { History } from "./api/status_schemas.ts";
import type { AllowedOrigins } from "./origins/allowed_origins.ts";
import { Cors } from "./origins/cors.ts";
import { type Handler, type Route, Routes } from "./routes.ts";
import { STEP_SECONDS } from "../server/readers/recent_figures.ts";
import { serverStatus } from "./server_status.ts";
import { json, type Reply } from "./wire/reply.ts";
import type { HttpRequest } from "./wire/request.ts";
import type { Application, Task } from "./wire/session_context.ts";

/** The application of one port. */
export function createApp(context: HttpContext, access: Access): Application {
  return new App(context, access);
}

/** Those who may use a port. */
export interface Access {
  /** The token that may do everything. */
  readonly token: string | undefined;
  /** Web pages of others that may. */
  readonly origins: AllowedOrigins;
}

interface TaskOptions {
  readonly grant: Grant;
  /** Ends with an answer, or with what answers an error. */
  done(reply: Reply): Reply;
  refused(error: unknown): Reply;
}

/** Not let in, forbidden, or too often: what tells an operator of a stranger, or of a wrong token. */
const DENIED: ReadonlySet<number> = new Set([401, 403, 429]);

class App implements Application {
  readonly #context: HttpContext;
  readonly #log: LimitedLog;
  readonly #gate: Gate;
  readonly #cors: Cors;
  readonly #routes: Routes;

  constructor(context: HttpContext, { token, origins }: Access) {
    this.#context = context;
    this.#log = new LimitedLog(context);
    const { tokens, limits, clock } = context;
    this.#gate = new Gate({ token, tokens, origins, rates: new Rates(limits, clock) });
    this.#cors = new Cors(origins);
    this.#routes = routesOf(context);
  }

  route(request: HttpRequest): Task | Reply | Promise<Task | Reply> {
    const startedMs = this.#context.clock.monotonicMs();
    const route = this.#routes.find(request.path);
    const done = (reply: Reply) => this.#finish(request, route, { reply, startedMs });
    const refused = (error: unknown) => done(this.#replyTo(error, route));
    const task = (grant: Grant) => this.#task(request, route, { grant, done, refused });
    try {
      const preflight = this.#cors.preflight(request);
      if (preflight !== undefined) return done(preflight);
      const grant = this.#gate.check(request, route?.path);
      return grant instanceof Promise ? grant.then(task).catch(refused) : task(grant);
    } catch (error) {
      return refused(error);
    }
  }

  /** The handler of a request that was let in; throws a problem if there is none, or it may not be asked. */
  #task(
    request: HttpRequest,
    route: Route | undefined,
    { grant, done, refused }: TaskOptions,
  ): Task {
    const handler = handlerOf(request, route);
    const { method } = request;
    const operation = `${method === "HEAD" ? "GET" : method} ${route!.path}`;
    const needs = needsOf(operation);
    if (!meets(grant, needs)) throw insufficientScope(`'${[needs].flat().join("' or '")}'`);
    // A health check and a page's file fail for no parameter.
    if (needs !== "nothing") refuseUnknownParameters(operation, request);
    request.grant = grant;
    return {
      maxBodyBytes: route!.maxBodyBytes,
      run: () => {
        try {
          const reply = handler(request);
          return reply instanceof Promise ? reply.then(done, refused) : done(reply);
        } catch (error) {
          return refused(error);
        }
      },
    };
  }

  refuse(problem: Problem, request?: HttpRequest): Reply {
    this.#context.counts.add("other", "other", problem.status, 0);
    this.#logRefused("other", problem);
    return withDefaults(this.#cors.opened(problem.toReply(), request));
  }

  /** The client's fault: for whoever looks into it. Neither the path nor the query, which may be secret. */
  #logRefused(route: string, { status, message }: Problem): void {
    const isDenied = DENIED.has(status);
    if (!isDenied && !this.#log.debugEnabled) return;
    const fields = { route, status, reason: message };
    if (isDenied) this.#log.info("http.denied", fields);
    else this.#log.debug("http.refused", fields);
  }

  /** Counts an answer, and adds what all have. */
  #finish(
    request: HttpRequest,
    route: Route | undefined,
    { reply, startedMs }: { readonly reply: Reply; readonly startedMs: number },
  ): Reply {
    const seconds = (this.#context.clock.monotonicMs() - startedMs) / 1000;
    this.#context.counts.add(request.method, route?.path ?? "other", reply.status, seconds);
    return withDefaults(this.#cors.opened(reply, request));
  }

  #replyTo(error: unknown, route: Route | undefined): Reply {
    if (error instanceof Problem) {
      this.#logRefused(route?.path ?? "other", error);
      return error.toReply();
    }
    const reason = stackOf(error);
    this.#log.error("http.bug", { reason });
    return new Problem(500, "This server has a bug; its log says more").toReply();
  }
}

/** The handler of a request; throws a problem where there is none. */
function handlerOf({ method }: HttpRequest, route: Route | undefined): Handler {
  if (route === undefined) throw new Problem(404, "There is nothing here");
  const handler = route.methods.get(method === "HEAD" ? "GET" : method);
  if (handler !== undefined) return handler;
  throw new Problem(405, `${method} is not for this`, { Allow: route.allow });
}

function withDefaults(reply: Reply): Reply {
  if (reply.status === 101) return reply;
  // What is said of a herd is old at once; the dashboard's files say for themselves.
  const headers = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    ...reply.headers,
  };
  return { ...reply, headers };
}

/** All that the port has. */
export function routesOf(context: HttpContext): Routes {
  const routes = new Routes();
  const metrics = catalogue(context);
  for (const path of DASHBOARD_PATHS) {
    routes.add(path, { GET: (request) => dashboardFile(request, context.pace) });
  }
  routes.add("/healthz", { GET: () => json(health(context)) });
  routes.add("/readyz", { GET: () => json(...readiness(context)) });
  routes.add("/metrics", {
    GET: () => ({
      status: 200,
      headers: { "Content-Type": PROMETHEUS_MEDIA_TYPE },
      body: prometheusText(metrics),
    }),
  });
  let description: Reply | undefined;
  routes.add("/openapi.json", { GET: () => description ??= json(openapi(context.version)) });
  routes.add("/v1/status", {
    GET: async (request) => {
      const { digest } = checked(StatusQuery, request.query());
      const status: Status = {
        ...serverStatus(context),
        digest: digest ? await context.digest.compute() : undefined,
      };
      return json(status);
    },
  });
  routes.add("/v1/history", {
    GET: () => {
      const { status: { name }, recent: { samples } } = context;
      const history: History = { name, stepSeconds: STEP_SECONDS, samples };
      return json(history);
    },
  });
  routes.add("/v1/servers", {
    GET: async (request) => {
      const { watch } = checked(WatchQuery, request.query());
      // Other servers say for how long, and know that more comes; whoever asks once gets answers.
      return json(watch === undefined ? await context.view.survey() : context.view.look(watch));
    },
  });
  routes.add("/v1/verify", { POST: () => verify(context) });
  routes.add("/v1/clients", { GET: (request) => listClients(request, context) });
  routes.add("/v1/clients/{id}", {
    GET: (request) => getClient(request, context),
    DELETE: (request) => deleteClient(request, context),
  });
  routes.add("/v1/clients/{id}/location", { PUT: (request) => putLocation(request, context) });
  routes.add("/v1/clients/{id}/places", { GET: (request) => placesNearClient(request, context) });
  for (const [name, app] of Object.entries(PHONE_APPS)) {
    const handle: Handler = (request) => report(request, app, context);
    const methods = name === "osmand" ? { GET: handle, POST: handle } : { POST: handle };
    for (const path of reportPaths(name)) routes.add(path, methods, MAX_REPORT_BYTES);
  }
  const bulk = { POST: (request: HttpRequest) => postLocations(request, context) };
  routes.add("/v1/locations", bulk, "in pieces");
  routes.add("/v1/changes", { GET: (request) => changes(request, context) });
  routes.add("/v1/line", { GET: (request) => lineSocket(request, context) });
  routes.add("/v1/live", { GET: (request) => liveSocket(request, context) });
  return routes;
}

/** `POST /v1/verify`: has what neighbours have and this server lacks without a reason sent. */
async function verify(context: HttpContext): Promise<Reply> {
  refuseIfStopping(context);
  const results = await context.verify();
  const verified: Verified = {
    name: context.status.name,
    neighbours: [...results].map(([name, it]) => ({
      name,
      differing: it?.differing ?? null,
      mended: it?.mended ?? null,
    })),
  };
  return json(verified);
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
