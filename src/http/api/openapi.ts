// The description of the HTTP API (OpenAPI 3.1): `/openapi.json`. The tests ask every route in every
// way that is described here, and hold the answers against it.

import { LIST_PATHS } from "./lists/description.ts";
import { namedSchemas, queryParameters, refTo } from "./json_schema.ts";
import { BAD_ID, BUSY, GUARDED, json, plain, problem, STOPPING, UNKNOWN } from "./responses.ts";
import { type Needs, needsOf } from "../tokens/scopes.ts";
import { ChangesQuery, PlacesQuery, StatusQuery, WatchQuery } from "./parameters.ts";

type Json = Readonly<Record<string, unknown>>;

/** The description, for this version of the program. */
export function openapi(version: string): Json {
  return {
    openapi: "3.1.0",
    info: {
      title: "Herd",
      version,
      license: { name: "MIT", identifier: "MIT" },
      description: DESCRIPTION,
    },
    security: [{ token: [] }, {}],
    paths: withScopes({ ...PATHS, ...reportPaths() }),
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
      schemas: namedSchemas(),
    },
  };
}

const DESCRIPTION =
  "One server of a herd: where every client was last seen, and what is near it. " +
  "Ids are any bytes but white space, percent-encoded. Times are POSIX seconds as texts. Distances " +
  "in queries are kilometres, those in answers metres. With HERD_API_TOKEN or HERD_TOKEN_KEY set on " +
  "the server, all but health needs a token: `Authorization: Bearer <token>`, the password of Basic, " +
  "or on a WebSocket the further subprotocol `herd.bearer.<token in base64url>`. HERD_API_TOKEN may do " +
  "everything; a token of `herd token` may do what its scopes say, to the clients that its subject " +
  "covers, until it expires. Errors are problem details (RFC 9457).";

/** The paths, each operation with the scope that the table of scopes has for it. */
function withScopes(paths: Json): Json {
  return Object.fromEntries(
    Object.entries(paths).map(([path, item]) => [
      path,
      Object.fromEntries(
        Object.entries(item as Json).map(([method, it]) =>
          method === "parameters" ? [method, it] : [method, {
            ...it as Json,
            ...securityOf(needsOf(`${method.toUpperCase()} ${path}`)),
          }]
        ),
      ),
    ]),
  );
}

/** Any one of the scopes will do; without tokens on the server none is needed. */
function securityOf(needs: Needs): Json {
  if (needs === "nothing") return { security: [{}] };
  if (needs === "token") return {};
  return { security: [...needs.map((scope) => ({ token: [scope] })), {}] };
}

const ID: Json = {
  name: "id",
  in: "path",
  required: true,
  description: "The client's id, its bytes percent-encoded",
  schema: { type: "string", minLength: 1 },
};

const ID_IN_QUERY: Json = {
  name: "id",
  in: "query",
  description: "The id, where `{id}` is `-`: for `.` and `..`, which URLs cannot hold in a path",
  schema: { type: "string" },
};

const EVENTS = "The change feed as server-sent events. `location` events have a Client as data, " +
  "`removal` events its id, time and server; `level` comes once, when everything that there was has " +
  "been given. A client comes once, at its latest position: what was superseded is left out. The id " +
  "of an event, `<feed id>:<position>`, is where to go on: as `since`, or as Last-Event-ID, which " +
  "browsers send by themselves. Where it is of a feed that is gone, `reset` comes, and then everything again. A " +
  "comment every ten seconds tells that the stream lives. With `bbox` or `near` the stream is of an area: " +
  "`enter`, `move` and `leave` events have a Client, `forget` events (also of clients that expire) its id, " +
  "time and server. Those in the area come first. An area is not gone on from: after `since` or " +
  "Last-Event-ID comes `reset`, and then everybody in the area again.";

/** Answers to a report of a phone; `empty` is the body that the app takes for success. */
const reportResponses = (empty: Json): Json => ({
  200: empty,
  400: problem("The report has no location, or one out of range, or names no client"),
  413: problem("The body is too large"),
  503: STOPPING,
  507: problem("There is no room for more clients"),
  ...GUARDED,
});

