// All paths times all scopes.

import { assert, assertEquals } from "@std/assert";
import { routesOf } from "../../../src/http/app.ts";
import { PATH_NEEDS } from "../../../src/http/tokens/scopes.ts";
import { startNode } from "../../../src/server/node.ts";
import { type Scope, SCOPES } from "../../../src/server/tokens/grant.ts";
import { recordingLog } from "../../support/fakes/log.ts";
import { exchange } from "../../support/herds/client.ts";
import { loneOptions } from "../../support/herds/herd.ts";
import { httpContext, startHttp } from "../../support/herds/http.ts";
import { bearerFor, tokenFor, tokenKeys } from "../../support/herds/tokens.ts";
import { testWith } from "../../support/test.ts";

const test = testWith("sockets");
const KIWI = "IAMAT kiwi +34.06893-118.445127 1520023934.918963997\n";
const PLUM = "IAMAT plum +34.06893-118.445127 1520023934.918963997\n";

test("every path has its scope, and every scope of the table its path", async () => {
  await using node = startNode(loneOptions());
  using context = httpContext(node);
  assertEquals(routesOf(context).operations.toSorted(), Object.keys(PATH_NEEDS).toSorted());
});

test("every path is open to its scopes, and to no other one", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node, { tokens: tokenKeys() });
  const status = async (operation: string, headers: Record<string, string>) => {
    const [method, path] = operation.split(" ") as [string, string];
    const asked = path.replace("{id}", "kiwi").replace("{token}", "no");
    const response = await http.fetch(asked, { method, headers });
    await response.body?.cancel();
    return response.status;
  };
  const sets: Scope[][] = [[], ...SCOPES.map((it) => [it]), [...SCOPES]];
  for (const [operation, needs] of Object.entries(PATH_NEEDS)) {
    if (operation.includes("{token}")) continue;
    const without = await status(operation, {});
    assertEquals({ operation, isRefused: without === 401 }, {
      operation,
      isRefused: needs !== "nothing",
    });
    for (const scopes of sets) {
      const isMet = typeof needs === "string" || needs.some((it) => scopes.includes(it));
      const got = await status(operation, await bearerFor("*", ...scopes));
      const isRefused = got === 403 || got === 401;
      assertEquals({ operation, scopes, isRefused }, { operation, scopes, isRefused: !isMet });
    }
  }
});

test("a token is for its clients alone, known or not", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node, { tokens: tokenKeys() });
  await exchange(node.address.port, KIWI + PLUM);
  const headers = await bearerFor("kiwi*", "read", "tell", "forget");
  const body = JSON.stringify({ lat: 1, lon: 1 });
  const json = { ...headers, "Content-Type": "application/json" };
  const table: [path: string, init: RequestInit, status: number][] = [
    ["/v1/clients/kiwi", {}, 200],
    ["/v1/clients/plum", {}, 403],
    ["/v1/clients/nobody", {}, 403],
    ["/v1/clients/kiwi2", {}, 404],
    ["/v1/clients/%6Biwi", {}, 200],
    ["/v1/clients/-?id=plum", {}, 403],
    ["/v1/clients/-?id=kiwi", {}, 200],
    ["/v1/clients/plum/places", {}, 403],
    ["/v1/clients/plum/location", { method: "PUT", headers: json, body }, 403],
    ["/v1/clients/kiwi%2F..%2Fx/location", { method: "PUT", headers: json, body }, 200],
    ["/v1/clients/plum", { method: "DELETE" }, 403],
    ["/v1/clients/kiwi%2F..%2Fx", { method: "DELETE" }, 200],
  ];
  for (const [path, init, status] of table) {
    const response = await http.fetch(path, { headers, ...init });
    await response.body?.cancel();
    assertEquals({ path, status: response.status }, { path, status });
  }
  const near = await http.fetch("/v1/clients?near=34,-118&radius=500&limit=1", { headers });
  const { clients } = await near.json();
  assertEquals(clients.map((it: { id: string }) => it.id), ["kiwi"]);
});

test("changes tell a token of its clients alone", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node, { tokens: tokenKeys() });
  await exchange(node.address.port, PLUM + KIWI);
  const response = await http.fetch("/v1/changes", { headers: await bearerFor("kiwi", "read") });
  let text = "";
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    text += piece;
    if (text.includes("event: level")) break;
  }
  assert(text.includes('"id":"kiwi"'), text);
  assert(!text.includes("plum"), text);
});

test("each forget leaves a line with whose token it was, and no token in the log", async () => {
  const log = recordingLog();
  await using node = startNode(loneOptions({ log }));
  await using http = startHttp(node, { tokens: tokenKeys() });
  await exchange(node.address.port, KIWI);
  const token = await tokenFor("kiwi*", "forget");
  const headers = { Authorization: `Bearer ${token}` };
  await (await http.fetch("/v1/clients/kiwi", { method: "DELETE", headers })).body?.cancel();
  const text = JSON.stringify(log.entries);
  const { jti } = JSON.parse(atob(token.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/")));
  assert(text.includes("client.forgotten") && text.includes("kiwi*") && text.includes(jti), text);
  assert(!text.includes(token.split(".")[2]!), text);
});
