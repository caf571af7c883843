// The JSON that the HTTP API takes and gives, as JSON Schema (2020-12), for openapi.ts. What these are
// in TypeScript is in views.ts.

type Schema = Readonly<Record<string, unknown>>;

const text = (description: string, more: Schema = {}): Schema => ({
  type: "string",
  description,
  ...more,
});
const number = (description: string, more: Schema = {}): Schema => ({
  type: "number",
  description,
  ...more,
});
const count = (description: string): Schema => ({ type: "integer", minimum: 0, description });
const flag = (description: string): Schema => ({ type: "boolean", description });
const list = (items: Schema, description: string): Schema => ({
  type: "array",
  items,
  description,
});
const orNull = (schema: Schema): Schema => ({ ...schema, type: [schema["type"], "null"] });
const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** An object with exactly these properties, of which those in `optional` may be left out. */
function object(properties: Record<string, Schema>, optional: readonly string[] = []): Schema {
  return {
    type: "object",
    properties,
    required: Object.keys(properties).filter((it) => !optional.includes(it)),
    additionalProperties: false,
  };
}

const troubles = list(text("For people"), "What is wrong; empty when all is well");
const latitude = number("Degrees", { minimum: -90, maximum: 90 });
const longitude = number("Degrees", { minimum: -180, maximum: 180 });
const time = text("POSIX seconds in decimal. A text, for a JSON number loses nanoseconds", {
  pattern: "^\\d{1,12}(\\.\\d+)?$",
});

const client = {
  id: text("The client's id, its bytes percent-encoded", { pattern: "^([\\w.~-]|%[\\dA-F]{2})+$" }),
  lat: latitude,
  lon: longitude,
  location: text("The same as the client wrote it (ISO 6709)"),
  time,
  server: text("The server that was told"),
  skew: text("That server's clock at receipt minus `time`, in seconds", {
    pattern: "^[+-]\\d+\\.\\d{9}$",
  }),
};

const link = object({
  neighbour: text("The server at the other end"),
  isFollowing: flag("Whether this server reads the neighbour's feed now"),
  isFollowed: flag("Whether the neighbour reads this server's feed now"),
  lagPositions: orNull(count("How far the neighbour is behind; null while it does not follow")),
  lagSeconds: orNull(
    number("For how long its oldest missing change has waited, at most", { minimum: 0 }),
  ),
  clockOffsetSeconds: number("The neighbour's clock minus this server's"),
  reconnects: count("How often the neighbour was followed again"),
  received: object({
    bytes: count("From the neighbour"),
    lines: count("AT lines from the neighbour"),
    duplicates: count("Those that were known already"),
  }),
  sent: object({
    bytes: count("To the neighbour"),
    lines: count("AT lines to the neighbour"),
    withheld: count("Records not sent, because the neighbour has them"),
  }),
});

const status = {
  name: text("The server's name"),
  version: text("The program's version"),
  startedAt: text("RFC 3339", { format: "date-time" }),
  isReady: flag("Whether it is ready for clients"),
  troubles,
  clients: count("Clients whose location is known"),
  records: count("Those, and removals that are still kept"),
  feed: object({
    id: text("The feed's random name"),
    position: count("The position of its newest change"),
  }),
  connections: count("Open connections, of clients and of neighbours"),
  requests: object({
    iamat: count("IAMAT that were taken"),
    stale: count("Of these, those that were not newer than what was known"),
    whatsat: count("WHATSAT that were answered"),
    invalid: count("Lines that were not understood"),
    unknown: count("Of these, WHATSAT of clients that are not known"),
  }),
  latency: ref("Histogram"),
  durability: {
    oneOf: [
      object({
        mode: text("What an answer promises", { enum: ["relaxed", "commit"] }),
        isTroubled: flag("Whether the disk takes nothing"),
        pending: count("Changes that are not saved yet"),
        pendingSeconds: number("How long the oldest of them has waited, at most", { minimum: 0 }),
        commits: count("Transactions"),
      }),
      { type: "null", description: "Nothing is saved" },
    ],
  },
  links: list(link, "One for each neighbour"),
  backbone: {
    oneOf: [
      object({
        isLevel: flag("Whether it has what the stream had when it connected, and publishes"),
        position: count("The sequence up to which it has everything that the stream has"),
        unpublished: count("Positions of its feed from the first one on that the stream may lack"),
        reconnects: count("Times it connected again"),
        received: object({
          messages: count("Messages from the stream"),
          duplicates: count("Of these, what was known already"),
        }),
        sent: object({
          messages: count("Messages that the stream took"),
          repaired: count("Records published again, since something older was put over them"),
        }),
        clockOffsetSeconds: number("The stream's clock minus its own"),
      }),
      { type: "null", description: "It is on none" },
    ],
  },
  memoryBytes: count("Resident memory of the process"),
};

