// The description of what lists clients, and of what takes many of them at once; see ../openapi.ts.

import { queryParameters, refTo } from "../json_schema.ts";
import { BulkQuery, ClientsQuery } from "../parameters.ts";
import { GUARDED, problem, STOPPING } from "../responses.ts";

/** The paths, as OpenAPI has them. */
export const LIST_PATHS: Readonly<Record<string, unknown>> = {
  "/v1/clients": {
    get: {
      operationId: "findClients",
      summary: "All clients, or those of a box or a circle, in pages; or the nearest to a point",
      description:
        "Pages follow the order in which clients last changed: one that stands still is on one " +
        "page, one that moves meanwhile comes again. The field Link has the next page, too.",
      parameters: queryParameters(ClientsQuery),
      responses: {
        200: {
          description: "The clients, in the form that Accept asks for",
          content: {
            "application/json": { schema: refTo("Clients") },
            "application/geo+json": { schema: refTo("FeatureCollection") },
            "application/x-ndjson": { schema: { type: "string" } },
          },
        },
        400: problem("A parameter is unknown or out of range, or does not go with another"),
        ...GUARDED,
      },
    },
  },
  "/v1/locations": {
    post: {
      operationId: "postLocations",
      summary: "Tell where many clients are; a fault in one location is its own",
      parameters: queryParameters(BulkQuery),
      requestBody: {
        required: true,
        content: {
          "application/x-ndjson": { schema: refTo("BulkLocation") },
          "application/json": { schema: { type: "array", items: refTo("BulkLocation") } },
        },
      },
      responses: {
        200: {
          description:
            "What was taken. To lines, each is answered by a line, unless a summary is asked for",
          content: {
            "application/json": { schema: refTo("BulkSummary") },
            "application/x-ndjson": { schema: refTo("BulkAnswer") },
          },
        },
        400: problem("The body is no array, or a parameter is out of form"),
        415: problem("The body is of no form that is taken"),
        503: STOPPING,
        ...GUARDED,
      },
    },
  },
};
