// What the proofs of links cover, against HMAC computed another way, and which secrets are accepted.

import { assertEquals, assertThrows } from "@std/assert";
import { encode } from "../../src/base/bytes.ts";
import { Secrets, StreamMac } from "../../src/flood/mac.ts";
import { secretsOf } from "../support/herds/tampered_link.ts";

/** HMAC-SHA-256 by the Web Cryptography API. */
async function hmac(key: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", key, algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, encode(text)));
}

Deno.test("Secrets.sign() covers the version, the role and all lines so far", async () => {
  const lines = "FOLLOW/1 a\nLEAD/1 b ";
  for (const role of ["leader", "follower"] as const) {
    const expected = await hmac(encode("s".repeat(32)), `herd-link/1 ${role}\n${lines}`);
    assertEquals(secretsOf("s").sign(role, lines), expected.toHex());
  }
});

Deno.test("Secrets.stream() has a key of its own for each handshake, and proofs in their order", async () => {
  const key = await hmac(encode("s".repeat(32)), "herd-link/1 session\nlines");
  const stream = secretsOf("s").streams(0, "lines").leader;
  for (const counter of [0, 1, 2]) {
    const expected = await hmac(key, `herd-link/1 leader ${counter}\nAT a\nPOS 1 `);
    assertEquals(stream.next(encode("AT a\n"), "POS 1 "), expected.toHex());
  }
});

Deno.test("StreamMac.accepts() takes each proof once, in its order", () => {
  const [ours, theirs] = [
    secretsOf("s").streams(0, "x").leader,
    secretsOf("s").streams(0, "x").leader,
  ];
  const bytes = encode("AT a\n");
  const first = ours.next(bytes, "POS 1 ");
  const second = ours.next(bytes, "POS 1 ");
  assertEquals(theirs.accepts(bytes, "POS 1 ", first), true);
  assertEquals(theirs.accepts(bytes, "POS 1 ", second), true);
  assertEquals(theirs.accepts(bytes, "POS 1 ", second), false);
  assertEquals(secretsOf("s").streams(0, "y").leader.accepts(bytes, "POS 1 ", first), false);
  assertEquals(secretsOf("s").streams(0, "x").leader.accepts(bytes, "POS 2 ", first), false);
  assertEquals(
    secretsOf("s").streams(0, "x").leader.accepts(bytes, "POS 1 ", first.slice(1)),
    false,
  );
  assertEquals(secretsOf("s").streams(0, "x").leader.accepts(bytes, "POS 1 ", "-"), false);
});

Deno.test("Secrets.verify() finds which of the secrets a proof was made with", () => {
  const table: [theirs: string[], ours: string[], index: number][] = [
    [["a"], ["a"], 0],
    [["a", "b"], ["b", "a"], 1],
    [["b", "a"], ["a"], -1],
    [["b"], ["a", "c"], -1],
    [[], ["a"], -1],
    [["a"], [], -1],
    [[], [], 0],
  ];
  for (const [theirs, ours, index] of table) {
    const mac = secretsOf(...theirs).sign("leader", "lines");
    assertEquals(secretsOf(...ours).verify("leader", "lines", mac), index, `${theirs} ${ours}`);
  }
  const mac = secretsOf("a").sign("leader", "lines");
  assertEquals(secretsOf("a").verify("follower", "lines", mac), -1);
  assertEquals(secretsOf("a").verify("leader", "line", mac), -1);
});

Deno.test("Secrets refuses a secret that is shorter than the hash's output", () => {
  new Secrets([encode("x".repeat(32))]);
  assertThrows(
    () => new Secrets([encode("x".repeat(32)), encode("y".repeat(31))]),
    RangeError,
    "Cannot use the herd's secret: it is 31 bytes, at least 32 are needed",
  );
});

Deno.test("without a secret a proof is a dash", () => {
  assertEquals(secretsOf().sign("leader", "lines"), "-");
  assertEquals(secretsOf().streams(0, "lines").leader.next(encode("AT a\n"), "POS 1 "), "-");
  assertEquals(new StreamMac("leader", undefined).accepts(encode("AT a\n"), "POS 1 ", "-"), true);
});
