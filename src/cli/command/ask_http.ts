// One request to a server's HTTP port, and in words why it came to nothing.

import { formatAddress } from "../../base/address.ts";
import { authorization } from "../../http/token.ts";
import type { ServerEntry } from "../../topology/topology.ts";

/** How long an answer may take, in milliseconds: the first digest of a million records takes some. */
const ANSWER_MS = 10_000;

/** The answer if it is a good one, else the reason, for people. Never rejects. */
export async function askHttp(
  { host, http }: ServerEntry,
  path: string,
  { token, method = "GET" }: { readonly token: string | undefined; readonly method?: string },
): Promise<Response | string> {
  if (http === undefined) return "has no HTTP port";
  const address = formatAddress(host, http);
  try {
    const response = await fetch(`http://${address}${path}`, {
      method,
      headers: authorization(token),
      redirect: "error",
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (response.ok) return response;
    await response.body?.cancel();
    return response.status === 401
      ? `${address} asks for a token, or for another one`
      : `${address} answers with status ${response.status}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return `this process was not granted ${address}`;
    const isLate = error instanceof DOMException && error.name === "TimeoutError";
    return isLate ? `${address} does not answer` : `nothing listens at ${address}`;
  }
}
