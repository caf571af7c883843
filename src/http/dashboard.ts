// The dashboard's page and files. They hold nothing of the herd: what the page shows it asks for with
// the token, so they are given to everybody.

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

/** All files by path; shared by the ports of this process. */
let files: Promise<ReadonlyMap<string, StaticFile>> | undefined;

/** Answers a request for one of the paths. The first one makes the files, at the server's pace. */
export async function dashboardFile(request: HttpRequest, pace: Pace): Promise<Reply> {
  const all = await (files ??= makeAll(pace));
  return all.get(request.path)!.reply(request, HEADERS);
}

async function makeAll(pace: Pace): Promise<ReadonlyMap<string, StaticFile>> {
  const { makeFiles } = await import("./dashboard_assets.ts");
  return await makeFiles(pace);
}
