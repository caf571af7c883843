import { assert, assertEquals, assertThrows } from "@std/assert";
import { below, parseBaseUrl } from "../../../src/places/upstream/base_url.ts";
import { ConfigError } from "../../../src/base/errors.ts";

Deno.test("parseBaseUrl() takes https anywhere, and http with a key on this machine only", () => {
  const cases = [
    ["https://places.example", true],
    ["http://127.0.0.1:8080/google", true],
    ["http://localhost:8080", true],
    ["http://[::1]:8080", true],
    ["http://[::ffff:7f00:1]:8080", true],
    ["http://[::ffff:a00:1]:8080", false],
    ["http://proxy.example", false],
    ["http://127.0.0.1.example", false],
    ["http://localhost.example", false],
  ] as const;
  for (const [text, isSafe] of cases) {
    assertEquals(parseBaseUrl(text, { secret: false }).href.startsWith(text), true);
    if (isSafe) parseBaseUrl(text, { secret: true });
    else assertThrows(() => parseBaseUrl(text, { secret: true }), ConfigError, text);
  }
});

Deno.test("parseBaseUrl() refuses what is no place to ask", () => {
  for (const text of ["", "places", "ftp://places.example", "javascript:1", "file:///etc/hosts"]) {
    assertThrows(() => parseBaseUrl(text, { secret: false }), ConfigError, `'${text}'`);
  }
});

Deno.test("parseBaseUrl() refuses a URL with more than an address, and does not repeat it", () => {
  for (
    const text of [
      "https://user:secret@places.example/",
      "https://places.example/?key=secret",
      "https://places.example/#secret",
    ]
  ) {
    const error = assertThrows(() => parseBaseUrl(text, { secret: false }), ConfigError);
    assert(!error.message.includes("secret"), error.message);
  }
});

Deno.test("below() joins a path with and without a slash", () => {
  const cases = [
    ["https://a.example", "https://a.example/v1/places:searchNearby"],
    ["https://a.example/", "https://a.example/v1/places:searchNearby"],
    ["https://a.example/b", "https://a.example/b/v1/places:searchNearby"],
    ["https://a.example/b//", "https://a.example/b/v1/places:searchNearby"],
  ] as const;
  for (const [base, url] of cases) {
    assertEquals(below(new URL(base), "v1/places:searchNearby").href, url);
  }
});
