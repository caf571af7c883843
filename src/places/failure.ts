// Answers to a client when there are no places to give. The words are our own throughout: an
// upstream's error text can hold the key, our address or the name of somebody's project.

import type { NearbyResponse, NearbyStatus } from "./provider.ts";

/** The statuses of a response that is no success. */
export type FailureStatus = Exclude<NearbyStatus, "OK" | "ZERO_RESULTS">;

/** A response without places that says why. `message` goes to strangers as it is. */
export function failure(status: FailureStatus, message: string): NearbyResponse {
  return { error_message: message, html_attributions: [], results: [], status };
}

/** Our words for an upstream's refusal, whatever it said itself. */
export const REFUSALS: Readonly<Record<FailureStatus, NearbyResponse>> = {
  INVALID_REQUEST: failure("INVALID_REQUEST", "The places service did not accept the request"),
  OVER_QUERY_LIMIT: failure(
    "OVER_QUERY_LIMIT",
    "The places service has had too many requests from this server",
  ),
  REQUEST_DENIED: failure("REQUEST_DENIED", "The places service does not serve this server"),
  UNKNOWN_ERROR: failure("UNKNOWN_ERROR", "The places service failed"),
};
