import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { decode, encode } from "../../src/base/bytes.ts";
import { DASHBOARD_PATHS, dashboardFile } from "../../src/http/dashboard.ts";
import { StaticFile } from "../../src/http/static_files.ts";
import type { Reply } from "../../src/http/wire/reply.ts";
import { HttpRequest } from "../../src/http/wire/request.ts";
import { SteppingPace } from "../support/fakes/stepping_pace.ts";

function request(fields: Record<string, string> = {}, path = "/"): HttpRequest {
  const head = {
    method: "GET",
    path,
    search: "",
    minor: 1 as const,
    fields: new Map(Object.entries(fields)),
  };
  return new HttpRequest(head, { peer: "127.0.0.1:1", scheme: "http" });
}

const TEXT = "a text that gets much smaller ".repeat(4_000);

async function unzipped(body: Reply["body"]): Promise<string> {
  const stream = new Blob([body as Uint8Array<ArrayBuffer>]).stream()
    .pipeThrough(new DecompressionStream("gzip"));
  return await new Response(stream).text();
}

Deno.test("StaticFile gives the form that the client takes, always the same bytes", async () => {
  const file = await StaticFile.make("text/plain", encode(TEXT), new SteppingPace());
  const ask = (accept?: string) =>
    file.reply(request(accept === undefined ? {} : { "accept-encoding": accept }), {});
  const accepting = ["gzip", "br, GZIP", "gzip;q=0.5", "*", "deflate, x-gzip;q=1.0"];
  for (const accept of accepting) {
    const { headers, body } = ask(accept);
    assertEquals({ accept, encoding: headers["Content-Encoding"] }, { accept, encoding: "gzip" });
    assert(body === ask("gzip").body, accept);
  }
  assertEquals(await unzipped(ask("gzip").body), TEXT);
  for (const accept of [undefined, "", "br", "gzip;q=0", "gzip; q=0.000", "*;q=0", "identity"]) {
    const { headers, body } = ask(accept);
    assertEquals({ accept, encoding: headers["Content-Encoding"] }, {
      accept,
      encoding: undefined,
    });
    assert(body === ask().body, accept);
    assertEquals(headers["Vary"], "Accept-Encoding");
  }
  assertEquals(decode(ask().body as Uint8Array), TEXT);
});

Deno.test("StaticFile says that it has not changed to who has the form that would be sent", async () => {
  const file = await StaticFile.make("text/plain", encode(TEXT), new SteppingPace());
  const plain = file.reply(request(), {}).headers["ETag"]!;
  const gzip = file.reply(request({ "accept-encoding": "gzip" }), {}).headers["ETag"]!;
  assertNotEquals(plain, gzip);
  const status = (tags: string, accept = "") =>
    file.reply(request({ "if-none-match": tags, "accept-encoding": accept }), {}).status;
  assertEquals(status(plain), 304);
  assertEquals(status(`"other", W/${plain}`), 304);
  assertEquals(status("*"), 304);
  assertEquals(status(gzip, "gzip"), 304);
  assertEquals(status(gzip), 200);
  assertEquals(status(plain, "gzip"), 200);
  assertEquals(status('"other"'), 200);
});

Deno.test("StaticFile is made in pieces, and is not compressed where that makes nothing smaller", async () => {
  const pace = new SteppingPace();
  await StaticFile.make("text/plain", encode(TEXT), pace);
  assert(pace.pieces >= TEXT.length / (16 * 1024), `${pace.pieces} pieces`);
  for (const bytes of [encode("short"), crypto.getRandomValues(new Uint8Array(5_000))]) {
    const file = await StaticFile.make("text/plain", bytes, pace);
    const { headers, body } = file.reply(request({ "accept-encoding": "gzip" }), {});
    assertEquals(headers["Content-Encoding"], undefined);
    assert(body === bytes);
  }
});

Deno.test("dashboardFile() has every file of the dashboard, compressed but for the icon", async () => {
  for (const path of DASHBOARD_PATHS) {
    const reply = await dashboardFile(
      request({ "accept-encoding": "gzip" }, path),
      new SteppingPace(),
    );
    assertEquals({ path, status: reply.status }, { path, status: 200 });
    assertEquals(reply.headers["Content-Security-Policy"]?.includes("default-src 'none'"), true);
    assertEquals(reply.headers["Content-Encoding"] === "gzip", path !== "/icon.svg", path);
  }
});
