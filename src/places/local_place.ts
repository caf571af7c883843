// A place that is not Google's, in the form of Google's legacy Nearby Search: only what is known,
// so no rating, no icon, no opening hours. Keys are in Google's, which is the alphabet's, order.

import type { Place } from "./provider.ts";

/** A place that is known here. */
export interface LocalPlace {
  /** Degrees north, -90 to 90. */
  readonly latitude: number;
  /** Degrees east, -180 to 180. */
  readonly longitude: number;
  /** Name of the place. */
  readonly name: string;
  /** Names the place; begins with where the name comes from, such as `geonames:`. */
  readonly placeId: string;
  /** Kinds of place, the most special first, in Google's words where there are any. */
  readonly types: readonly string[];
  /** Address of the place, in words. */
  readonly vicinity?: string | undefined;
}

/** The place as a result of a Nearby Search. */
export function toPlace(place: LocalPlace): Place {
  const { vicinity } = place;
  const known = {
    geometry: { location: { lat: place.latitude, lng: place.longitude } },
    name: place.name,
    place_id: place.placeId,
    reference: place.placeId,
    types: place.types,
  };
  return vicinity === undefined ? known : { ...known, vicinity };
}
