// The files of the dashboard, in the program itself, so that they are in a bundle and in a binary too.
// A module of its own: only who looks at the dashboard loads them. Large ones are modules that are
// loaded when they are asked for.

import script from "./dashboard/dist/app.js" with { type: "text" };
import icon from "./dashboard/page/icon.svg" with { type: "text" };
import page from "./dashboard/page/index.html" with { type: "text" };
import style from "./dashboard/page/style.css" with { type: "text" };
import { encode } from "../base/bytes.ts";
import type { Pace } from "../server/turns/pace.ts";
import { StaticFile } from "./static_files.ts";

const JSON_TYPE = "application/json";

/** A file's media type and its text. */
interface Source {
  readonly type: string;
  text(): string | Promise<string>;
}

// Deno imports JSON of npm packages as values alone (2.9.6), so atlases are printed again: 50 ms for the
// largest, once.
const SOURCES: Readonly<Record<string, Source>> = {
  "/": { type: "text/html; charset=utf-8", text: () => page },
  "/app.js": { type: "text/javascript; charset=utf-8", text: () => script },
  "/style.css": { type: "text/css; charset=utf-8", text: () => style },
  "/icon.svg": { type: "image/svg+xml", text: () => icon },
  "/towns.json": {
    type: JSON_TYPE,
    text: async () => (await import("./towns/data/towns.json", { with: { type: "text" } })).default,
  },
  "/small_towns.json": {
    type: JSON_TYPE,
    text: async () =>
      (await import("./towns/data/small_towns.json", { with: { type: "text" } })).default,
  },
  "/world-110m.json": {
    type: JSON_TYPE,
    text: async () =>
      JSON.stringify(
        (await import("world-atlas/countries-110m.json", { with: { type: "json" } })).default,
      ),
  },
  "/world-50m.json": {
    type: JSON_TYPE,
    text: async () =>
      JSON.stringify(
        (await import("world-atlas/countries-50m.json", { with: { type: "json" } })).default,
      ),
  },
  "/world-10m.json": {
    type: JSON_TYPE,
    text: async () =>
      JSON.stringify(
        (await import("world-atlas/countries-10m.json", { with: { type: "json" } })).default,
      ),
  },
};

/** Makes the file of a path. */
export async function makeFile(path: string, pace: Pace): Promise<StaticFile> {
  const { type, text } = SOURCES[path]!;
  const content = await text();
  await pace.pause();
  return await StaticFile.make(type, encode(content), pace);
}
