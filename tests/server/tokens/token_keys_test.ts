// Forged, stale and odd tokens. Those that are made by hand are made with node:crypto, not with the
// library that judges them.

import { createHmac } from "node:crypto";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { encode } from "../../../src/base/bytes.ts";
import { wallSeconds } from "../../../src/base/clock.ts";
import { MAX_TOKEN_CHARACTERS, TokenKeys } from "../../../src/server/tokens/token_keys.ts";
import { ManualClock } from "../../support/fakes/manual_clock.ts";

const KEY = "k".repeat(32);
const OTHER = "o".repeat(32);
const base64url = (text: string | Uint8Array) =>
  (typeof text === "string" ? encode(text) : text).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });

const clock = new ManualClock();
const keysOf = (...keys: string[]) => new TokenKeys({ keys: keys.map(encode), clock });
const keys = keysOf(KEY);

/** A token of this header and these claims, or texts in their place. */
function forge(
  claims: object | string,
  { header = { alg: "HS256" }, key = KEY, hash = "sha256" }: {
    header?: object | string;
    key?: string;
    hash?: string;
  } = {},
): string {
  const [head, body] = [header, claims].map((it) =>
    base64url(typeof it === "string" ? it : JSON.stringify(it))
  );
  const mac = createHmac(hash, key).update(`${head}.${body}`).digest();
  return `${head}.${body}.${base64url(mac)}`;
}

const now = () => Math.floor(wallSeconds(clock));

const good = { sub: "kiwi*", scope: "read tell", exp: now() + 60, jti: "abc" };

Deno.test("TokenKeys.verify() takes a token as RFC 7519 has it", async () => {
  const grant = await keys.verify(forge(good));
  assert(grant);
  assertEquals([grant.subject, [...grant.scopes], grant.tokenId], [
    "kiwi*",
    ["read", "tell"],
    "abc",
  ]);
  assertEquals(
    await keys.verify(forge({ ...good, jti: undefined, aud: "x", more: 1 })) === undefined,
    false,
  );
});

Deno.test("TokenKeys.verify() refuses what is forged, stale or no token", async () => {
  const signed = forge(good);
  const [head, body, mac] = signed.split(".") as [string, string, string];
  const table: Record<string, string> = {
    "another key": forge(good, { key: OTHER }),
    "alg none": forge(good, { header: { alg: "none" } }),
    "alg none without a signature": `${base64url('{"alg":"none"}')}.${body}.`,
    "alg None": `${base64url('{"alg":"None"}')}.${body}.${mac}`,
    "another algorithm": forge(good, { header: { alg: "HS512" }, hash: "sha512" }),
    "an algorithm of public keys": forge(good, { header: { alg: "RS256" } }),
    "no algorithm": forge(good, { header: {} }),
    "a key of its own": forge(good, {
      header: { alg: "HS256", jwk: { kty: "oct", k: base64url(OTHER) } },
      key: OTHER,
    }),
    "an unknown critical header": forge(good, {
      header: { alg: "HS256", crit: ["b64"], b64: false },
    }),
    "no signature": `${head}.${body}.`,
    "a cut signature": signed.slice(0, -2),
    "another body": `${head}.${base64url(JSON.stringify({ ...good, sub: "*" }))}.${mac}`,
    "expired": forge({ ...good, exp: now() - 1 }),
    "expires now": forge({ ...good, exp: now() }),
    "no exp": forge({ ...good, exp: undefined }),
    "exp as a text": forge({ ...good, exp: String(now() + 60) }),
    "exp without end": forge(JSON.stringify(good).replace(/"exp":\d+/, '"exp":1e999')),
    "not good yet": forge({ ...good, nbf: now() + 60 }),
    "no sub": forge({ ...good, sub: undefined }),
    "an empty sub": forge({ ...good, sub: "" }),
    "two stars": forge({ ...good, sub: "k*w*" }),
    "a star first": forge({ ...good, sub: "*kiwi" }),
    "a list of subs": forge({ ...good, sub: ["kiwi"] }),
    "no scope": forge({ ...good, scope: undefined }),
    "a list of scopes": forge({ ...good, scope: ["read"] }),
    "a jti for the log's reader": forge({ ...good, jti: "x\n2026 forgotten" }),
    "a long jti": forge({ ...good, jti: "x".repeat(65) }),
    "claims that are no object": forge("[]"),
    "claims that are no JSON": forge("{"),
    "too long": forge({ ...good, more: "x".repeat(MAX_TOKEN_CHARACTERS) }),
    "a fourth part": `${signed}.x`,
    "white space": `${head}.${body} .${mac}`,
    "nothing": "",
  };
  for (const [name, token] of Object.entries(table)) {
    assertEquals(await keys.verify(token), undefined, name);
    // The second time, too.
    assertEquals(await keys.verify(token), undefined, name);
  }
});

