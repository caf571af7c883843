// The forms of a list of clients, by the media type that a request accepts: JSON, GeoJSON (RFC 7946), and
// lines of JSON.

import type { Clients, Feature, FeatureCollection, ListedClient } from "../schemas.ts";
import type { Reply } from "../../wire/reply.ts";
import type { HttpRequest } from "../../wire/request.ts";

/** The media types of a list; the first is for whoever accepts anything. */
export const FORMS = ["application/json", "application/geo+json", "application/x-ndjson"] as const;

/** See {@link FORMS}. */
export type Form = (typeof FORMS)[number];

/** The form that a request likes best (RFC 9110, section 12.5.1); JSON if it names none of them. */
export function formOf(request: HttpRequest): Form {
  let form: Form = FORMS[0];
  let best = 0;
  for (const range of (request.header("accept") ?? "").split(",")) {
    const [type, ...parameters] = range.split(";").map((it) => it.trim().toLowerCase());
    const quality = parameters.find((it) => it.startsWith("q="))?.slice(2) ?? "1";
    const known = FORMS.find((it) => it === type);
    if (known === undefined || !(Number(quality) > best)) continue;
    best = Number(quality);
    form = known;
  }
  return form;
}

/** A list in a form. `nextPath` is where its next page is, if it has one. */
export function printList(form: Form, list: Clients, nextPath?: string): Reply {
  const headers: Record<string, string> = { "Content-Type": form, Vary: "Accept" };
  if (nextPath !== undefined) headers["Link"] = `<${nextPath}>; rel="next"`;
  return { status: 200, headers, body: PRINTERS[form](list) };
}

const PRINTERS: Readonly<Record<Form, (list: Clients) => string>> = {
  "application/json": (list) => JSON.stringify(list),
  "application/geo+json": ({ clients, next, hasMore }) => {
    const collection: FeatureCollection = {
      type: "FeatureCollection",
      features: clients.map(featureOf),
      next,
      hasMore,
    };
    return JSON.stringify(collection);
  },
  "application/x-ndjson": ({ clients }) => clients.map((it) => `${JSON.stringify(it)}\n`).join(""),
};

function featureOf({ id, lat, lon, ...properties }: ListedClient): Feature {
  return {
    type: "Feature",
    id,
    geometry: { type: "Point", coordinates: [lon, lat] },
    properties,
  };
}
