// Locations as a file tells them, in the form in which a herd takes them: a line of JSON each.

/** One location of a file, or the fault that it has. */
export type Told =
  & { readonly at: number }
  & ({ readonly line: string } | { readonly fault: string });

/** The characters of one location that are read at most: more means that the file is out of form. */
export const MAX_ITEM_CHARS = 16 * 1024 * 1024;

/** Characters in place of bytes that are not UTF-8. */
const NOT_UTF8 = "\ufffd";

/** The location of these values, as far as they are of its form: the herd says what is wrong with others. */
export function toldOf(
  at: number,
  { id, lat, lon, time }: Readonly<Record<"id" | "lat" | "lon" | "time", unknown>>,
): Told {
  if (typeof id === "string" && id.includes(NOT_UTF8)) {
    return { at, fault: "'id': not UTF-8: percent-encode it, such as '%FF'" };
  }
  return {
    at,
    line: JSON.stringify({ id: typeof id === "number" ? `${id}` : id, lat, lon, time }),
  };
}

/** The location of a value of JSON: of an object with those names, or of a Feature of GeoJSON. */
export function toldOfJson(at: number, text: string): Told {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { at, fault: "not JSON" };
  }
  if (!isObject(value)) return { at, fault: "not an object of JSON" };
  return value["type"] === "Feature" ? toldOfFeature(at, value) : toldOf(at, fieldsOf(value));
}

/** The location of a Feature (RFC 7946): its `id` and `time` may be properties. */
function toldOfFeature(at: number, { id, geometry, properties }: JsonObject): Told {
  if (!isObject(geometry) || geometry["type"] !== "Point") {
    return { at, fault: "its geometry is no Point" };
  }
  const [lon, lat] = Array.isArray(geometry["coordinates"]) ? geometry["coordinates"] : [];
  const more = isObject(properties) ? properties : {};
  return toldOf(at, { id: id ?? more["id"], lat, lon, time: more["time"] ?? undefined });
}

type JsonObject = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fieldsOf({ id, lat, lon, time }: JsonObject) {
  return { id, lat, lon, time: time ?? undefined };
}