const digest = object({
  digest: text("Equal where the records are equal", { pattern: "^[\\da-f]{16}$" }),
  position: count("The feed's position at that instant"),
  records: count("Records that it covers"),
});

/** The schemas by name. */
export const SCHEMAS: Readonly<Record<string, Schema>> = {
  Problem: object({
    type: text("Always `about:blank`: the status says what kind it is", { const: "about:blank" }),
    title: text("The status in words"),
    status: count("The HTTP status"),
    detail: text("What is wrong with this very request"),
  }),
  Health: object({ status: text("In a word", { enum: ["ok", "degraded"] }), troubles }),
  Readiness: object({ isReady: flag("Whether clients had better come here"), troubles }),
  Client: object(client),
  NearClient: object({
    ...client,
    metres: number("From the point, along a great circle", { minimum: 0 }),
  }),
  Clients: object({ clients: list(ref("NearClient"), "The nearest first") }),
  Location: object({ lat: latitude, lon: longitude, time }, ["time"]),
  Forgotten: object({
    wasKnown: flag("Whether the server that was asked knew where the client is"),
  }),
  Taken: object({
    ...client,
    isStored: flag("Whether this is what is known now; false when something newer was known"),
  }),
  Places: object({
    client: ref("Client"),
    places: {
      type: "object",
      description: "As WHATSAT gives it: the shape of Google's legacy Nearby Search",
      required: ["html_attributions", "results", "status"],
      properties: {
        status: text("`OK`, `ZERO_RESULTS`, or why there are none"),
        error_message: text("For people"),
        results: list({ type: "object" }, "The places"),
        html_attributions: list({ type: "string" }, "To be shown with them"),
        next_page_token: text("Google's"),
      },
    },
  }),
  Histogram: object({
    bounds: list({ type: "number" }, "The greatest value of each bucket, ascending"),
    counts: list(
      { type: "integer" },
      "Values in each bucket, not cumulated; the last one has no bound",
    ),
    sum: number("Of all values"),
  }),
  Status: object({ ...status, digest }, ["digest"]),
  Herd: object({
    herd: text("The herd's name"),
    self: text("The server that says all this"),
    servers: list(
      object({
        name: text("The server's name"),
        host: text("Where clients and neighbours reach it"),
        port: count("The port of the line protocol"),
        http: orNull(count("Its HTTP port")),
        location: {
          oneOf: [
            object({
              lat: number("Decimal degrees", { minimum: -90, maximum: 90 }),
              lon: number("Decimal degrees", { minimum: -180, maximum: 180 }),
            }),
            { type: "null", description: "The topology does not say where it stands" },
          ],
        },
        state: text("As far as this server knows", { enum: ["up", "down", "unknown"] }),
        ageSeconds: orNull(number("The age of `status`", { minimum: 0 })),
        status: {
          oneOf: [object(status), { type: "null", description: "It was never heard" }],
        },
      }),
      "In the order of the topology",
    ),
    links: list(
      object({
        from: text("The server whose feed is read"),
        to: text("The server that reads"),
        isUp: orNull(flag("Whether it does; null when neither was heard of")),
        lagPositions: orNull(count("How far `to` is behind")),
        lagSeconds: orNull(number("For how long", { minimum: 0 })),
        lines: count("AT lines so far"),
        bytes: count("Bytes so far"),
      }),
      "Both directions of each link",
    ),
  }),
};
