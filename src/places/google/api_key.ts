// Google's key: what it must look like to be sent. Nothing here or after it ever shows it.

import { ConfigError } from "../../base/errors.ts";

/**
 * Returns the key as it goes into a header or a URL.
 *
 * @throws {ConfigError} If it is empty, or has characters that no key has, such as a space
 * or a newline from a file.
 */
export function checkApiKey(key: string): string {
  if (key === "") throw new ConfigError("Cannot ask Google for places: the key is empty");
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new ConfigError(
      "Cannot ask Google for places: the key has white space or characters that are not ASCII",
    );
  }
  return key;
}
