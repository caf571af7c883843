// The JSON that the HTTP API takes and gives. These schemas are its only source: types are inferred from
// them, checks are made of them, and json_schema.ts turns them into the description's JSON Schema.

import * as v from "valibot";
import {
  count,
  flag,
  latitude,
  list,
  longitude,
  object,
  positive,
  text,
  time,
  timeTaken,
} from "./schema_parts.ts";
import { Digest, HerdSnapshot, Histogram, History, ServerStatus } from "./status_schemas.ts";

/** The details of an error (RFC 9457). */
export const ProblemDetails = object({
  type: v.pipe(
    v.literal("about:blank"),
    v.description("Always `about:blank`: the status tells the kind"),
  ),
  title: text("The status in words"),
  status: count("The HTTP status"),
  detail: text("The fault of this request"),
});
/** See {@link ProblemDetails}. */
export type ProblemDetails = v.InferOutput<typeof ProblemDetails>;

const troubles = list(text("For people"), "Faults; empty when there are none");

/** Liveness. */
export const Health = object({
  status: v.pipe(v.picklist(["ok", "degraded"]), v.description("The state in one word")),
  troubles,
});
/** See {@link Health}. */
export type Health = v.InferOutput<typeof Health>;

export const Readiness = object({
  isReady: flag("True if clients should use this server"),
  troubles,
});
/** See {@link Readiness}. */
export type Readiness = v.InferOutput<typeof Readiness>;

const id = v.pipe(
  v.string(),
  v.regex(/^([\w.~-]|%[\dA-F]{2})+$/),
  v.description("The client's id, its bytes percent-encoded"),
);
const server = text("The server that the client told");

/** The newest known location of a client. */
export const Client = object({
  id,
  lat: latitude,
  lon: longitude,
  location: text("The same as the client wrote it (ISO 6709)"),
  time,
  server,
  skew: v.pipe(
    v.string(),
    v.regex(/^[+-]\d+\.\d{9}$/),
    v.description("The clock of `server` at receipt minus `time`, in seconds"),
  ),
});
/** See {@link Client}. */
export type Client = v.InferOutput<typeof Client>;

/** A removal of a client. */
export const Removal = object({ id, time, server });
/** See {@link Removal}. */
export type Removal = v.InferOutput<typeof Removal>;

/** A client of a list, with what was asked for besides. */
export const ListedClient = object({
  ...Client.entries,
  metres: v.optional(positive("With `near`: the distance from the point, along a great circle")),
  text: v.optional(text("With `with=text`: the id as text, if its bytes are UTF-8")),
  date: v.optional(text("With `with=date`: the time as RFC 3339, up to the year 9999")),
});
/** See {@link ListedClient}. */
export type ListedClient = v.InferOutput<typeof ListedClient>;

/** A list of clients, or one page of it. */
export const Clients = object({
  clients: list(
    ListedClient,
    "In the order in which they last changed; near a point the nearest first",
  ),
  next: v.optional(
    text("Where the next page begins, for `after`; missing where the nearest were asked for"),
  ),
  hasMore: v.optional(
    flag("True if there may be more now. If not, `next` is for what changes later"),
  ),
});
/** See {@link Clients}. */
export type Clients = v.InferOutput<typeof Clients>;

/** A client as GeoJSON. */
export const Feature = object({
  type: v.literal("Feature"),
  id,
  geometry: object({
    type: v.literal("Point"),
    coordinates: v.pipe(
      v.tuple([longitude, latitude]),
      v.readonly(),
      v.description("GeoJSON's order"),
    ),
  }),
  properties: v.pipe(v.looseObject({ time, server }), v.description("All else of the client")),
});
/** See {@link Feature}. */
export type Feature = v.InferOutput<typeof Feature>;

/** The same list as GeoJSON (RFC 7946). */
export const FeatureCollection = object({
  type: v.literal("FeatureCollection"),
  features: list(Feature, "One for each client"),
  next: Clients.entries.next,
  hasMore: Clients.entries.hasMore,
});
/** See {@link FeatureCollection}. */
export type FeatureCollection = v.InferOutput<typeof FeatureCollection>;

