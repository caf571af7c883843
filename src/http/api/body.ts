// The bodies of requests: small JSON objects.

import type * as v from "valibot";
import { decode } from "../../base/bytes.ts";
import { Problem } from "../problem.ts";
import type { HttpRequest } from "../wire/request.ts";
import { checked } from "./parameters.ts";

/**
 * The JSON body of a request, as the schema has it.
 *
 * @throws {Problem} 415 or 400 if it is no such body.
 */
export function jsonBody<const S extends v.GenericSchema>(
  schema: S,
  request: HttpRequest,
): v.InferOutput<S> {
  const type = request.header("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") throw new Problem(415, "The body is not application/json");
  let json: unknown;
  try {
    json = JSON.parse(decode(request.body));
  } catch {
    throw new Problem(400, "The body is not JSON");
  }
  return checked(schema, json, "The body");
}
