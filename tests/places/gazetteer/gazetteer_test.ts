import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { createGazetteer } from "../../../src/places/gazetteer/gazetteer.ts";
import type { GazetteerTable } from "../../../src/places/gazetteer/table.ts";
import { printNearby } from "../../../src/places/print.ts";
import type { NearbyResponse } from "../../../src/places/provider.ts";
import type { Coordinates } from "../../../src/protocol/location.ts";
import { testWith } from "../../support/test.ts";
import { temporaryFolder } from "../../support/files/temporary.ts";

const never = new AbortController().signal;
const UCLA = { latitude: 34.06893, longitude: -118.445127 };

async function ask(
  location: Coordinates,
  radiusMetres = 10_000,
  bound = 20,
): Promise<NearbyResponse> {
  using gazetteer = createGazetteer();
  return await gazetteer.nearby(location, radiusMetres, bound, never);
}

function names({ results }: NearbyResponse): unknown[] {
  return results.map((it) => it.name);
}

Deno.test("createGazetteer() finds what is near UCLA, the nearest first", async () => {
  const found = await ask(UCLA);
  assertStrictEquals(found.status, "OK");
  assertEquals(names(found), [
    "Bel Air",
    "Westwood",
    "Century City",
    "Brentwood",
    "Sawtelle",
    "Beverly Hills",
    "Culver City",
    "Santa Monica",
    "Pacific Palisades",
    "West Hollywood",
    "Mid-City",
    "Venice",
    "Sherman Oaks",
    "Marina del Rey",
    "Studio City",
  ]);
  assertEquals(found.results[1], {
    geometry: { location: { lat: 34.05612, lng: -118.43063 } },
    name: "Westwood",
    place_id: "geonames:5408522",
    reference: "geonames:5408522",
    types: ["sublocality", "political"],
    vicinity: "California, United States",
  });
  assertEquals(names(await ask(UCLA, 10_000, 3)), ["Bel Air", "Westwood", "Century City"]);
  assertStrictEquals((await ask(UCLA, 50_000)).results.length, 20);
});

Deno.test("createGazetteer() names GeoNames and its licence", async () => {
  const [attribution] = (await ask(UCLA)).html_attributions;
  for (const it of ["GeoNames", "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"]) {
    assert(attribution!.includes(it), it);
  }
});

Deno.test("createGazetteer() finds nothing in the middle of the sea", async () => {
  for (const location of [{ latitude: 0, longitude: -160 }, { latitude: -90, longitude: 0 }]) {
    const { results, status } = await ask(location, 50_000);
    assertEquals({ results, status }, { results: [], status: "ZERO_RESULTS" });
  }
});

Deno.test("createGazetteer() finds what is over the antimeridian", async () => {
  // Beringovskiy is 33 km west of the 180th meridian.
  for (const longitude of [179.9, 180, -180, -179.9]) {
    assertEquals(names(await ask({ latitude: 63.06, longitude }, 50_000)), ["Beringovskiy"]);
  }
});

Deno.test("nearby() is a promise while loading, then the response itself", async () => {
  using gazetteer = createGazetteer();
  const loading = gazetteer.nearby(UCLA, 1_000, 20, never);
  assert(loading instanceof Promise);
  await loading;
  assert(!(gazetteer.nearby(UCLA, 1_000, 20, never) instanceof Promise));
});

Deno.test("nearby() and load() share one reading of the data", async () => {
  let reads = 0;
  const answer: NearbyResponse = { html_attributions: [], results: [], status: "OK" };
  const table = { nearby: () => answer } as unknown as GazetteerTable;
  using gazetteer = createGazetteer(() => {
    reads++;
    return Promise.resolve(table);
  });
  assertStrictEquals(reads, 0);
  const answers = await Promise.all([
    gazetteer.nearby(UCLA, 1, 1, never),
    gazetteer.load(),
    gazetteer.nearby(UCLA, 1, 1, never),
  ]);
  assertEquals(answers, [answer, undefined, answer]);
  gazetteer.nearby(UCLA, 1, 1, never);
  assertStrictEquals(reads, 1);
});

Deno.test("nearby() answers when the data cannot be read, and load() rejects", async () => {
  using gazetteer = createGazetteer(() => Promise.reject(new TypeError("corrupt")));
  const { error_message, results, status } = await gazetteer.nearby(UCLA, 1, 1, never);
  assertEquals({ error_message, results, status }, {
    error_message: "The gazetteer cannot be read",
    results: [],
    status: "UNKNOWN_ERROR",
  });
  await assertRejects(() => gazetteer.load(), TypeError, "corrupt");
});

Deno.test("nearby() tries to read the data again after it could not", async () => {
  let reads = 0;
  const answer: NearbyResponse = { html_attributions: [], results: [], status: "OK" };
  using gazetteer = createGazetteer(() =>
    reads++ === 0
      ? Promise.reject(new Error("Too many open files"))
      : Promise.resolve({ nearby: () => answer } as unknown as GazetteerTable)
  );
  const statuses = [];
  for (let i = 0; i < 3; i++) {
    statuses.push((await gazetteer.nearby(UCLA, 1, 1, never)).status);
  }
  assertEquals({ statuses, reads }, { statuses: ["UNKNOWN_ERROR", "OK", "OK"], reads: 2 });
});

testWith("disk", "processes")(
  "createGazetteer() works in one bundled file, in an empty folder, with no permission",
  async () => {
    using folder = temporaryFolder();
    const root = new URL("../../../", import.meta.url).pathname;
    const entry = new URL("../../support/processes/print_nearby.ts", import.meta.url).pathname;
    const bundle = `${folder.path}/bundle.js`;
    await deno(root, "bundle", "--quiet", "--output", bundle, entry);
    Deno.mkdirSync(`${folder.path}/empty`);
    const printed = await deno(`${folder.path}/empty`, "run", "--no-prompt", bundle);
    assertEquals(printed, printNearby(await ask(UCLA)));
  },
);

async function deno(cwd: string, ...args: string[]): Promise<Uint8Array> {
  const command = new Deno.Command(Deno.execPath(), { args, cwd, env: { NO_COLOR: "1" } });
  const { stderr, stdout, success } = await command.output();
  assert(success, new TextDecoder().decode(stderr));
  return stdout;
}
