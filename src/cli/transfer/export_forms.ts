// The forms of an export: lines of JSON, CSV, and GeoJSON, each of which `herd import` takes.

import type { ListedClient } from "../../http/api/schemas.ts";

/** The forms, the usual one first. */
export const FORMATS = ["ndjson", "csv", "geojson"] as const;

/** See {@link FORMATS}. */
export type Format = (typeof FORMATS)[number];

/** A form: its beginning, what is between clients, and its end. */
export interface ExportForm {
  readonly head: string;
  readonly separator: string;
  readonly foot: string;
  print(client: ListedClient): string;
}

/** Ids are percent-encoded and times are numbers, so that no field of CSV needs quotes. */
export const EXPORT_FORMS: Readonly<Record<Format, ExportForm>> = {
  ndjson: {
    head: "",
    separator: "",
    foot: "",
    print: ({ id, lat, lon, time }) => `${JSON.stringify({ id, lat, lon, time })}\n`,
  },
  csv: {
    head: "id,lat,lon,time\n",
    separator: "",
    foot: "",
    print: ({ id, lat, lon, time }) => `${id},${lat},${lon},${time}\n`,
  },
  geojson: {
    head: '{"type":"FeatureCollection","features":[\n',
    separator: ",\n",
    foot: "\n]}\n",
    print: ({ id, lat, lon, time }) =>
      JSON.stringify({
        type: "Feature",
        id,
        geometry: { type: "Point", coordinates: [lon, lat] },
        properties: { time },
      }),
  },
};
