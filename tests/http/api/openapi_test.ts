// That `/openapi.json` is true: every route is described, and every answer that is described is had
// here and is of the form that it says.

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Validator } from "@seriousme/openapi-schema-validator";
import addFormats from "ajv-formats";
import { Ajv2020 } from "ajv/dist/2020.js";
import { routesOf } from "../../../src/http/app.ts";
import { DASHBOARD_PATHS } from "../../../src/http/dashboard.ts";
import { openapi } from "../../../src/http/api/openapi.ts";
import { type HerdNode, startNode } from "../../../src/server/node.ts";
import { exchange } from "../../support/herds/client.ts";
import { loneOptions } from "../../support/herds/herd.ts";
import { closed, httpContext, startHttp, type TestHttp } from "../../support/herds/http.ts";
import { testWith } from "../../support/test.ts";

const test = testWith("sockets");
const TOKEN = "a-token-of-24-characters";

interface Described {
  readonly content?: Record<string, { readonly schema: { readonly $ref?: string } }>;
}
interface Operation {
  readonly responses: Record<string, Described>;
  readonly security?: readonly object[];
}
const description = openapi("0.0.0") as {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, object> };
};

/** All operations: `GET /v1/status` and what is said of it. */
const operations = new Map<string, Operation>(
  Object.entries(description.paths).flatMap(([path, item]) =>
    Object.entries(item).filter(([method]) => method !== "parameters")
      .map(([method, it]) => [`${method.toUpperCase()} ${path}`, it] as const)
  ),
);

/** Checks JSON against the schema of this name. */
function validate(schema: string, json: unknown): void {
  const text = JSON.stringify(description.components.schemas);
  const $defs = JSON.parse(text.replaceAll("#/components/schemas/", "#/$defs/"));
  const ajv = new Ajv2020({ allowUnionTypes: true, allErrors: true });
  addFormats.default(ajv);
  const isValid = ajv.compile({ $defs, $ref: `#/$defs/${schema}` });
  assert(isValid(json), `${schema}: ${ajv.errorsText(isValid.errors)}\n${JSON.stringify(json)}`);
}

// The validator reads its schema from its own folder.
testWith("project")("the description is one of OpenAPI 3.1", async () => {
  const { valid, errors } = await new Validator().validate({ ...description });
  assert(valid, JSON.stringify(errors));
});

test("every route but the dashboard's files is described, and nothing else", async () => {
  await using node = startNode(loneOptions());
  using context = httpContext(node);
  const files = DASHBOARD_PATHS.map((path) => `GET ${path}`);
  const routes = routesOf(context).operations.filter((it) => !files.includes(it));
  assertEquals(routes.toSorted(), [...operations.keys()].toSorted());
});

/** What was had so far: `GET /v1/status 200`. */
const had = new Set<string>();

/** Asks, and holds the answer against the description. */
async function ask(
  http: TestHttp,
  operation: string,
  status: number,
  path: string,
  init: RequestInit = {},
): Promise<void> {
  const [method] = operation.split(" ");
  const response = await http.fetch(path, { ...init, method: method! });
  const described = operations.get(operation)!.responses[status];
  assertEquals({ operation, status: response.status }, { operation, status });
  assert(described, `${operation} ${status} is not described`);
  had.add(`${operation} ${status}`);
  const type = response.headers.get("Content-Type")?.split(";")[0];
  assertEquals(type, Object.keys(described.content ?? {})[0], operation);
  if (type?.endsWith("json") !== true) return void await response.body?.cancel();
  const json = await response.json();
  const ref = described.content![type]!.schema.$ref;
  if (ref !== undefined) validate(ref.replace("#/components/schemas/", ""), json);
}

const put = (body: unknown): RequestInit => ({
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});
const location = put({ lat: 1, lon: 1 });

