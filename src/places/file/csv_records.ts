// CSV (RFC 4180) as people's files have it, whatever its records stand for: commas, semicolons or tabs
// between fields, and many names for the same column. A record is named by the line on which it starts.

import type { CsvErrorCode, Options } from "csv-parse";

/** Other names of columns for coordinates and ids, as files have them that are not made for a herd. */
export const SYNONYMS: Readonly<Record<string, string>> = {
  latitude: "lat",
  y: "lat",
  stop_lat: "lat",
  lng: "lon",
  long: "lon",
  longitude: "lon",
  x: "lon",
  stop_lon: "lon",
  stop_id: "id",
};

/** Separators of fields; the first line tells which one is used. */
const SEPARATORS = [",", ";", "\t"];

const QUOTING: { readonly [code in CsvErrorCode]?: string } = {
  CSV_INVALID_CLOSING_QUOTE: "text follows a closing quote",
  CSV_MAX_RECORD_SIZE: "a record is too long, as if a quote is opened and never closed",
  CSV_QUOTE_NOT_CLOSED: "a quote is opened and never closed",
  INVALID_OPENING_QUOTE: "a quote stands inside a field that does not begin with one",
};

/** The fields of a record, and the line on which it starts. */
export interface CsvRecord {
  readonly fields: readonly string[];
  readonly line: number;
}

/** Names of columns: ours before other names of the same thing. */
export function columnsOf(
  fields: readonly string[],
  synonyms: Readonly<Record<string, string>>,
): string[] {
  const names = fields.map((it) => it.trim().toLowerCase());
  return names.map((name) => {
    const meant = Object.hasOwn(synonyms, name) ? synonyms[name] : undefined;
    return meant === undefined || names.includes(meant) ? name : meant;
  });
}

/** A fault of the columns; undefined if all that are needed are there once. */
export function faultOfColumns(
  columns: readonly string[],
  needed: readonly string[],
): string | undefined {
  const doubled = columns.find((it, i) => it !== "" && columns.indexOf(it) < i);
  if (doubled !== undefined) return `two columns stand for '${doubled}'`;
  const missing = needed.filter((it) => !columns.includes(it)).map((it) => `'${it}'`);
  return missing.length === 0 ? undefined : `there is no column ${missing.join(", ")}`;
}

/** The separator that the first line that says something has most often. */
export function separatorOf(text: string): string {
  const line = /[^\s].*/.exec(text)?.[0] ?? "";
  const count = (separator: string) => line.split(separator).length;
  return SEPARATORS.toSorted((a, b) => count(b) - count(a))[0]!;
}

/** A number with a decimal comma as one with a point, where commas separate no fields. */
export function withPoint(text: string, separator: string): string {
  return separator === "," ? text : text.replace(",", ".");
}

/**
 * Options of the parser, which hands over each record. Its text has one kind of line end, "\n": with it
 * the parser's count of lines is right inside of quotes too.
 */
export function parserOptions(separator: string, take: (record: CsvRecord) => void) {
  return {
    bom: true,
    delimiter: separator,
    record_delimiter: "\n",
    relax_column_count: true,
    skip_empty_lines: true,
    on_record(fields: string[], { lines }: { readonly lines: number }) {
      take({ fields, line: lines - fields.join("").split("\n").length + 1 });
      return null;
    },
  } satisfies Options;
}

/**
 * The fault in a file's quoting that the parser threw.
 *
 * @throws What was thrown, if it is something else.
 */
export function faultOfQuoting(error: unknown): { readonly line: number; readonly fault: string } {
  if (!isCsvError(error)) throw error;
  return { line: error.lines, fault: QUOTING[error.code] ?? error.message };
}

function isCsvError(error: unknown): error is Error & { code: CsvErrorCode; lines: number } {
  return error instanceof Error && "lines" in error && typeof error.lines === "number";
}
