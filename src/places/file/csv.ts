// A person's own places as CSV (RFC 4180): a first line with the names of the columns, then a place a
// record, with commas, semicolons or tabs between fields. Columns are `name`, `lat` and `lon`, and if
// wanted `types`, `vicinity` and `id`, or other usual names of these; others are ignored. A record is
// named by the line on which it starts.

import { type CsvErrorCode, parse } from "csv-parse/sync";
import * as v from "valibot";
import { DECIMAL_NUMBER } from "../../base/text/numbers.ts";
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

/** Other names of columns, as files have them that are not made for a herd. */
const SYNONYMS: Readonly<Record<string, string>> = {
  title: "name",
  stop_name: "name",
  latitude: "lat",
  y: "lat",
  stop_lat: "lat",
  lng: "lon",
  long: "lon",
  longitude: "lon",
  x: "lon",
  stop_lon: "lon",
  type: "types",
  category: "types",
  address: "vicinity",
  stop_id: "id",
};

/** Separators of fields; the first line tells which one is used. */
const SEPARATORS = [",", ";", "\t"];

const QUOTING: { readonly [code in CsvErrorCode]?: string } = {
  CSV_INVALID_CLOSING_QUOTE: "text follows a closing quote",
  CSV_QUOTE_NOT_CLOSED: "a quote is opened and never closed",
  INVALID_OPENING_QUOTE: "a quote stands inside a field that does not begin with one",
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
  const columns = columnsOf(header?.fields ?? []);
  const doubled = columns.find((it, i) => it !== "" && columns.indexOf(it) < i);
  if (doubled !== undefined) {
    found.problems.push(`line ${header!.line}: two columns stand for '${doubled}'`);
    return found;
  }
  const missing = NEEDED.filter((it) => !columns.includes(it));
  if (missing.length > 0) {
    if (found.problems.length === 0) {
      const names = missing.map((it) => `'${it}'`).join(", ");
      found.problems.push(`line ${header?.line ?? 1}: there is no column ${names}`);
    }
    return found;
  }
  for (const { fields, line } of records) {
    if (fields.length !== columns.length) {
      found.problems.push(`line ${line}: has ${fields.length} fields, not ${columns.length}`);
    } else {
      const input = Object.fromEntries(columns.map((column, i) => [column, fields[i]!]));
      // Commas that separate no fields may be decimal commas.
      if (separator !== ",") {
        for (const it of ["lat", "lon"]) input[it] = input[it]!.replace(",", ".");
      }
      addPlace(found, `line ${line}`, placeSchema, input);
    }
  }
  return found;
}

/** Names of columns: ours before other names of the same thing. */
function columnsOf(fields: readonly string[]): string[] {
  const names = fields.map((it) => it.trim().toLowerCase());
  return names.map((name) => {
    const meant = SYNONYMS[name];
    return meant === undefined || names.includes(meant) ? name : meant;
  });
}

/** The separator that the first line that says something has most often. */
function separatorOf(text: string): string {
  const line = /[^\s].*/.exec(text)?.[0] ?? "";
  const count = (separator: string) => line.split(separator).length;
  return SEPARATORS.toSorted((a, b) => count(b) - count(a))[0]!;
}

/** The fields of a record, and the line on which it starts. */
interface CsvRecord {
  readonly fields: readonly string[];
  readonly line: number;
}

/** Reads records until the end, or until quoting goes wrong, which is a problem. */
function readRecords(
  text: string,
  { separator, problems }: { readonly separator: string; readonly problems: string[] },
): CsvRecord[] {
  const records: CsvRecord[] = [];
  try {
    // With one kind of line end, the parser's count of lines is right inside of quotes too.
    parse(text.replaceAll("\r\n", "\n"), {
      bom: true,
      delimiter: separator,
      record_delimiter: "\n",
      relax_column_count: true,
      skip_empty_lines: true,
      on_record(fields: string[], { lines }: { readonly lines: number }) {
        records.push({ fields, line: lines - fields.join("").split("\n").length + 1 });
        return null;
      },
    });
  } catch (error) {
    if (!isCsvError(error)) throw error;
    problems.push(`line ${error.lines}: ${QUOTING[error.code] ?? error.message}`);
  }
  return records;
}

function isCsvError(error: unknown): error is Error & { code: CsvErrorCode; lines: number } {
  return error instanceof Error && "lines" in error && typeof error.lines === "number";
}
