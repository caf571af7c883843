import { assertEquals } from "@std/assert";
import fc from "../../support/properties.ts";
import { argumentsOf } from "../../../src/cli/command/arguments.ts";
import { parseArguments } from "../../../src/cli/command/parse.ts";
import { SERVER_OPTIONS } from "../../../src/cli/server/server_options.ts";
import { serverValues } from "../../support/reference/server_values.ts";

Deno.test("argumentsOf() gives what parseArguments() makes the same values of", () => {
  const description = { name: "server", summary: "", options: SERVER_OPTIONS };
  fc.assert(fc.property(serverValues, (values) => {
    const parsed = parseArguments(description, argumentsOf(SERVER_OPTIONS, values));
    assertEquals(parsed, { ...parseArguments(description, []) as object, ...values });
  }));
});
