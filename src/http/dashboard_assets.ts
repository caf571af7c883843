// The files of the dashboard, in the program itself, so that they are in a bundle and in a binary too.
// A module of its own: only who looks at the dashboard loads them.

import atlas110 from "world-atlas/countries-110m.json" with { type: "json" };
import atlas50 from "world-atlas/countries-50m.json" with { type: "json" };
import script from "./dashboard/dist/app.js" with { type: "text" };
import icon from "./dashboard/page/icon.svg" with { type: "text" };
import page from "./dashboard/page/index.html" with { type: "text" };
import style from "./dashboard/page/style.css" with { type: "text" };
import { encode } from "../base/bytes.ts";
import type { Pace } from "../server/turns/pace.ts";
import { StaticFile } from "./static_files.ts";

/** The files by path. */
export async function makeFiles(pace: Pace): Promise<ReadonlyMap<string, StaticFile>> {
  const files = new Map<string, StaticFile>();
  const add = async (path: string, type: string, text: () => string) => {
    await pace.pause();
    files.set(path, await StaticFile.make(type, encode(text()), pace));
  };
  await add("/", "text/html; charset=utf-8", () => page);
  await add("/app.js", "text/javascript; charset=utf-8", () => script);
  await add("/style.css", "text/css; charset=utf-8", () => style);
  await add("/icon.svg", "image/svg+xml", () => icon);
  await add("/world-110m.json", "application/json", () => JSON.stringify(atlas110));
  await add("/world-50m.json", "application/json", () => JSON.stringify(atlas50));
  return files;
}
