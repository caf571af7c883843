import { assertEquals } from "@std/assert";
import { reasonOf } from "../../src/base/error_text.ts";

Deno.test("reasonOf() has words for whatever was thrown", () => {
  const table: [thrown: unknown, reason: string][] = [
    [new Error("the disk is full"), "the disk is full"],
    [new Deno.errors.ConnectionReset("reset by peer"), "reset by peer"],
    [new Error(""), "Error"],
    [new RangeError(), "RangeError"],
    [AbortSignal.abort().reason, "The signal has been aborted"],
    ["a text", "a text"],
    [undefined, "undefined"],
    [null, "null"],
  ];
  for (const [thrown, reason] of table) assertEquals(reasonOf(thrown), reason);
});
