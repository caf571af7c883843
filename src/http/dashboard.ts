// The dashboard's page and files. They hold nothing of the herd: what the page shows it asks for with
// the token, so they are given to everybody.

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
export async function dashboardFile(path: string, request: Request): Promise<Response> {
  const { ASSETS } = await import("./dashboard_assets.ts");
  const { type, text } = ASSETS.get(path.slice(1))!;
  const etag = await tagOf(path, text);
  const headers = { ...HEADERS, "Cache-Control": "no-cache", ETag: etag };
  // Whoever compresses on the way makes the tag a weak one.
  const known = request.headers.get("If-None-Match")?.replace(/^W\//, "");
  if (known === etag) return new Response(null, { status: 304, headers });
  return new Response(text, { headers: { ...headers, "Content-Type": type } });
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
