import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../../src/base/errors.ts";
import { checkOrigins, parseAllowedOrigins } from "../../../src/http/origins/allowed_origins.ts";

Deno.test("parseAllowedOrigins() takes origins however they are written, as browsers write them", () => {
  const table: [text: string, origins: string[]][] = [
    ["https://map.example", ["https://map.example"]],
    ["https://Map.Example:443,http://localhost:5173", [
      "https://map.example",
      "http://localhost:5173",
    ]],
    ["http://[::1]:80, http://127.0.0.1:8080", ["http://[::1]", "http://127.0.0.1:8080"]],
    ["https://käse.example", ["https://xn--kse-qla.example"]],
    ["capacitor://localhost", ["capacitor://localhost"]],
    ["moz-extension://1b2c", ["moz-extension://1b2c"]],
    ["https://foo_bar.example", ["https://foo_bar.example"]],
  ];
  for (const [text, origins] of table) {
    const allowed = parseAllowedOrigins(text);
    assertEquals(origins.filter((it) => !allowed.allows(it)), [], text);
    assertEquals({ areAll: allowed.areAll, areNone: allowed.areNone }, {
      areAll: false,
      areNone: false,
    });
  }
});

Deno.test("parseAllowedOrigins() allows no more than what is named", () => {
  const allowed = parseAllowedOrigins("https://map.example:8443");
  const others = [
    "https://map.example",
    "http://map.example:8443",
    "https://map.example:84430",
    "https://map.example:8443.evil.example",
    "https://a.map.example:8443",
    "https://evilmap.example:8443",
    "HTTPS://map.example:8443",
    "https://map.example:8443/",
    "https://map.example:8443, https://evil.example",
    "null",
    "*",
    "",
  ];
  assertEquals(others.filter((it) => allowed.allows(it)), []);
  assertEquals(others.filter((it) => parseAllowedOrigins(undefined).allows(it)), []);
  assertEquals(parseAllowedOrigins(undefined).areNone, true);
  assertEquals(parseAllowedOrigins("*").allows("https://any.example"), true);
});

Deno.test("parseAllowedOrigins() refuses what is no origin, with what helps", () => {
  const table: [text: string, remedy: string][] = [
    ["https://map.example/", "write 'https://map.example'"],
    ["https://map.example/app?x#y", "write 'https://map.example'"],
    ["https://jane@map.example", "write 'https://map.example'"],
    ["map.example", "scheme://host[:port], such as https://map.example"],
    ["localhost:5173", "scheme://host[:port], such as"],
    ["//map.example", "scheme://host[:port], such as"],
    ["https://", "scheme://host[:port], such as"],
    ["https://*.map.example", "scheme://host[:port], such as"],
    ["https://map.example:99999", "scheme://host[:port], such as"],
    ["https://a b", "scheme://host[:port], such as"],
    ["file:///home/jane/map.html", "scheme://host[:port], such as"],
    ["https://a.example,", "scheme://host[:port], such as"],
    ["https://a.example\r\nX: y", "scheme://host[:port]"],
    ["null", "serve the page over HTTP"],
    ["wss://map.example:1", "write 'https://map.example:1'"],
    ["*,https://map.example", "give it alone, or leave it out"],
  ];
  for (const [text, remedy] of table) {
    const { message } = assertThrows(() => parseAllowedOrigins(text), ConfigError);
    assertEquals(
      [message.includes("--allow-origin"), message.includes(remedy)],
      [true, true],
      message,
    );
  }
});

Deno.test("checkOrigins() refuses all origins where there is no token", () => {
  const all = parseAllowedOrigins("*");
  const none = { token: undefined, hasKey: false };
  const { message } = assertThrows(() => checkOrigins(all, none), ConfigError);
  assertEquals(message.endsWith("name the origins, or set HERD_API_TOKEN or HERD_TOKEN_KEY"), true);
  checkOrigins(all, { ...none, hasKey: true });
  checkOrigins(all, { ...none, token: "a-token-of-24-characters" });
  checkOrigins(parseAllowedOrigins("https://map.example"), none);
});
