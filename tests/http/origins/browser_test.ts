// A page of another origin in a real browser: what the browser lets it do is what counts.

import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { AllowedOrigins } from "../../../src/http/origins/allowed_origins.ts";
import { startNode } from "../../../src/server/node.ts";
import { BROWSER_PATH, startBrowser } from "../../support/processes/browser.ts";
import { loneOptions } from "../../support/herds/herd.ts";
import { startHttp } from "../../support/herds/http.ts";
import { bearerProtocol } from "../../../src/http/token.ts";
import { tokenFor, tokenKeys } from "../../support/herds/tokens.ts";
import { testWith } from "../../support/test.ts";

const test = testWith("sockets", "processes", BROWSER_PATH !== undefined);

/** An empty page on a port of its own. */
function servePage(): { readonly origin: string } & AsyncDisposable {
  const answer = () =>
    new Response("<!doctype html><link rel=icon href=data:,>", {
      headers: { "Content-Type": "text/html" },
    });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, answer);
  const origin = `http://127.0.0.1:${server.addr.port}`;
  return { origin, [Symbol.asyncDispose]: () => server.shutdown() };
}

interface Asked {
  readonly url: string;
  readonly token?: string;
  readonly bearer?: string;
}

/** What a page can do with a herd: each thing with what came of it. */
function tryAll(page: Page, asked: Asked): Promise<unknown> {
  return page.evaluate(async ({ url, token, bearer }) => {
    const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    const ask = (path: string, init: RequestInit = {}) =>
      fetch(url + path, { ...init, headers: { ...headers, ...init.headers as object } }).then(
        async (it) => `${it.status} ${it.headers.get("Link") !== null} ${await it.text()}`,
        () => "not to be read",
      );
    const event = (target: EventTarget, ...names: string[]) =>
      new Promise<string>((resolve) => {
        const late = setTimeout(() => resolve("nothing came"), 5_000);
        for (const name of names) {
          target.addEventListener(name, (it) => {
            clearTimeout(late);
            resolve(it.type === "enter" ? JSON.parse((it as MessageEvent).data).id : it.type);
          }, { once: true });
        }
      });
    const told = await ask("/v1/clients/kiwi/location", {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ lat: 34.07, lon: -118.44, time: "1520023934.5" }),
    });
    await ask("/v1/clients/emu/location", {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ lat: 1, lon: 1 }),
    });
    const list = await ask("/v1/clients?limit=1", { headers: { Accept: "application/x-ndjson" } });
    const missing = await ask("/v1/clients/nobody");
    const plain = await fetch(`${url}/v1/clients`, { mode: "no-cors" })
      .then((it) => it.type, () => "not to be read");
    const query = token === undefined ? "" : `&access_token=${token}`;
    const source = new EventSource(`${url}/v1/changes?bbox=-119,34,-118,35${query}`);
    const entered = await event(source, "enter", "error");
    source.close();
    const protocols = bearer === undefined ? [] : ["herd.line.v1", bearer];
    const socket = new WebSocket(`${url.replace("http", "ws")}/v1/line`, protocols);
    const line = await event(socket, "open", "error");
    socket.close();
    return {
      told: told.slice(0, 3),
      list: /^200 true \{"id":"kiwi"/.test(list) ? "read with its Link" : list,
      missing: missing.slice(0, 3),
      plain,
      entered,
      line,
    };
  }, asked);
}

const ALL = {
  told: "200",
  list: "read with its Link",
  missing: "404",
  entered: "kiwi",
  line: "open",
};
const NOTHING = {
  told: "not",
  list: "not to be read",
  missing: "not",
  entered: "error",
  line: "error",
};

test("a page of an allowed origin can tell, list, watch and open sockets; another page nothing", async () => {
  await using node = startNode(loneOptions());
  await using own = servePage();
  await using other = servePage();
  await using http = startHttp(node, { origins: new AllowedOrigins([own.origin]) });
  await using browser = await startBrowser();
  const stranger = await browser.open(other.origin);
  // Opaque: the page learns neither the status nor a byte.
  assertEquals(await tryAll(stranger.page, { url: http.url }), { ...NOTHING, plain: "opaque" });
  const nothing = await http.fetch("/v1/clients").then((it) => it.json());
  assertEquals(nothing.clients, []);
  const { page } = await browser.open(own.origin);
  assertEquals(await tryAll(page, { url: http.url }), { ...ALL, plain: "opaque" });
});

test("with a token a page of an allowed origin can do the same", async () => {
  await using node = startNode(loneOptions());
  await using own = servePage();
  await using other = servePage();
  const origins = new AllowedOrigins([own.origin]);
  await using http = startHttp(node, { origins, tokens: tokenKeys() });
  await using browser = await startBrowser();
  const token = await tokenFor("*", "read", "tell");
  const asked = { url: http.url, token, bearer: bearerProtocol(token) };
  const { page } = await browser.open(own.origin);
  assertEquals(await tryAll(page, asked), { ...ALL, plain: "opaque" });
  // Who has the token may be anybody on a socket; what fetch had, no other page can read.
  const stranger = await browser.open(other.origin);
  assertEquals(await tryAll(stranger.page, asked), {
    ...NOTHING,
    line: "open",
    plain: "opaque",
  });
});
