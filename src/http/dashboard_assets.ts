// The files of the dashboard, in the program itself, so that they are in a bundle and in a binary too.
// A module of its own: only who looks at the dashboard loads them.

import atlas110 from "world-atlas/countries-110m.json" with { type: "json" };
import atlas50 from "world-atlas/countries-50m.json" with { type: "json" };
import script from "./dashboard/dist/app.js" with { type: "text" };
import icon from "./dashboard/page/icon.svg" with { type: "text" };
import page from "./dashboard/page/index.html" with { type: "text" };
import style from "./dashboard/page/style.css" with { type: "text" };

/** A file. */
export interface Asset {
  readonly type: string;
  readonly text: string;
}

/** The files by the last part of their paths; the page itself is `""`. */
export const ASSETS: ReadonlyMap<string, Asset> = new Map([
  ["", { type: "text/html; charset=utf-8", text: page }],
  ["app.js", { type: "text/javascript; charset=utf-8", text: script }],
  ["style.css", { type: "text/css; charset=utf-8", text: style }],
  ["icon.svg", { type: "image/svg+xml", text: icon }],
  ["world-110m.json", { type: "application/json", text: JSON.stringify(atlas110) }],
  ["world-50m.json", { type: "application/json", text: JSON.stringify(atlas50) }],
]);
