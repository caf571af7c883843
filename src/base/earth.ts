// The earth, as far as distances on it need to know it.

/** The earth's mean radius in metres (IUGG: (2a + b) / 3 of WGS 84). */
export const EARTH_RADIUS_METRES = 6_371_008.8;
