// The places of a server's process.

import { ConfigError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { chooseProvider } from "../../places/choose.ts";
import type { PlacesProvider } from "../../places/provider.ts";
import { parsePlacesSpec, upstreamOf } from "../../places/spec.ts";
import { straightFetch, type UpstreamFetch } from "../../places/upstream/straight.ts";
import { GOOGLE_KEY_VARIABLE, PROXY_VARIABLES } from "../../topology/permissions.ts";
import { placesLimits } from "./limit_options.ts";
import type { ServerSetup } from "./server_setup.ts";

/**
 * Makes the provider that the setup names.
 *
 * @throws {ConfigError} If there is no such provider, or it cannot be used as it is set up.
 */
export async function openPlaces(
  setup: ServerSetup,
  log: Log,
): Promise<PlacesProvider> {
  const { placesSource, googleKey, options } = setup;
  try {
    return await chooseProvider(placesSource, {
      apiKey: googleKey,
      log,
      limits: placesLimits(options),
      baseUrl: options.googleUrl,
      fetch: fetchFor(setup),
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const hint = placesSource.startsWith("google") ? `; ${GOOGLE_KEY_VARIABLE} holds it` : "";
    throw new ConfigError(`${error.message}${hint}`, { cause: error });
  }
}

/**
 * The way to the places' upstream: straight, unless somebody wants a proxy. Undefined for the runtime's
 * own way, which is that of the environment.
 *
 * @throws {ConfigError} If the environment names a proxy, and there is no way past it.
 */
function fetchFor({ placesSource, options, context }: ServerSetup): UpstreamFetch | undefined {
  const upstream = upstreamOf(parsePlacesSpec(placesSource), options.googleUrl);
  if (upstream === undefined || options.placesProxy) return undefined;
  if (upstream.protocol === "http:") return straightFetch(upstream);
  const variable = PROXY_VARIABLES.find((it) => context.env(it) !== undefined);
  if (variable === undefined) return undefined;
  throw new ConfigError(
    `Cannot ask '${upstream.host}' for places past the proxy of ${variable}: give --places-proxy ` +
      `to ask through it, or start without ${variable}`,
  );
}