/** A location that a client tells. Without a time it is of now. */
export const Location = object({ lat: latitude, lon: longitude, time: v.optional(timeTaken) });
/** See {@link Location}. */
export type Location = v.InferOutput<typeof Location>;

/** The answer to a location. */
export const Taken = object({
  ...Client.entries,
  isStored: flag("True if this is the newest known location now; false if it changes nothing"),
  because: v.optional(v.pipe(
    v.picklist(["older", "tied", "removed", "expired"]),
    v.description(
      "Why it changes nothing: it is older than what is known; as old as that, to the nanosecond; " +
        "not newer than the client's removal; or older than what this server retains",
    ),
  )),
});
/** See {@link Taken}. */
export type Taken = v.InferOutput<typeof Taken>;

/** A location of one of many clients. Without a time it is of now. */
export const BulkLocation = object({ id: text("As in paths"), ...Location.entries });
/** See {@link BulkLocation}. */
export type BulkLocation = v.InferOutput<typeof BulkLocation>;

/** The answer to one of many locations. */
export const BulkAnswer = object({
  isStored: Taken.entries.isStored,
  because: Taken.entries.because,
  error: v.optional(text("The fault of this location, if it has one")),
});
/** See {@link BulkAnswer}. */
export type BulkAnswer = v.InferOutput<typeof BulkAnswer>;

/** A location that was not taken. */
const BulkFault = object({
  number: count("The location, counted from 1 on"),
  error: text("Its fault"),
});
/** See {@link BulkFault}. */
export type BulkFault = v.InferOutput<typeof BulkFault>;

/** The answer to many locations. */
export const BulkSummary = object({
  received: count("Locations"),
  stored: count("Those of them that are the newest known ones now"),
  faulty: count("Those of them that were not taken"),
  faults: list(BulkFault, "The first ten faults"),
  answers: v.optional(
    list(BulkAnswer, "One for each location, in order, unless a summary was asked for"),
  ),
});
/** See {@link BulkSummary}. */
export type BulkSummary = v.InferOutput<typeof BulkSummary>;

/** The answer to a removal. */
export const Forgotten = object({
  wasKnown: flag("True if the server that was asked knew the client's location"),
});
/** See {@link Forgotten}. */
export type Forgotten = v.InferOutput<typeof Forgotten>;

/** Result of a look for missing records. */
export const Verified = object({
  name: text("The server that looked"),
  neighbours: list(
    object({
      name: text("The neighbour whose records were compared"),
      differing: v.nullable(
        count(
          "Shares of the records that differ still at a second look, though this server may be the " +
            "one that has newer ones; null if the neighbour is not linked, not level, older, or too slow",
        ),
      ),
      mended: v.nullable(count("Records that were missing here, or older, and are here now")),
    }),
    "All neighbours",
  ),
});
/** See {@link Verified}. */
export type Verified = v.InferOutput<typeof Verified>;

/** A client, and the places near it as WHATSAT gives them. */
export const Places = object({
  client: Client,
  places: v.pipe(
    v.looseObject({
      status: text("`OK`, `ZERO_RESULTS`, or the reason why there are none"),
      error_message: v.optional(text("For people")),
      results: list(v.looseObject({}), "The places"),
      html_attributions: list(v.string(), "To be shown with them"),
      next_page_token: v.optional(text("Google's")),
    }),
    v.description("As WHATSAT gives it: the shape of Google's legacy Nearby Search"),
  ),
});

/** A server's own account, with the digest of its records if that was asked for. */
export const Status = object({ ...ServerStatus.entries, digest: v.optional(Digest) });
/** See {@link Status}. */
export type Status = v.InferOutput<typeof Status>;

/** The schemas by their names in the description. */
export const SCHEMAS = {
  Problem: ProblemDetails,
  Health,
  Readiness,
  Client,
  ListedClient,
  Clients,
  Feature,
  FeatureCollection,
  Location,
  Forgotten,
  Verified,
  Taken,
  BulkLocation,
  BulkAnswer,
  BulkSummary,
  Places,
  Histogram,
  History,
  Status,
  Herd: HerdSnapshot,
} as const satisfies Readonly<Record<string, v.GenericSchema>>;
