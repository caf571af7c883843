// A person's own places as GeoJSON (RFC 7946): a FeatureCollection of Points, whose `properties` have a
// `name`, and if wanted `types` and `vicinity`. Lines and areas are skipped: which of their points should
// stand for them is their owner's to say. A feature is named by its path.

import * as v from "valibot";
import { reasonOf } from "../../base/errors.ts";
import {
  addPlace,
  filledText,
  latitude,
  longitude,
  type OwnPlaces,
  quoted,
  typesText,
} from "./user_place.ts";

const collectionSchema = v.object({
  type: v.literal("FeatureCollection", quoted("'FeatureCollection'")),
  features: v.array(v.unknown(), quoted("an array")),
}, quoted("a FeatureCollection"));

const pointSchema = v.object({
  type: v.literal("Point"),
  // Longitude comes first; a third number is a height.
  coordinates: v.looseTuple([longitude, latitude], quoted("longitude and latitude")),
});

const geometrySchema = v.object({
  type: v.literal("Feature"),
  geometry: v.nullable(v.object({ type: v.string() })),
});

const featureSchema = v.pipe(
  v.object({
    type: v.literal("Feature", quoted("'Feature'")),
    id: v.optional(v.union([v.string(), v.number()], quoted("a text or a number"))),
    geometry: v.variant("type", [pointSchema], quoted("a Point")),
    properties: v.object({
      name: filledText,
      types: v.nullish(v.union(
        [v.array(filledText), typesText],
        quoted("a text or an array of texts"),
      )),
      vicinity: v.nullish(v.string(quoted("a text"))),
    }, quoted("an object")),
  }, quoted("a Feature")),
  v.transform(({ id, geometry, properties }) => ({
    id: id?.toString(),
    name: properties.name,
    longitude: geometry.coordinates[0],
    latitude: geometry.coordinates[1],
    types: properties.types ?? undefined,
    vicinity: properties.vicinity ?? undefined,
  })),
);

/** Reads places from the text of a GeoJSON file. */
export function parsePlacesGeojson(text: string): OwnPlaces {
  const found: OwnPlaces = { places: [], problems: [], skipped: 0 };
  const collection = v.safeParse(collectionSchema, parseJson(text, found.problems));
  if (found.problems.length > 0) return found;
  if (!collection.success) {
    found.problems.push(
      ...collection.issues.map((it) => `${v.getDotPath(it) ?? "the file"} ${it.message}`),
    );
    return found;
  }
  collection.output.features.forEach((feature, i) => {
    if (hasNoPoint(feature)) found.skipped++;
    else addPlace(found, `features[${i}]`, featureSchema, feature);
  });
  return found;
}

/** True for a line, an area, or a feature that is nowhere: no place of one point. */
function hasNoPoint(feature: unknown): boolean {
  const { success, output } = v.safeParse(geometrySchema, feature);
  return success && output.geometry?.type !== "Point";
}

function parseJson(text: string, problems: string[]): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    problems.push(`the file is not JSON: ${reasonOf(error)}`);
  }
}
