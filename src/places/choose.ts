// Makes the provider that somebody asked for by name.

import { ConfigError } from "../base/errors.ts";
import { loadFileProvider } from "./file/file.ts";
import { createGazetteer } from "./gazetteer/gazetteer.ts";
import { createGoogle } from "./google/google.ts";
import { createGoogleLegacy } from "./google/legacy.ts";
import type { NetworkOptions } from "./upstream/guarded_provider.ts";
import { createOverpass } from "./overpass/overpass.ts";
import type { PlacesProvider } from "./provider.ts";
import { parsePlacesSpec } from "./spec.ts";

/** Options of all providers. */
export interface PlacesOptions extends NetworkOptions {
  /** Google's key; needed by `google` and `google-legacy`. */
  readonly apiKey?: string | undefined;
  /** A proxy in place of Google; https, or on this machine. */
  readonly baseUrl?: string | undefined;
  /** Fields that Google is asked for; see `GOOGLE_FIELDS`. */
  readonly fields?: readonly string[];
  /** Tells an Overpass instance who calls. */
  readonly userAgent?: string;
  /** Reads a person's own places. */
  readonly readFile?: (path: string) => Promise<Uint8Array | string>;
}

/**
 * Makes the provider that `spec` names, such as `google` or `overpass:<url>`; see
 * `PLACES_SPECS` in spec.ts.
 *
 * @throws {ConfigError} If there is no such provider, or it cannot be used as it is set up.
 */
export async function chooseProvider(
  spec: string,
  { apiKey, readFile = Deno.readFile, ...options }: PlacesOptions = {},
): Promise<PlacesProvider> {
  const source = parsePlacesSpec(spec);
  switch (source.kind) {
    case "gazetteer":
      return await createGazetteer();
    case "google":
      return createGoogle({ ...options, apiKey: needed(apiKey) });
    case "google-legacy":
      return createGoogleLegacy({ ...options, apiKey: needed(apiKey) });
    case "overpass":
      return createOverpass({ ...options, url: source.url });
    case "file":
      return await loadFileProvider(source.path, { read: readFile, log: options.log });
  }
}

function needed(apiKey: string | undefined): string {
  if (apiKey) return apiKey;
  throw new ConfigError("Cannot ask Google for places: no key is given");
}