const EMPTY = { description: "Taken" };
const DEGREES = { type: "number", description: "Decimal degrees" };
const TIME = {
  type: ["string", "number"],
  description: "POSIX seconds, milliseconds, or ISO 8601; left out, the time of receipt",
};
const OSMAND_PARAMETERS = Object.entries({
  id: { type: "string", description: "The client; also `deviceid`" },
  lat: DEGREES,
  lon: DEGREES,
  timestamp: TIME,
});
const OSMAND_FORM = { type: "object", properties: Object.fromEntries(OSMAND_PARAMETERS) };
const TRACCAR_BODY = {
  type: "object",
  description: "`location` may also be a list of those that were kept",
  properties: {
    device_id: { type: ["string", "number"] },
    location: {
      type: ["object", "array"],
      properties: {
        timestamp: TIME,
        coords: { type: "object", properties: { latitude: DEGREES, longitude: DEGREES } },
      },
    },
  },
};
const OWNTRACKS_BODY = {
  type: ["object", "array"],
  description: "Of another `_type` than `location` nothing is taken",
  properties: { _type: { type: "string" }, lat: DEGREES, lon: DEGREES, tst: TIME },
};

/** The paths of phone apps, with and without a token in the path. */
function reportPaths(): Json {
  const body = (type: string, schema: Json): Json => ({ content: { [type]: { schema } } });
  const paths = {
    osmand: {
      get: {
        summary: "Report as OsmAnd, GPSLogger and Traccar Client up to 8 do",
        parameters: OSMAND_PARAMETERS.map(([name, schema]) => ({ name, in: "query", schema })),
        responses: withoutBody(reportResponses(EMPTY)),
      },
      post: {
        summary: "The same as a form",
        requestBody: body("application/x-www-form-urlencoded", OSMAND_FORM),
        responses: reportResponses(EMPTY),
      },
    },
    traccar: {
      post: {
        summary: "Report as Traccar Client 9 does",
        requestBody: body("application/json", TRACCAR_BODY),
        responses: reportResponses(EMPTY),
      },
    },
    owntracks: {
      post: {
        summary: "Report as OwnTracks does in its HTTP mode; the client is `<user>/<device>`",
        requestBody: body("application/json", OWNTRACKS_BODY),
        responses: reportResponses({
          description: "Taken",
          content: { "application/json": { schema: { type: "array", maxItems: 0 } } },
        }),
      },
    },
  };
  return Object.fromEntries(
    Object.entries(paths).flatMap(([app, item]): [string, Json][] => [
      [`/v1/report/${app}`, item],
      [`/v1/report/{token}/${app}`, { ...item, parameters: [TOKEN_IN_PATH] }],
    ]),
  );
}

/** A request without a body cannot have one that is too large. */
function withoutBody({ 413: _, ...responses }: Json): Json {
  return responses;
}

const TOKEN_IN_PATH: Json = {
  name: "token",
  in: "path",
  required: true,
  description: "A scoped token, for apps that have one field for a URL; never HERD_API_TOKEN",
  schema: { type: "string" },
};

