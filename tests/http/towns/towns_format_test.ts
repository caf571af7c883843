import { assert, assertEquals } from "@std/assert";
import { packTowns, sizeOf, type Town, unpackTowns } from "../../../src/http/towns/towns_format.ts";
import { testWith } from "../../support/test.ts";

Deno.test("unpackTowns() gives back what packTowns() took, from south to north", () => {
  const towns: Town[] = [
    { name: "Tromsø", latitude: 69.65, longitude: 18.96, size: 3 },
    { name: "Suva", latitude: -18.14, longitude: 178.44, size: 4 },
    { name: "Apia", latitude: -13.83, longitude: -171.77, size: 2 },
    { name: "Tokyo", latitude: 35.69, longitude: 139.69, size: 10 },
  ];
  const unpacked = unpackTowns(packTowns(towns));
  assertEquals(unpacked, [towns[1], towns[2], towns[3], towns[0]]);
});

Deno.test("sizeOf() grows by one with each doubling", () => {
  assertEquals([0, 5_000, 9_999, 10_000, 40_000, 10_240_000].map(sizeOf), [0, 0, 0, 1, 3, 11]);
});

testWith("project")("the page's towns are towns", () => {
  for (const [file, least] of [["towns", 3_000], ["small_towns", 40_000]] as const) {
    const url = new URL(`../../../src/http/towns/data/${file}.json`, import.meta.url);
    const towns = unpackTowns(JSON.parse(Deno.readTextFileSync(url)));
    assert(towns.length > least, `${towns.length} towns`);
    for (const { name, latitude, longitude, size } of towns) {
      assert(name !== "" && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180, name);
      assert(size >= 0 && size <= 13, `${name}: ${size}`);
    }
    if (file === "towns") {
      const paris = towns.find((it) => it.name === "Paris")!;
      assertEquals([Math.round(paris.latitude), Math.round(paris.longitude)], [49, 2]);
    }
  }
});
