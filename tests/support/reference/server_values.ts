// Values of the options of a server, as a property test draws them.

import fc from "../properties.ts";
import type { Option } from "../../../src/cli/command/description.ts";
import type { ParsedValues } from "../../../src/cli/command/parse.ts";
import { SERVER_OPTIONS } from "../../../src/cli/server/server_options.ts";

/** Texts as people may name files, with all that a shell or systemd would take apart. */
const anyText = fc.string({
  unit: fc.constantFrom(..."aZ0 -_=/.,:;%$\"'\\{}[]()&|<>*?~#é"),
  minLength: 1,
  maxLength: 12,
});

function valueOf(option: Option): fc.Arbitrary<string | number | boolean> {
  if (option.kind === "boolean") return fc.boolean();
  if (option.kind === "integer") return fc.integer({ min: option.min, max: option.max });
  return option.choices === undefined ? anyText : fc.constantFrom(...option.choices);
}

const host = fc.constantFrom("127.0.0.1", "::1", "localhost", "a.example");

/** Any options of `herd server`, most of them left out. */
export const serverValues: fc.Arbitrary<ParsedValues> = fc.record(
  Object.fromEntries(
    Object.entries(SERVER_OPTIONS).map(([name, option]) =>
      [name, name === "host" ? host : valueOf(option)] as const
    ),
  ),
  { requiredKeys: [] },
);
