// A server's replies as the prompt shows them: AT lines and refusals explained, places as a table. Ids of
// clients in them are kept, so that Tab completes them.

import { EARTH_RADIUS_METRES, RADIANS_PER_DEGREE } from "../../base/earth.ts";
import { encode } from "../../base/bytes.ts";
import { type Coordinates, parseLocation, scanLocation } from "../../protocol/location.ts";
import type { Output } from "../command/context.ts";
import { dim, yellow } from "../command/style.ts";
import { present, printable } from "./lines.ts";

/** Ids that are kept at most, the newest. */
const MAX_IDS = 1_000;

/** A line of a reply to WHATSAT where its JSON begins. */
const JSON_START = "{";

/** Fields of one place that are shown; any of them may be missing. */
interface PlaceFields {
  readonly name?: unknown;
  readonly vicinity?: unknown;
  readonly types?: unknown;
  readonly geometry?: { readonly location?: { readonly lat?: unknown; readonly lng?: unknown } };
}

/** The replies of one connection, line by line. */
export class Replies {
  readonly #output: Pick<Output, "colour" | "columns">;
  readonly #ids = new Set<string>();
  /** The location of the last AT line's client. */
  #centre: Coordinates | undefined;
  /** The lines of JSON so far. */
  #json: string[] | undefined;

  constructor(output: Pick<Output, "colour" | "columns">) {
    this.#output = output;
  }

  /** Ids that AT lines had, the newest last. */
  get ids(): readonly string[] {
    return [...this.#ids];
  }

  /** Text to show for a line, with its newlines; empty inside of JSON. */
  take(line: string): string {
    if (this.#json !== undefined) {
      if (line === "") return this.end();
      this.#json.push(line);
      return "";
    }
    if (line === JSON_START && this.#centre !== undefined) {
      this.#json = [line];
      return "";
    }
    this.#remember(line);
    return `${present(line, this.#output)}\n`;
  }

  /** Text to show for JSON that has come so far: a table where it is whole. */
  end(): string {
    const lines = this.#json ?? [];
    this.#json = undefined;
    const table = formatPlaces(lines.join("\n"), this.#centre, this.#output);
    return table ?? lines.map((it) => `${printable(it)}\n`).join("");
  }

  #remember(line: string): void {
    this.#centre = undefined;
    const [, id, location] = /^AT \S+ \S+ (\S+) (\S+) \S+$/.exec(line) ?? [];
    if (id === undefined) return;
    this.#centre = locationOf(location!);
    this.#ids.delete(id);
    this.#ids.add(id);
    if (this.#ids.size > MAX_IDS) this.#ids.delete(this.#ids.values().next().value!);
  }
}

function locationOf(text: string): Coordinates | undefined {
  const bytes = encode(text);
  return scanLocation(bytes, 0, bytes.length) === bytes.length
    ? parseLocation(bytes, 0, bytes.length)
    : undefined;
}

/** The places of a Nearby Search response, one a line; undefined if the text is none. */
function formatPlaces(
  json: string,
  centre: Coordinates | undefined,
  output: Pick<Output, "colour" | "columns">,
): string | undefined {
  const response = parse(json);
  if (!Array.isArray(response?.results)) return undefined;
  const error = response.error_message;
  if (typeof error === "string") return `${yellow(`  no places: ${printable(error)}`, output)}\n`;
  const places: PlaceFields[] = response.results.filter((it) => typeof it === "object" && it);
  if (places.length === 0) return `${dim("  no places there", output)}\n`;
  const rows = places.map((it) => [distanceTo(it, centre), text(it.name), about(it)] as const);
  const [far, named] = [0, 1].map((column) => Math.max(...rows.map((it) => it[column]!.length)));
  return rows.map(([distance, name, rest]) => {
    const line = `  ${distance.padStart(far!)}  ${name.padEnd(named!)}  ${rest}`.trimEnd();
    const fits = line.length <= output.columns;
    return `${fits ? line : `${line.slice(0, Math.max(1, output.columns - 1))}…`}\n`;
  }).join("");
}

function parse(json: string): { results?: unknown; error_message?: unknown } | undefined {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** The kind of a place and its address. */
function about({ types, vicinity }: PlaceFields): string {
  const kind = Array.isArray(types) ? text(types[0]).replaceAll("_", " ") : "";
  return [kind, text(vicinity)].filter((it) => it !== "").join(", ");
}

function distanceTo({ geometry }: PlaceFields, centre: Coordinates | undefined): string {
  const { lat, lng } = geometry?.location ?? {};
  if (typeof lat !== "number" || typeof lng !== "number" || centre === undefined) return "";
  const metres = distanceMetres(centre, { latitude: lat, longitude: lng });
  return metres < 1_000 ? `${Math.round(metres)} m` : `${(metres / 1_000).toFixed(1)} km`;
}

/** The great-circle distance, by the haversine formula. */
function distanceMetres(a: Coordinates, b: Coordinates): number {
  const half = (degrees: number) => Math.sin(degrees * RADIANS_PER_DEGREE / 2) ** 2;
  const cosines = Math.cos(a.latitude * RADIANS_PER_DEGREE) *
    Math.cos(b.latitude * RADIANS_PER_DEGREE);
  const haversine = half(b.latitude - a.latitude) + cosines * half(b.longitude - a.longitude);
  return 2 * EARTH_RADIUS_METRES * Math.asin(Math.sqrt(Math.min(1, haversine)));
}

function text(value: unknown): string {
  return typeof value === "string" ? printable(value) : "";
}
