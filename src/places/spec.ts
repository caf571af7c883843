// Names of sources of places: `gazetteer`, `google`, `google-legacy`, `overpass:<url>` or
// `file:<path>`; and what it will touch, for permissions.

import { parseBaseUrl } from "./upstream/base_url.ts";
import { ConfigError } from "../base/errors.ts";
import { GOOGLE_BASE_URL } from "./google/google.ts";
import { GOOGLE_LEGACY_BASE_URL } from "./google/legacy.ts";

/** A source of places. */
export type PlacesSpec =
  | { readonly kind: "gazetteer" | "google" | "google-legacy" }
  | { readonly kind: "overpass"; readonly url: string }
  | { readonly kind: "file"; readonly path: string };

/** The forms of a source, for help texts. */
export const PLACES_SPECS: readonly string[] = [
  "gazetteer",
  "google",
  "google-legacy",
  "overpass:<url>",
  "file:<path>",
];

/**
 * Reads the name of a source.
 *
 * @throws {ConfigError} If it is none.
 *
 * @example
 * ```ts
 * parsePlacesSpec("file:cafes.geojson"); // { kind: "file", path: "cafes.geojson" }
 * ```
 */
export function parsePlacesSpec(text: string): PlacesSpec {
  const [kind, rest] = text.split(/:(.*)/s);
  if (rest === undefined) {
    if (kind === "gazetteer" || kind === "google" || kind === "google-legacy") return { kind };
  } else if (rest !== "") {
    if (kind === "overpass") return { kind, url: rest };
    if (kind === "file") return { kind, path: rest };
  }
  throw new ConfigError(
    `Cannot take places from '${text}': it is none of ${PLACES_SPECS.join(", ")}`,
  );
}

/**
 * URL to which a source sends its questions; undefined for one that has all its places here.
 *
 * @param baseUrl A proxy in place of Google.
 * @throws {ConfigError} If a URL cannot be used.
 */
export function upstreamOf(spec: PlacesSpec, baseUrl?: string): URL | undefined {
  const parse = (url: string) => parseBaseUrl(url, { secret: false });
  switch (spec.kind) {
    case "google":
      return parse(baseUrl ?? GOOGLE_BASE_URL);
    case "google-legacy":
      return parse(baseUrl ?? GOOGLE_LEGACY_BASE_URL);
    case "overpass":
      return parse(spec.url);
    default:
      return undefined;
  }
}

/** The address of a URL, as `host:port`. */
export function addressOf({ host, port, protocol }: URL): string {
  return port === "" ? `${host}:${protocol === "https:" ? 443 : 80}` : host;
}
