// Keys and tokens for tests.

import { encode } from "../../../src/base/bytes.ts";
import { SystemClock } from "../../../src/server/system.ts";
import type { Scope } from "../../../src/server/tokens/grant.ts";
import { TokenKeys } from "../../../src/server/tokens/token_keys.ts";

/** A key of 32 bytes. */
export const TOKEN_KEY = "a-key-for-tokens-of-32-bytes-000";

/** The keys of a server whose key is {@link TOKEN_KEY}. */
export function tokenKeys(...keys: string[]): TokenKeys {
  const all = keys.length === 0 ? [TOKEN_KEY] : keys;
  return new TokenKeys({ keys: all.map(encode), clock: new SystemClock() });
}

/** A token under {@link TOKEN_KEY} that is good for a minute. */
export function tokenFor(subject: string, ...scopes: Scope[]): Promise<string> {
  return tokenKeys().sign({ subject, scopes, seconds: 60 });
}

/** The field that carries a token. */
export async function bearerFor(
  subject: string,
  ...scopes: Scope[]
): Promise<Record<string, string>> {
  return { Authorization: `Bearer ${await tokenFor(subject, ...scopes)}` };
}
