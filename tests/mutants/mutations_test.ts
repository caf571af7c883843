// The mistakes that are planted: each kind is found where it can be made, and changes just that.

import { assertEquals } from "@std/assert";
import { mutate, mutationsOf } from "./mutations.ts";

const CASES: readonly { source: string; mutants: readonly string[] }[] = [
  { source: "f(a < b)", mutants: ["f(a <= b)", "f(a >= b)"] },
  { source: "f(a === b)", mutants: ["f(a !== b)"] },
  { source: "f(a + 1)", mutants: ["f(a + 0)"] },
  { source: "f(await a)", mutants: ["f(a)"] },
  {
    source: "if (a) b; else c;",
    mutants: [
      "if (false && (a)) b; else c;",
      "if (a) {} else c;",
      "if (a) b; else {}",
    ],
  },
  { source: "f(a ? 1 : 2)", mutants: ["f((1))", "f((2))"] },
  { source: "f(a && b)", mutants: ["f(b)", "f(a)"] },
  { source: "f(a ?? b)", mutants: ["f(a)"] },
  { source: "f(a, b, b)", mutants: ["f(b, a, b)"] },
  {
    source: "() => { a = 0; b(); log.debug('x'); }",
    mutants: ["() => { {} b(); log.debug('x'); }", "() => { a = 0; {} log.debug('x'); }"],
  },
  { source: "let a: B<1 | 2>; type C = 1 extends 2 ? 3 : 4", mutants: [] },
  { source: "class A { #a; constructor() { this.#a = 1; } }", mutants: [] },
  { source: 'import { a } from "b";', mutants: [] },
];

for (const { source, mutants } of CASES) {
  Deno.test(`mutationsOf() of '${source}'`, () => {
    assertEquals(new Set(mutationsOf(source).map((it) => mutate(source, it))), new Set(mutants));
  });
}
