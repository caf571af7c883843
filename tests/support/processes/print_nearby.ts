// A program for the test of bundling: prints what the gazetteer finds near UCLA.

import { createGazetteer } from "../../../src/places/gazetteer/gazetteer.ts";
import { printNearby } from "../../../src/places/print.ts";

if (import.meta.main) {
  using gazetteer = createGazetteer();
  const location = { latitude: 34.06893, longitude: -118.445127 };
  const found = await gazetteer.nearby(location, 10_000, 20, new AbortController().signal);
  await Deno.stdout.write(printNearby(found));
}
