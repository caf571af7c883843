// The dashboard's page and files. They hold nothing of the herd: what the page shows it asks for with
// the token, so they are given to everybody.

import { awaitedLater } from "../base/background.ts";
import type { Pace } from "../server/turns/pace.ts";
import type { StaticFile } from "./static_files.ts";
import type { Reply } from "./wire/reply.ts";
import type { HttpRequest } from "./wire/request.ts";

/** The paths of the files. */
export const DASHBOARD_PATHS: readonly string[] = [
  "/",
  "/app.js",
  "/style.css",
  "/icon.svg",
  "/towns.json",
  "/small_towns.json",
  "/world-110m.json",
  "/world-50m.json",
  "/world-10m.json",
];

/** The page loads nothing from anywhere else, and nobody puts it in a frame. */
const HEADERS = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
};

/** Files by path, each made when it is asked for first; shared by the ports of this process. */
const files = new Map<string, Promise<StaticFile>>();

/** Answers a request for one of the paths; makes its file, at the server's pace, for the first one. */
export async function dashboardFile(request: HttpRequest, pace: Pace): Promise<Reply> {
  const { path } = request;
  if (!files.has(path)) files.set(path, awaitedLater(make(path, pace)));
  return (await files.get(path)!).reply(request, HEADERS);
}

async function make(path: string, pace: Pace): Promise<StaticFile> {
  const { makeFile } = await import("./dashboard_assets.ts");
  return await makeFile(path, pace);
}
