import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../src/base/errors.ts";
import { addressOf, parsePlacesSpec, upstreamOf } from "../../src/places/spec.ts";

Deno.test("parsePlacesSpec() reads every source", () => {
  const cases = [
    ["gazetteer", { kind: "gazetteer" }],
    ["google", { kind: "google" }],
    ["google-legacy", { kind: "google-legacy" }],
    ["overpass:http://[::1]:80/a", { kind: "overpass", url: "http://[::1]:80/a" }],
    ["file:C:\\my places.csv", { kind: "file", path: "C:\\my places.csv" }],
  ] as const;
  for (const [text, spec] of cases) assertEquals(parsePlacesSpec(text), spec);
});

Deno.test("parsePlacesSpec() refuses what is no source", () => {
  for (const text of ["", "goggle", "Google", "google:key", "overpass", "overpass:", "file:"]) {
    assertThrows(
      () => parsePlacesSpec(text),
      ConfigError,
      `Cannot take places from '${text}': it is none of gazetteer, google, google-legacy, ` +
        "overpass:<url>, file:<path>",
    );
  }
});

Deno.test("upstreamOf() says where a source asks, and addressOf() its address", () => {
  const cases = [
    ["gazetteer", undefined, undefined],
    ["file:places.csv", undefined, undefined],
    ["google", undefined, "places.googleapis.com:443"],
    ["google", "http://127.0.0.1:8080/google", "127.0.0.1:8080"],
    ["google-legacy", undefined, "maps.googleapis.com:443"],
    ["overpass:http://overpass.example/api/interpreter", undefined, "overpass.example:80"],
    ["overpass:http://[::1]:8080/api/interpreter", undefined, "[::1]:8080"],
  ] as const;
  for (const [text, baseUrl, address] of cases) {
    const upstream = upstreamOf(parsePlacesSpec(text), baseUrl);
    assertEquals(upstream && addressOf(upstream), address, text);
  }
});
