// The places of a server's process.

import { ConfigError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { chooseProvider } from "../../places/choose.ts";
import type { PlacesProvider } from "../../places/provider.ts";
import { GOOGLE_KEY_VARIABLE } from "../../topology/permissions.ts";
import { placesLimits } from "./limit_options.ts";
import type { ServerSetup } from "./server_setup.ts";

/**
 * Makes the provider that the setup names.
 *
 * @throws {ConfigError} If there is no such provider, or it cannot be used as it is set up.
 */
export async function openPlaces(
  { placesSource, googleKey, options }: ServerSetup,
  log: Log,
): Promise<PlacesProvider> {
  try {
    return await chooseProvider(placesSource, {
      apiKey: googleKey,
      log,
      limits: placesLimits(options),
      baseUrl: options.googleUrl,
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const hint = placesSource.startsWith("google") ? `; ${GOOGLE_KEY_VARIABLE} holds it` : "";
    throw new ConfigError(`${error.message}${hint}`, { cause: error });
  }
}
