import { assertAlmostEquals } from "@std/assert";
import { EARTH_RADIUS_METRES } from "../../src/base/earth.ts";

Deno.test("the earth's radius is the mean of the axes of WGS 84", () => {
  const [equatorial, polar] = [6_378_137, 6_356_752.314_245];
  assertAlmostEquals(EARTH_RADIUS_METRES, (2 * equatorial + polar) / 3, 0.05);
});
