// A person's own places as CSV: a first line with the names of the columns, then a place a record.
// Columns are `name`, `lat` and `lon`, and if wanted `types`, `vicinity` and `id`, or other usual names
// of these; others are ignored.

import { parse } from "csv-parse/sync";
import * as v from "valibot";
import { DECIMAL_NUMBER } from "../../base/text/numbers.ts";
import {
  columnsOf,
  type CsvRecord,
  faultOfColumns,
  faultOfQuoting,
  parserOptions,
  separatorOf,
  SYNONYMS,
  withPoint,
} from "./csv_records.ts";
import {
  addPlace,
  filledText,
  latitude,
  longitude,
  type OwnPlaces,
  quoted,
  typesText,
} from "./user_place.ts";

const NEEDED = ["name", "lat", "lon"];

/** Other names of the columns of places. */
const PLACE_SYNONYMS: Readonly<Record<string, string>> = {
  ...SYNONYMS,
  title: "name",
  stop_name: "name",
  type: "types",
  category: "types",
  address: "vicinity",
};

const decimal = v.pipe(
  v.string(),
  v.trim(),
  v.regex(new RegExp(`^${DECIMAL_NUMBER}$`), quoted("a decimal number")),
  v.transform(Number),
);

/** A column that may be left out or empty. */
const optionalText = v.optional(v.pipe(v.string(), v.trim(), v.transform((it) => it || undefined)));

const placeSchema = v.pipe(
  v.object({
    name: filledText,
    lat: v.pipe(decimal, latitude),
    lon: v.pipe(decimal, longitude),
    types: v.optional(typesText),
    vicinity: optionalText,
    id: optionalText,
  }),
  v.transform(({ lat, lon, ...rest }) => ({ ...rest, latitude: lat, longitude: lon })),
);

/** Reads places from the text of a CSV file. */
export function parsePlacesCsv(text: string): OwnPlaces {
  const found: OwnPlaces = { places: [], problems: [], skipped: 0 };
  const separator = separatorOf(text);
  const [header, ...records] = readRecords(text, { separator, problems: found.problems });
  const columns = columnsOf(header?.fields ?? [], PLACE_SYNONYMS);
  const fault = faultOfColumns(columns, NEEDED);
  if (fault !== undefined) {
    // Without a header it is the quoting that is wrong, and that was told.
    if (header !== undefined || found.problems.length === 0) {
      found.problems.push(`line ${header?.line ?? 1}: ${fault}`);
    }
    return found;
  }
  for (const { fields, line } of records) {
    if (fields.length !== columns.length) {
      found.problems.push(`line ${line}: has ${fields.length} fields, not ${columns.length}`);
    } else {
      const input = Object.fromEntries(columns.map((column, i) => [column, fields[i]!]));
      for (const it of ["lat", "lon"]) input[it] = withPoint(input[it]!, separator);
      addPlace(found, `line ${line}`, placeSchema, input);
    }
  }
  return found;
}

/** Reads records until the end, or until quoting goes wrong, which is a problem. */
function readRecords(
  text: string,
  { separator, problems }: { readonly separator: string; readonly problems: string[] },
): CsvRecord[] {
  const records: CsvRecord[] = [];
  try {
    parse(
      text.replaceAll("\r\n", "\n"),
      parserOptions(separator, (it) => void records.push(it)),
    );
  } catch (error) {
    const { line, fault } = faultOfQuoting(error);
    problems.push(`line ${line}: ${fault}`);
  }
  return records;
}
