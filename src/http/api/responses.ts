// The responses that the description of the API is made of.

import { refTo, type SchemaName } from "./json_schema.ts";

type Json = Readonly<Record<string, unknown>>;

/** A response of JSON. */
export const json = (description: string, schema: SchemaName): Json => ({
  description,
  content: { "application/json": { schema: refTo(schema) } },
});

/** A response of a problem. */
export const problem = (description: string): Json => ({
  description,
  content: { "application/problem+json": { schema: refTo("Problem") } },
});

/** A response of text. */
export const plain = (description: string, type: string): Json => ({
  description,
  content: { [type]: { schema: { type: "string" } } },
});

const UNAUTHORIZED = problem("No token, or no good one");
const FORBIDDEN = problem(
  "The token lacks the scope, or does not cover the client; without tokens: from a foreign web page, " +
    "or by a foreign name",
);
const TOO_MANY = problem("Too many requests with this token, or of this address: see Retry-After");
/** Answers that several operations have. */
export const STOPPING = problem("The server is stopping");
export const BUSY = problem("The server is stopping, or there are too many already");
export const BAD_ID = problem("The id is not one");
export const UNKNOWN = problem("No such client is known");
/** The answers of all that needs a token. */
export const GUARDED = { 401: UNAUTHORIZED, 403: FORBIDDEN, 429: TOO_MANY };
