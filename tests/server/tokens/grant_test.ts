import { assertEquals } from "@std/assert";
import { encode } from "../../../src/base/bytes.ts";
import { Grant, parseScopes, parseSubject } from "../../../src/server/tokens/grant.ts";

/** True if a subject covers an id; undefined if it is no subject. */
function covers(subject: string, id: string): boolean | undefined {
  const clients = parseSubject(subject);
  return clients && new Grant({ subject, clients, scopes: [], expires: 1 }).covers(encode(id));
}

Deno.test("parseSubject() takes an id, or the beginning of ids and one '*'", () => {
  const table: [subject: string, id: string, covers: boolean | undefined][] = [
    ["kiwi", "kiwi", true],
    ["kiwi", "kiwi2", false],
    ["kiwi", "kiw", false],
    ["kiwi*", "kiwi", true],
    ["kiwi*", "kiwi/../x", true],
    ["kiwi%2F*", "kiwi/../x", true],
    ["kiwi%2F*", "kiwi", false],
    ["kiwi/*", "kiwi/1", true],
    ["*", "anything", true],
    ["%2A", "*", true],
    ["%2A", "x", false],
    ["%2A*", "*x", true],
    ["ä", "ä", true],
    ["", "", undefined],
    ["**", "x", undefined],
    ["k*w*", "kiwi", undefined],
    ["*kiwi", "kiwi", undefined],
    ["k*wi", "kiwi", undefined],
    ["ki wi", "ki wi", undefined],
    ["%20", " ", undefined],
    ["%zz", "x", undefined],
    ["kiwi%", "kiwi", undefined],
    ["kiwi\n", "kiwi", undefined],
  ];
  for (const [subject, id, expected] of table) {
    assertEquals({ subject, id, covers: covers(subject, id) }, { subject, id, covers: expected });
  }
});

Deno.test("Grant.covers() looks at the given part of the bytes alone", () => {
  const clients = parseSubject("kiwi*")!;
  const grant = new Grant({ subject: "kiwi*", clients, scopes: [], expires: 1 });
  const bytes = encode("xkiwi1 kiwi");
  assertEquals(grant.covers(bytes, 1, 6), true);
  assertEquals(grant.covers(bytes, 1, 4), false);
  assertEquals(grant.covers(bytes, 0, 6), false);
});

Deno.test("parseScopes() leaves out what it does not know", () => {
  assertEquals(parseScopes("tell read tell admin"), ["read", "tell"]);
  assertEquals(parseScopes(""), []);
  assertEquals(parseScopes("READ"), []);
});
