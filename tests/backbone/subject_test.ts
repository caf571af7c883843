// Names of streams and subjects.

import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { streamOf, subjectMaker, subjectsOf } from "../../src/backbone/subject.ts";
import { fromLatin1 } from "../support/reference/reference.ts";

Deno.test("subjectMaker() makes one subject of each id, below that of all", () => {
  const subjectOf = subjectMaker("ucla");
  const ids = [
    "kiwi",
    "Kiwi",
    "kiwi.cs.ucla.edu",
    "*",
    ">",
    "a.b",
    "\xff\xfe",
    "\0",
    "x".repeat(4000),
  ];
  const subjects = ids.map((it) => subjectOf(fromLatin1(it)));
  for (const subject of subjects) assertMatch(subject, /^herd\.ucla\.at\.[\w-]{22}$/);
  assertEquals(new Set(subjects).size, ids.length);
  assertEquals(subjectsOf("ucla"), "herd.ucla.at.*");
});

Deno.test("subjectMaker() hashes with SHA-256, so that every server makes the same", () => {
  // printf kiwi | openssl dgst -sha256 -binary | basenc --base64url
  assertEquals(
    subjectMaker("ucla")(fromLatin1("kiwi")),
    "herd.ucla.at.Glr-2pc9d24x0dcmbxhEaP",
  );
});

Deno.test("streamOf() and subjectsOf() differ where herds do, and have no further dots", () => {
  const herds = ["a.b", "a_b", "a-b", "a"];
  assertEquals(new Set(herds.map(streamOf)).size, herds.length);
  assertEquals(new Set(herds.map(subjectsOf)).size, herds.length);
  assertMatch(streamOf("a.b.c"), /^[^.*> ]+$/);
  assertEquals(subjectsOf("a.b").split(".").length, 4);
  assertNotEquals(subjectMaker("a")(fromLatin1("x")), subjectMaker("b")(fromLatin1("x")));
});
