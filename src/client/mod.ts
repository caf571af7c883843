/**
 * A client of a herd for Deno, Node and browsers: tell, ask, near, list and watch, at whichever server answers.
 * It needs `fetch` and web streams, and nothing else.
 *
 * @example
 * ```ts ignore
 * import { HerdClient } from "@herd/herd/client";
 *
 * const herd = new HerdClient("http://127.0.0.1:13000");
 * await herd.tell({ id: "kiwi", lat: 34.06893, lon: -118.445127 });
 * ```
 *
 * @module
 */

export {
  type CallOptions,
  HerdClient,
  type HerdClientOptions,
  type ListOptions,
  type NearOptions,
  type PlacesOptions,
} from "./client.ts";
export { HerdError, type HerdErrorOptions, type HerdFault } from "./errors.ts";
export type { Forgotten, Left, Located, Notice, Positioned, WatchEvent } from "./events.ts";
export type {
  Box,
  BulkFault,
  BulkSummary,
  Circle,
  Client,
  Filters,
  ListedClient,
  Page,
  Places,
  Removal,
  Taken,
  Time,
  Told,
} from "./forms.ts";
export { idOf, textOf } from "./ids.ts";
export type { Fetch, Token } from "./servers.ts";
export type { Timer } from "./waits.ts";
export type { Cut, WatchOptions } from "./watch.ts";