async function askInOrder(node: HerdNode): Promise<void> {
  await using http = startHttp(node);
  await exchange(node.address.port, "IAMAT k\xff +34.06893-118.445127 1520023934.918963997\n");
  await ask(http, "GET /healthz", 200, "/healthz");
  await ask(http, "GET /readyz", 200, "/readyz");
  await ask(http, "GET /metrics", 200, "/metrics");
  await ask(http, "GET /openapi.json", 200, "/openapi.json");
  await ask(http, "GET /v1/status", 200, "/v1/status");
  await ask(http, "GET /v1/status", 200, "/v1/status?digest=true");
  await ask(http, "GET /v1/history", 200, "/v1/history");
  await ask(http, "GET /v1/servers", 200, "/v1/servers");
  await ask(http, "GET /v1/servers", 400, "/v1/servers?watch=11");
  await ask(http, "GET /v1/clients", 200, "/v1/clients?near=34,-118&radius=100");
  await ask(http, "GET /v1/clients", 200, "/v1/clients?with=text,date");
  await ask(http, "GET /v1/clients", 400, "/v1/clients?neer=34,-118");
  await ask(http, "GET /v1/clients/{id}", 200, "/v1/clients/k%FF");
  await ask(http, "GET /v1/clients/{id}", 400, "/v1/clients/%20");
  await ask(http, "GET /v1/clients/{id}", 404, "/v1/clients/nobody");
  await ask(http, "GET /v1/clients/{id}/places", 200, "/v1/clients/k%FF/places?limit=1");
  await ask(http, "GET /v1/clients/{id}/places", 400, "/v1/clients/k%FF/places?limit=x");
  await ask(http, "GET /v1/clients/{id}/places", 404, "/v1/clients/nobody/places");
  await ask(http, "PUT /v1/clients/{id}/location", 200, "/v1/clients/k/location", location);
  await ask(http, "PUT /v1/clients/{id}/location", 400, "/v1/clients/k/location", put({}));
  await ask(
    http,
    "PUT /v1/clients/{id}/location",
    413,
    "/v1/clients/k/location",
    put(
      "x".repeat(5_000),
    ),
  );
  await ask(http, "PUT /v1/clients/{id}/location", 415, "/v1/clients/k/location", { body: "x" });
  await ask(http, "PUT /v1/clients/{id}/location", 507, "/v1/clients/l/location", location);
  await askReports(http);
  const many = put([{ id: "k", lat: 1, lon: 1 }, { id: "k" }]);
  await ask(http, "POST /v1/locations", 200, "/v1/locations", many);
  await ask(http, "POST /v1/locations", 200, "/v1/locations?answer=summary", many);
  await ask(http, "POST /v1/locations", 400, "/v1/locations", put({}));
  await ask(http, "POST /v1/locations", 415, "/v1/locations", { body: "x" });
  await ask(http, "POST /v1/verify", 200, "/v1/verify");
  await ask(http, "DELETE /v1/clients/{id}", 200, "/v1/clients/k");
  await ask(http, "DELETE /v1/clients/{id}", 400, "/v1/clients/%20");
  await ask(http, "GET /v1/changes", 200, "/v1/changes");
  await ask(http, "GET /v1/changes", 400, "/v1/changes?since=x");
  for (const path of ["/v1/line", "/v1/live"]) {
    await ask(http, `GET ${path}`, 426, path);
    await assertRejects(() => http.open(path, { protocols: ["soap"] }), Error, "400");
    had.add(`GET ${path} 400`);
    const socket = await http.open(path);
    had.add(`GET ${path} 101`);
    const end = closed(socket);
    socket.close();
    await end;
  }
}

