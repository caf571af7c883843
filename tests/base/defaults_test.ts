import { assertEquals } from "@std/assert";
import { withDefaults } from "../../src/base/defaults.ts";

interface Settings {
  readonly one: number;
  readonly two: string | null;
}

const DEFAULTS: Settings = { one: 1, two: "b" };

Deno.test("withDefaults() takes what is given, and the defaults for what is left out or undefined", () => {
  assertEquals(withDefaults(DEFAULTS), { one: 1, two: "b" });
  assertEquals(withDefaults(DEFAULTS, undefined, {}), { one: 1, two: "b" });
  assertEquals(withDefaults(DEFAULTS, { one: undefined, two: "c" }), { one: 1, two: "c" });
  assertEquals(withDefaults(DEFAULTS, { one: 0, two: null }), { one: 0, two: null });
  assertEquals(withDefaults(DEFAULTS, { one: 2, two: "c" }, { one: 3, two: undefined }), {
    one: 3,
    two: "c",
  });
});

Deno.test("withDefaults() leaves the defaults as they are", () => {
  withDefaults(DEFAULTS, { one: 2 });
  assertEquals(DEFAULTS, { one: 1, two: "b" });
});
