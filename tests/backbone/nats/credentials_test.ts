// Forms of credentials for NATS.

import { assert, assertEquals } from "@std/assert";
import * as clients from "@nats-io/nats-core";
import {
  authenticatorOf,
  type CredentialsKind,
  kindOfCredentials,
} from "../../../src/backbone/nats/credentials.ts";
import { decode, encode } from "../../../src/base/bytes.ts";

/** Of the form of a seed, and no real one. */
const SEED = `SU${"A".repeat(56)}`;

/** As `nsc` writes it, with the contents left out. */
const FILE = `-----BEGIN NATS USER JWT-----
eyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5LW5rZXkifQ
------END NATS USER JWT------

************************* IMPORTANT *************************
-----BEGIN USER NKEY SEED-----
${SEED}
------END USER NKEY SEED------
`;

Deno.test("kindOfCredentials() tells them apart by their form", () => {
  const table: [text: string | undefined, kind: CredentialsKind][] = [
    [undefined, "none"],
    [FILE, "file"],
    [FILE.replaceAll("\n", "\r\n"), "file"],
    [SEED, "nkey"],
    [SEED.slice(1), "token"],
    ["herd:a:password", "user"],
    ["s3cr3t", "token"],
  ];
  for (const [text, kind] of table) assertEquals(kindOfCredentials(text), kind, text);
});

Deno.test("authenticatorOf() answers NATS by what the credentials are", () => {
  const answer = (text: string | undefined) => authenticatorOf(text, clients)("nonce");
  assertEquals(answer(undefined), undefined);
  assertEquals(answer("s3cr3t"), { auth_token: "s3cr3t" });
  assertEquals(answer("herd:a:password"), { user: "herd", pass: "a:password" });
  const pair = clients.nkeys.createUser();
  const seed = decode(pair.getSeed());
  for (
    const text of [
      seed,
      FILE.replace(SEED, seed),
      FILE.replace(SEED, seed).replaceAll("\n", "\r\n"),
    ]
  ) {
    const { nkey, sig, ...rest } = answer(text.trim()) as clients.JwtAuth;
    assertEquals(nkey, pair.getPublicKey());
    assert(pair.verify(encode("nonce"), Uint8Array.fromBase64(sig!)));
    assertEquals(rest, text === seed ? {} : { jwt: FILE.split("\n")[1]! });
  }
});
