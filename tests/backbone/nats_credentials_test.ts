// Forms of credentials for NATS.

import { assertEquals } from "@std/assert";
import { type CredentialsKind, kindOfCredentials } from "../../src/backbone/nats_credentials.ts";

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
