// A location on earth, as ISO 6709 decimal degrees with both signs: `+34.068930-118.445127`.

/** A point on earth in decimal degrees: latitude -90 to 90, longitude -180 to 180. */
export interface Coordinates {
  readonly latitude: number;
  readonly longitude: number;
}
