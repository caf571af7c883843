// Refuses what a token does not cover.

import { encodeClientId } from "../../protocol/client_id.ts";
import type { Grant } from "../../server/tokens/grant.ts";
import { Problem } from "../problem.ts";

/**
 * Refuses to read, tell or forget a client that a grant does not cover.
 *
 * @throws {Problem} 403, whether the client is known or not.
 */
export function refuseUncovered(grant: Grant, client: Uint8Array): void {
  if (grant.covers(client)) return;
  throw new Problem(
    403,
    `The token is for '${grant.subject}' alone, not for '${encodeClientId(client)}'`,
  );
}
