// The gazetteer's data as columns, and their packed form: a line of JSON, then each column as planes
// of bytes (all lowest bytes, then all next ones), which gzip likes; all of it as base64 text, since a
// text import survives bundling and compiling and needs no permission. What a place is made of them
// is table.ts; who makes them is src/places/gazetteer/pack/pack_gazetteer.ts.

import { joined } from "../../base/buffers.ts";
import { decode, encode, NEWLINE } from "../../base/bytes.ts";

const FORMAT = "herd gazetteer 1";

/** Steps of the coordinate columns in one degree: about 1.1 m at the equator, as GeoNames gives them. */
export const STEPS_PER_DEGREE = 100_000;

/** Header of the packed form. */
export interface GazetteerHeader {
  /** Number of places. */
  readonly count: number;
  /** Places are in the order of a k-d tree with such nodes. */
  readonly nodeSize: number;
  /** The `types` of each kind of place. */
  readonly kinds: readonly (readonly string[])[];
  /** The `vicinity` of each region: first-level division and country. */
  readonly regions: readonly string[];
}

/** A place a row, in the order of a k-d tree. */
export interface GazetteerColumns extends GazetteerHeader {
  /** Longitude and latitude of each place in turn, in steps of 1/100,000 degree. */
  readonly coordinates: Int32Array;
  /** Numbers in GeoNames' own database; 0 where it is not known. */
  readonly geonameIds: Uint32Array;
  /** Indexes into `regions`. */
  readonly regionIndexes: Uint16Array;
  /** Indexes into `kinds`. */
  readonly kindIndexes: Uint8Array;
  /** Names as the inside of a JSON string, in UTF-8, each ended by a newline. */
  readonly names: Uint8Array;
}

/** The columns as base64 text, compressed by `gzip`. */
export function packColumns(
  columns: GazetteerColumns,
  gzip: (bytes: Uint8Array) => Uint8Array,
): string {
  const { count, nodeSize, kinds, regions } = columns;
  const header = JSON.stringify({ format: FORMAT, count, nodeSize, kinds, regions });
  const all = joined(
    encode(`${header}\n`),
    split(differences(columns.coordinates), 4),
    split(columns.geonameIds, 4),
    split(columns.regionIndexes, 2),
    columns.kindIndexes,
    columns.names,
  );
  return gzip(all).toBase64();
}

/**
 * The columns of a packed text.
 *
 * @throws {SyntaxError} If the text is not base64, or not of this format.
 * @throws {TypeError} If what it holds is not gzip, or broken.
 */
export async function unpackColumns(packed: string): Promise<GazetteerColumns> {
  const bytes = await gunzip(Uint8Array.fromBase64(packed));
  const headerEnd = bytes.indexOf(NEWLINE);
  const header = JSON.parse(decode(bytes, 0, headerEnd));
  if (header.format !== FORMAT) {
    throw new SyntaxError(`Cannot read gazetteer: expected '${FORMAT}', got '${header.format}'`);
  }
  const { count, nodeSize, kinds, regions }: GazetteerHeader = header;
  let at = headerEnd + 1;
  const take = (length: number) => bytes.subarray(at, at += length);
  return {
    count,
    nodeSize,
    kinds,
    regions,
    coordinates: sums(join32(take(8 * count))),
    geonameIds: join32(take(4 * count)),
    regionIndexes: join16(take(2 * count)),
    kindIndexes: take(count),
    names: bytes.subarray(at),
  };
}

async function gunzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const { readable, writable } = new DecompressionStream("gzip");
  const writer = writable.getWriter();
  // An error of the writer shows at the reader.
  writer.write(bytes).catch(() => {});
  writer.close().catch(() => {});
  return await new Response(readable).bytes();
}

/** The lowest `width` bytes of the values: first all lowest ones, then all next ones. */
function split(values: ArrayLike<number>, width: number): Uint8Array {
  const planes = new Uint8Array(width * values.length);
  for (let plane = 0, at = 0; plane < width; plane++) {
    for (let i = 0; i < values.length; i++) planes[at++] = values[i]! >>> (8 * plane);
  }
  return planes;
}

/** The values of four planes. */
function join32(planes: Uint8Array): Uint32Array {
  const length = planes.length / 4;
  const values = new Uint32Array(length);
  for (let i = 0; i < length; i++) {
    values[i] = planes[i]! | planes[i + length]! << 8 | planes[i + 2 * length]! << 16 |
      planes[i + 3 * length]! << 24;
  }
  return values;
}

/** The values of two planes. */
function join16(planes: Uint8Array): Uint16Array {
  const length = planes.length / 2;
  const values = new Uint16Array(length);
  for (let i = 0; i < length; i++) values[i] = planes[i]! | planes[i + length]! << 8;
  return values;
}

/**
 * Differences from the same coordinate of the place before, with the sign in the lowest bit, so that
 * small ones stay small.
 */
function differences(coordinates: Int32Array): Uint32Array {
  return Uint32Array.from(coordinates, (value, i) => {
    const difference = value - (coordinates[i - 2] ?? 0);
    return (difference << 1) ^ (difference >> 31);
  });
}

/** The inverse of `differences`. */
function sums(differences: Uint32Array): Int32Array {
  const coordinates = new Int32Array(differences.length);
  for (let i = 0, longitude = 0, latitude = 0; i < coordinates.length; i += 2) {
    coordinates[i] = longitude += signed(differences[i]!);
    coordinates[i + 1] = latitude += signed(differences[i + 1]!);
  }
  return coordinates;
}

function signed(difference: number): number {
  return (difference >>> 1) ^ -(difference & 1);
}
