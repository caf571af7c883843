// Places near a client from the server's provider: the WHATSAT of the page.

import { metresBetween } from "../map/geo.ts";
import type { Client } from "./herd.ts";
import { tokenHeaders } from "./connection.ts";

/** Within so many kilometres, and so many places at most. */
const RADIUS_KM = 10;
const LIMIT = 5;

export interface NearPlace {
  readonly name: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly metres: number;
}

/** Asks the server. Gives a text for people in place of places that are not to be had. */
export async function placesNear(client: Client): Promise<readonly NearPlace[] | string> {
  try {
    const query = new URLSearchParams({ radius: String(RADIUS_KM), limit: String(LIMIT) });
    const response = await fetch(`v1/clients/-/places?id=${client.id}&${query}`, {
      headers: tokenHeaders(),
    });
    const answer = await response.json();
    if (!response.ok) return String(answer.detail ?? `The server answered ${response.status}`);
    const { status, results, error_message: reason } = answer.places;
    if (status === "ZERO_RESULTS") return `No place is known within ${RADIUS_KM} km.`;
    if (status !== "OK") return `Places cannot be had now: ${reason ?? status}`;
    return parsePlaces(results, client);
  } catch {
    return "The server could not be asked.";
  }
}

/** The places among results of the shape of Google's legacy Nearby Search, the nearest first. */
export function parsePlaces(results: unknown, { lat, lon }: Client): readonly NearPlace[] {
  if (!Array.isArray(results)) return [];
  return results.flatMap((it) => {
    const location = it?.geometry?.location;
    if (typeof it?.name !== "string") return [];
    if (typeof location?.lat !== "number" || typeof location.lng !== "number") return [];
    const place = { latitude: location.lat, longitude: location.lng };
    const metres = metresBetween({ latitude: lat, longitude: lon }, place);
    return [{ name: it.name as string, ...place, metres }];
  }).sort((a, b) => a.metres - b.metres);
}
