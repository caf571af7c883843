// The schemas of the API as JSON Schema (2020-12), which is what OpenAPI 3.1 takes.

import { toJsonSchema, toJsonSchemaDefs } from "@valibot/to-json-schema";
import * as v from "valibot";
import { SCHEMAS } from "./schemas.ts";

type Json = Readonly<Record<string, unknown>>;

// A read-only property says something to the compiler alone, and a check is said in the description.
const ignoreActions = ["readonly", "check"];

/** The name of a schema of the API. */
export type SchemaName = keyof typeof SCHEMAS;

/** A reference to one of the named schemas. */
export function refTo(name: SchemaName): Json {
  return { $ref: `#/components/schemas/${name}` };
}

/** All schemas by name, each of which refers to the others by {@link refTo}. */
export function namedSchemas(): Json {
  return toJsonSchemaDefs(SCHEMAS, {
    target: "draft-2020-12",
    typeMode: "output",
    ignoreActions,
    overrideRef: ({ referenceId }) => refTo(referenceId as SchemaName)["$ref"] as string,
  });
}

/** The parameters of a query. Numbers and flags are described as such, all else as the text it is. */
export function queryParameters({ entries }: { readonly entries: v.ObjectEntries }): Json[] {
  return Object.entries(entries).map(([name, entry]) => {
    const { description, ...schema } = schemaOf(entry);
    const required = !v.is(entry, undefined);
    return {
      name,
      in: "query",
      description: v.getDescription(entry) ?? description,
      required,
      schema: required ? schema : { ...schema, default: v.parse(entry, undefined) },
    };
  });
}

function schemaOf(entry: v.GenericSchema): Json {
  const convert = (typeMode: "input" | "output"): Json => {
    const { $schema: _, default: _default, ...schema } = toJsonSchema(entry, {
      target: "draft-2020-12",
      typeMode,
      ignoreActions,
    });
    return schema;
  };
  const output = convert("output");
  return output["type"] === "object" ? convert("input") : output;
}