Deno.test("TokenKeys.verify() knows a token again at once, and forgets no time of it", async () => {
  const clock = new ManualClock();
  const keys = new TokenKeys({ keys: [encode(KEY)], clock });
  const token = await keys.sign({ subject: "*", scopes: ["read"], seconds: 60 });
  const grant = await keys.verify(token);
  assert(grant);
  assert(keys.verify(token) === grant);
  await clock.pass(59_000);
  assert(keys.verify(token) === grant && keys.isGood(grant));
  await clock.pass(1_001);
  assertEquals([keys.verify(token), keys.isGood(grant)], [undefined, false]);
});

Deno.test("TokenKeys takes tokens of two keys, and signs with the first", async () => {
  const [before, both, after] = [keysOf(KEY), keysOf(OTHER, KEY), keysOf(OTHER)];
  const options = { subject: "k", scopes: ["tell"], seconds: 60 } as const;
  const old = await before.sign(options);
  const renewed = await both.sign(options);
  const isGood = async (keys: TokenKeys, token: string) => await keys.verify(token) !== undefined;
  assertEquals([await isGood(both, old), await isGood(both, renewed)], [true, true]);
  assertEquals([await isGood(after, old), await isGood(after, renewed)], [false, true]);
  assertEquals([await both.signerOf(renewed), await both.signerOf(old)], [0, 1]);
  assertEquals(await after.signerOf(old), -1);
});

Deno.test("TokenKeys wants keys of 32 bytes", () => {
  keysOf("x".repeat(32));
  assertThrows(() => keysOf("x".repeat(31)), RangeError, "it is 31 bytes, at least 32 are needed");
});

Deno.test("a server's own token is for 'status' alone, whatever it says, and for minutes", async () => {
  const clock = new ManualClock();
  const shared = [encode("secret")];
  const one = new TokenKeys({ keys: [], shared, clock });
  const other = new TokenKeys({ keys: [], shared: [encode("newer"), ...shared], clock });
  const token = (await one.statusToken())!;
  const grant = (await other.verify(token))!;
  assertEquals([...grant.scopes], ["status"]);
  assertEquals(await one.statusToken(), token);
  const stranger = new TokenKeys({ keys: [], shared: [encode("x")], clock });
  assertEquals(await stranger.verify(token), undefined);
  await clock.pass(200_000);
  assert(await one.statusToken() !== token);
  await clock.pass(101_000);
  assertEquals(other.verify(token), undefined);
  // Whoever has the derived key gets no more out of it.
  const derived = createHmac("sha256", shared[0]!).update("herd status token 1").digest();
  const claims = { sub: "*", scope: "forget tell read status", exp: 2e9 + now() };
  const head = base64url('{"alg":"HS256"}'), body = base64url(JSON.stringify(claims));
  const mac = createHmac("sha256", derived).update(`${head}.${body}`).digest();
  const most = await one.verify(`${head}.${body}.${base64url(mac)}`);
  assertEquals([...most!.scopes], ["status"]);
  assertEquals(await new TokenKeys({ keys: [], clock }).statusToken(), undefined);
});