/** Reports of phones, of a client that is known, and of one that there is no room for. */
async function askReports(http: TestHttp): Promise<void> {
  for (const path of ["/v1/report/osmand", "/v1/report/{token}/osmand"]) {
    const asked = path.replace("{token}", "t");
    for (const method of ["GET", "POST"]) {
      await ask(http, `${method} ${path}`, 200, `${asked}?id=k&lat=1&lon=1`);
      await ask(http, `${method} ${path}`, 400, asked);
      await ask(http, `${method} ${path}`, 507, `${asked}?id=l&lat=1&lon=1`);
    }
    await ask(http, `POST ${path}`, 413, asked, { body: "x".repeat(65_537) });
  }
  const coords = { latitude: 1, longitude: 1 };
  const traccar = (id: string) => put({ device_id: id, location: { coords } });
  const message = put({ _type: "location", lat: 1, lon: 1 });
  for (const start of ["/v1/report", "/v1/report/{token}"]) {
    for (const app of ["traccar", "owntracks"]) {
      const operation = `POST ${start}/${app}`;
      const path = `${start.replace("{token}", "t")}/${app}`;
      await ask(http, operation, 400, path, { body: "{" });
      await ask(http, operation, 413, path, { body: "x".repeat(65_537) });
      if (app === "traccar") {
        await ask(http, operation, 200, path, traccar("k"));
        await ask(http, operation, 507, path, traccar("l"));
      } else {
        await ask(http, operation, 200, path, { body: "" });
        await ask(http, operation, 507, `${path}?u=a&d=b`, message);
      }
    }
  }
}

async function askWithoutRight(node: HerdNode): Promise<void> {
  await using open = startHttp(node);
  await using guarded = startHttp(node, { token: TOKEN });
  for (const [operation, { security, responses }] of operations) {
    if (isPublic(security)) continue;
    const path = operation.split(" ")[1]!.replaceAll(/\{\w+\}/g, "k");
    await ask(open, operation, 403, path, { headers: { Origin: "http://example.com" } });
    await ask(guarded, operation, 401, path);
    assert(responses["401"] && responses["403"], operation);
  }
}

/** True if an operation needs no token, whatever the server has. */
function isPublic(security: Operation["security"]): boolean {
  return security?.every((it) => Object.keys(it).length === 0) ?? false;
}

async function askTooOften(): Promise<void> {
  // Less than one request, and none comes for a long time.
  const limits = { httpRequestsPerSecondOfLoopback: 0.001 };
  await using node = startNode(loneOptions({ limits }));
  await using http = startHttp(node);
  for (const [operation, { security }] of operations) {
    if (isPublic(security)) continue;
    await ask(http, operation, 429, operation.split(" ")[1]!.replaceAll(/\{\w+\}/g, "k"));
  }
}

async function askWhileStopping(node: HerdNode): Promise<void> {
  await using http = startHttp(node);
  await node.stop();
  await ask(http, "GET /readyz", 503, "/readyz");
  await ask(http, "PUT /v1/clients/{id}/location", 503, "/v1/clients/k/location", location);
  await ask(http, "POST /v1/verify", 503, "/v1/verify");
  await ask(http, "DELETE /v1/clients/{id}", 503, "/v1/clients/k");
  await ask(http, "POST /v1/locations", 503, "/v1/locations", put([]));
  for (const start of ["/v1/report", "/v1/report/{token}"]) {
    const path = start.replace("{token}", "t");
    for (const method of ["GET", "POST"]) {
      await ask(http, `${method} ${start}/osmand`, 503, `${path}/osmand?id=k&lat=1&lon=1`);
    }
    for (const app of ["traccar", "owntracks"]) {
      const body = { device_id: "k", location: [] };
      await ask(http, `POST ${start}/${app}`, 503, `${path}/${app}`, put(body));
    }
  }
  for (const path of ["/v1/changes", "/v1/line", "/v1/live"]) {
    await ask(http, `GET ${path}`, 503, path);
  }
}

test("every answer that is described is had, and is as it is described", async () => {
  await using node = startNode(loneOptions({ limits: { maxClients: 2 } }));
  await askInOrder(node);
  await askWithoutRight(node);
  await askTooOften();
  await askWhileStopping(node);
  const described = [...operations].flatMap(([operation, { responses }]) =>
    Object.keys(responses).map((status) => `${operation} ${status}`)
  );
  assertEquals(described.filter((it) => !had.has(it)), []);
});
