import { assertThrows } from "@std/assert";
import { checkToken } from "../../src/http/token.ts";
import { ConfigError } from "../../src/base/errors.ts";

const TOKEN = "correct-horse-battery+staple/==";

const at = (hostname: string, hasKey = false) => ({ hostname, port: 1, hasKey });

Deno.test("checkToken() wants a token wherever others can reach the host", () => {
  for (const host of ["127.0.0.1", "localhost", "::1", "127.9.9.9"]) {
    checkToken(undefined, at(host));
  }
  for (const host of ["0.0.0.0", "::", "192.0.2.1", "herd.example"]) {
    assertThrows(() => checkToken(undefined, at(host)), ConfigError, `on '${host}' port 1 without`);
    checkToken(TOKEN, at(host));
    checkToken(undefined, at(host, true));
  }
});

Deno.test("checkToken() refuses tokens that are short or no header could carry", () => {
  assertThrows(() => checkToken("fifteen-letters", at("::1")), ConfigError, "it has 15 characters");
  for (const token of ["sixteen letters!", "sechzehn-zeichen-ä", "=middle=middle=m"]) {
    assertThrows(() => checkToken(token, at("::1")), ConfigError, "letters, digits");
  }
});
