import { assertEquals } from "@std/assert";
import {
  lookAt,
  parseLook,
  placeOf,
  printLook,
} from "../../../../src/http/dashboard/page/address.ts";
import { View } from "../../../../src/http/dashboard/map/view.ts";

Deno.test("an address gives the look back that it was made of", () => {
  for (
    const look of [
      { at: undefined, client: undefined, server: undefined },
      { at: { latitude: 34.07, longitude: -118.44, zoom: 12 }, client: "a%2Fb%26c", server: "7" },
      { at: { latitude: -1.3, longitude: 179.5, zoom: 1 }, client: "%3D%23", server: undefined },
    ]
  ) {
    assertEquals(parseLook(printLook(look)), look);
  }
  assertEquals(printLook({}), "");
});

Deno.test("what makes no sense in an address is left out", () => {
  for (
    const hash of ["#at=91,0,2", "#at=1,181,2", "#at=1,2", "#at=1,2,0", "#at=a,b,c", "#", "#x=%zz"]
  ) {
    assertEquals(parseLook(hash), { at: undefined, client: undefined, server: undefined }, hash);
  }
});

Deno.test("a view is where the address says, also when its size comes later", () => {
  const view = new View();
  const at = { latitude: 34.07, longitude: -118.44, zoom: 12 };
  lookAt(view, at);
  view.resize(800, 600);
  const place = placeOf(view)!;
  assertEquals([place.latitude, place.longitude, place.zoom].map((it) => it.toFixed(4)), [
    "34.0700",
    "-118.4400",
    "12.0000",
  ]);
  const world = new View();
  world.resize(800, 600);
  assertEquals(placeOf(world), undefined);
});
