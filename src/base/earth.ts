// The earth, as far as distances on it need to know it.

/** The earth's mean radius in metres (IUGG: (2a + b) / 3 of WGS 84). */
export const EARTH_RADIUS_METRES = 6_371_008.8;

/** A degree of latitude or longitude, in radians. */
export const RADIANS_PER_DEGREE = Math.PI / 180;
