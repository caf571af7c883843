// The bodies of requests: small JSON objects.

import type * as v from "valibot";
import { Problem } from "../problem.ts";
import { checked } from "./parameters.ts";

/** The largest body of a request. */
export const MAX_BODY_BYTES = 4 * 1024;

/**
 * The JSON body of a request, as the schema has it.
 *
 * @throws {Problem} 413, 415 or 400 if it is no such body.
 */
export async function jsonBody<const S extends v.GenericSchema>(
  schema: S,
  request: Request,
): Promise<v.InferOutput<S>> {
  const type = request.headers.get("Content-Type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") throw new Problem(415, "The body is not application/json");
  const text = await limitedText(request);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Problem(400, "The body is not JSON");
  }
  return checked(schema, json, "The body");
}

async function limitedText({ body }: Request): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) {
      throw new Problem(413, `The body is over ${MAX_BODY_BYTES} bytes`);
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
