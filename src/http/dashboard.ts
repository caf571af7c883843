// The dashboard's page and files. They hold nothing of the herd: what the page shows it asks for with
// the token, so they are given to everybody.

import type { Reply } from "./wire/reply.ts";
import type { HttpRequest } from "./wire/request.ts";

/** Where they are. */
export const DASHBOARD_PATHS: readonly string[] = [
  "/",
  "/app.js",
  "/style.css",
  "/icon.svg",
  "/world-110m.json",
  "/world-50m.json",
];

/** The page loads nothing from anywhere else, and nobody puts it in a frame. */
const HEADERS = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
};

/** The file at one of the paths, or "not modified" for who has it already. */
export async function dashboardFile(request: HttpRequest): Promise<Reply> {
  const { ASSETS } = await import("./dashboard_assets.ts");
  const { path } = request;
  const { type, text } = ASSETS.get(path.slice(1))!;
  const etag = await tagOf(path, text);
  const headers = { ...HEADERS, "Cache-Control": "no-cache", ETag: etag };
  // Whoever compresses on the way makes the tag a weak one.
  const known = request.header("if-none-match")?.replace(/^W\//, "");
  if (known === etag) return { status: 304, headers, body: "" };
  return { status: 200, headers: { ...headers, "Content-Type": type }, body: text };
}

const tags = new Map<string, string>();

async function tagOf(path: string, text: string): Promise<string> {
  let tag = tags.get(path);
  if (tag === undefined) {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    tags.set(path, tag = `"${new Uint8Array(digest).slice(0, 12).toHex()}"`);
  }
  return tag;
}
