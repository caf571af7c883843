import { assertEquals } from "@std/assert";
import { closest } from "../../src/topology/nearest_name.ts";

Deno.test("closest() gives the name that was most likely meant", () => {
  const names = ["Goloman", "Hands", "Holiday", "Welsh", "Wilkes"];
  assertEquals(closest("goloman", names), "Goloman");
  assertEquals(closest("Hans", names), "Hands");
  assertEquals(closest("Wilks", names), "Wilkes");
  assertEquals(closest("Wlesh", names), "Welsh");
  assertEquals(closest("Hollidays", names), "Holiday");
});

Deno.test("closest() gives nothing when no name is near", () => {
  assertEquals(closest("server", ["up", "flags"]), undefined);
  assertEquals(closest("x", []), undefined);
});
