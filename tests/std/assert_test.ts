// The stand-in for @std/assert has the original's types. `deno check` fails where an expected error is none.

import { assertEquals, AssertionError, assertRejects, assertThrows } from "@std/assert";

Deno.test("assertEquals() is typed as a function, not as any", () => {
  // @ts-expect-error A function is no number; it would be one if the types were missing
  const wrong: number = assertEquals;
  assertEquals(typeof wrong, "function");
});

Deno.test("assertEquals() takes two values of one type", () => {
  assertThrows(() => {
    // @ts-expect-error A number and a string are no pair
    assertEquals(1, "1");
  }, AssertionError);
});

Deno.test("assertThrows() gives an error of the class asked for", () => {
  const error = assertThrows(
    () => {
      throw new RangeError("Value is 3");
    },
    RangeError,
    "Value is",
  );
  const typed: RangeError = error;
  assertEquals(typed.message, "Value is 3");
  // @ts-expect-error It is no number
  const _wrong: number = error;
});

Deno.test("assertRejects() gives an error of the class asked for", async () => {
  const reason = await assertRejects(() => Promise.reject(new TypeError("No")), TypeError, "No");
  // @ts-expect-error It is no number
  const _wrong: number = reason;
  await assertRejects(
    () => assertRejects(() => Promise.resolve()),
    AssertionError,
    "Expected function to reject",
  );
});
