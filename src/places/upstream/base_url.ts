// Base URL of an upstream: checked once, when a provider is made.

import { isLoopbackHost } from "../../base/address.ts";
import { ConfigError } from "../../base/errors.ts";

/**
 * Reads the URL of an upstream. With `secret`, a key goes along with requests, and only https or
 * this machine will do.
 *
 * @throws {ConfigError} If it is no such URL.
 */
export function parseBaseUrl(text: string, { secret }: { secret: boolean }): URL {
  const url = URL.parse(text);
  const isHttp = url?.protocol === "http:";
  if (url === null || !(isHttp || url.protocol === "https:")) {
    throw new ConfigError(`Cannot use '${text}' for places: it is no http or https URL`);
  }
  if (url.username || url.password || url.search || url.hash) {
    // Not quoted: what is too much here may well be a secret.
    throw new ConfigError(
      `Cannot use the URL of places at '${url.host}': it has more than host, port and path`,
    );
  }
  if (secret && isHttp && !isLoopbackHost(url.hostname)) {
    throw new ConfigError(
      `Cannot use '${url}' for places: the key would go over the network in plain text`,
    );
  }
  return url;
}

/** The URL of a path below a base. */
export function below(base: URL, path: string): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/${path}`;
  return url;
}