const PATHS: Json = {
  ...LIST_PATHS,
  "/healthz": {
    get: {
      operationId: "getHealth",
      summary: "Whether the process works; always 200 while it does",
      responses: { 200: json("It works", "Health") },
    },
  },
  "/readyz": {
    get: {
      operationId: "getReadiness",
      summary:
        "Readiness: 503 while the server loads its records, looks for the herd after its start, or stops",
      responses: { 200: json("Ready", "Readiness"), 503: json("Not ready", "Readiness") },
    },
  },
  "/metrics": {
    get: {
      operationId: "getMetrics",
      summary: "Metrics in the text format of Prometheus",
      responses: { 200: plain("The metrics", "text/plain"), ...GUARDED },
    },
  },
  "/openapi.json": {
    get: {
      operationId: "getDescription",
      summary: "This description",
      responses: {
        200: {
          description: "OpenAPI 3.1",
          content: { "application/json": { schema: { type: "object" } } },
        },
        ...GUARDED,
      },
    },
  },
  "/v1/status": {
    get: {
      operationId: "getStatus",
      summary: "What this server says of itself",
      parameters: queryParameters(StatusQuery),
      responses: { 200: json("The status", "Status"), ...GUARDED },
    },
  },
  "/v1/history": {
    get: {
      operationId: "getHistory",
      summary: "This server's figures of the last ten minutes, a sample a second",
      responses: { 200: json("The samples", "History"), ...GUARDED },
    },
  },
  "/v1/servers": {
    get: {
      operationId: "getHerd",
      summary: "The herd as this server sees it",
      description: "Asks other servers only while somebody looks: a second call a few seconds " +
        "after the first knows more.",
      parameters: queryParameters(WatchQuery),
      responses: {
        200: json("The herd", "Herd"),
        400: problem("The parameter is out of range"),
        ...GUARDED,
      },
    },
  },
  "/v1/verify": {
    post: {
      operationId: "verify",
      summary: "Look whether records are missing that neighbours have, and have them sent",
      responses: {
        200: json("What was found, when all neighbours were compared", "Verified"),
        503: STOPPING,
        ...GUARDED,
      },
    },
  },
  "/v1/clients/{id}": {
    parameters: [ID, ID_IN_QUERY],
    get: {
      operationId: "getClient",
      summary: "Where a client was last seen",
      responses: { 200: json("The client", "Client"), 400: BAD_ID, 404: UNKNOWN, ...GUARDED },
    },
    delete: {
      operationId: "forgetClient",
      summary: "Forget a client, on every server, until newer news of it",
      responses: {
        200: json("Forgotten, whether it was known or not", "Forgotten"),
        400: BAD_ID,
        503: STOPPING,
        ...GUARDED,
      },
    },
  },
  "/v1/clients/{id}/location": {
    parameters: [ID, ID_IN_QUERY],
    put: {
      operationId: "putLocation",
      summary: "Tell where a client is, as IAMAT does",
      requestBody: {
        required: true,
        content: { "application/json": { schema: refTo("Location") } },
      },
      responses: {
        200: json("What was taken; it may be older than what is known", "Taken"),
        400: problem("The id or the body is not one"),
        413: problem("The body is too large"),
        415: problem("The body is not JSON"),
        503: STOPPING,
        507: problem("There is no room for more clients"),
        ...GUARDED,
      },
    },
  },
  "/v1/clients/{id}/places": {
    parameters: [ID, ID_IN_QUERY],
    get: {
      operationId: "getPlaces",
      summary: "What is near a client, as WHATSAT tells",
      parameters: queryParameters(PlacesQuery),
      responses: {
        200: json("The client and the places; also when there are none to be had", "Places"),
        400: problem("The id or a parameter is out of form"),
        404: UNKNOWN,
        ...GUARDED,
      },
    },
  },
  "/v1/changes": {
    get: {
      operationId: "getChanges",
      summary: "Every change as it comes",
      description: EVENTS,
      parameters: [
        ...queryParameters(ChangesQuery),
        {
          name: "Last-Event-ID",
          in: "header",
          required: false,
          description: "The same; counts before `since`",
          schema: { type: "string" },
        },
      ],
      responses: {
        200: plain("The stream", "text/event-stream"),
        400: problem("`since` is not the id of an event"),
        503: BUSY,
        ...GUARDED,
      },
    },
  },
  "/v1/line": {
    get: {
      operationId: "openLine",
      summary: "A WebSocket that speaks the line protocol of the TCP port",
      description:
        "Lines end with a newline; where frames begin and end says nothing. Frames may " +
        "be text or binary, and replies are of the kind that came last. Subprotocol: " +
        "`herd.line.v1`, or none. A client that sends faster than it lets be answered waits.",
      responses: {
        101: { description: "A WebSocket" },
        400: problem("The client offers other subprotocols alone"),
        426: problem("The request asks for no WebSocket"),
        503: STOPPING,
        ...GUARDED,
      },
    },
  },
  "/v1/live": {
    get: {
      operationId: "openLive",
      summary: "A WebSocket with everything that a map shows, as it happens",
      description: "Subprotocol: `herd.live.v1`, or none. What is said and how is in the head of " +
        "src/http/sockets/live_protocol.ts, which is also a decoder for browsers.",
      responses: {
        101: { description: "A WebSocket" },
        400: problem("The client offers other subprotocols alone"),
        426: problem("The request asks for no WebSocket"),
        503: BUSY,
        ...GUARDED,
      },
    },
  },
};
