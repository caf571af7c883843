import { assertEquals } from "@std/assert";
import { createGazetteer } from "../../src/places/gazetteer.ts";

const never = new AbortController().signal;

Deno.test("createGazetteer() is synchronous once it is loaded, and knows what is near UCLA", async () => {
  using gazetteer = createGazetteer();
  await gazetteer.load();
  const found = gazetteer.nearby(
    { latitude: 34.06893, longitude: -118.445127 },
    10_000,
    20,
    never,
  );
  if (found instanceof Promise) throw new Error("It is a promise");
  assertEquals(found.status, "OK");
  const names = found.results.map((it) => it.name);
  assertEquals(names.length, 15);
  assertEquals(names.slice(0, 3), ["Bel Air", "Westwood", "Century City"]);
  for (const name of ["Brentwood", "Sawtelle", "Beverly Hills"]) {
    assertEquals(names.includes(name), true, name);
  }
  assertEquals(found.html_attributions.some((it) => it.includes("GeoNames")), true);
});

Deno.test("createGazetteer() finds nothing in the mid-Pacific", async () => {
  using gazetteer = createGazetteer();
  const found = await gazetteer.nearby({ latitude: 0, longitude: -140 }, 50_000, 20, never);
  assertEquals([found.status, found.results.length], ["ZERO_RESULTS", 0]);
});
