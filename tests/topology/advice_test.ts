// Advice about links, beside a plain reference: try each link, and count what can be lost.

import { assert, assertEquals } from "@std/assert";
import { copiesOf, linkToAdd, linkToDrop } from "../../src/topology/advice.ts";
import {
  components,
  diameter,
  type Graph,
  withLink,
  withoutLink,
  withoutServer,
} from "../../src/topology/graph.ts";
import { type Link, Topology } from "../../src/topology/topology.ts";
import fc from "../support/properties.ts";

function graphOf(names: readonly string[], links: readonly Link[]): Topology {
  const servers = names.map((name, i) => ({ name, host: "::1", port: i + 1, http: undefined }));
  return new Topology("test", servers, links);
}

const of = (names: string, ...links: string[]) =>
  graphOf([...names], links.map((it): Link => [it[0]!, it[1]!]));

/** Servers and links without which there are more parts. */
function weak(graph: Graph): number {
  const parts = components(graph).length;
  const servers = [...graph.servers.keys()].filter((it) =>
    components(withoutServer(graph, it)).length > parts
  );
  const links = graph.links.filter((it) => components(withoutLink(graph, it)).length > parts);
  return servers.length + links.length;
}

Deno.test("copiesOf() is that of a tree at least, and that of plain flooding at most", () => {
  assertEquals(copiesOf(of("a")), { least: 0, most: 0 });
  assertEquals(copiesOf(of("abc", "ab", "bc")), { least: 2, most: 2 });
  assertEquals(copiesOf(of("abc", "ab", "bc", "ca")), { least: 2, most: 4 });
});

Deno.test("linkToAdd() closes a chain to a ring, and says what a link leaves", () => {
  assertEquals(linkToAdd(of("abcd", "ab", "bc", "cd")), {
    link: ["a", "d"],
    cutPoints: 0,
    hops: 2,
  });
  // Of a star of three no one link makes a herd that stays whole.
  assertEquals(linkToAdd(of("abcd", "ab", "ac", "ad"))?.cutPoints, 2);
  assertEquals(linkToAdd(of("ab", "ab")), undefined);
  assertEquals(linkToAdd(of("abc", "ab", "bc", "ca")), undefined);
});

Deno.test("linkToDrop() keeps a ring, and takes a chord that shortens nothing", () => {
  assertEquals(linkToDrop(of("abcd", "ab", "bc", "cd", "da")), undefined);
  assertEquals(linkToDrop(of("abcd", "ab", "bc", "cd", "da", "ac"))?.link, ["a", "c"]);
  // Everybody is one hop from everybody.
  assertEquals(linkToDrop(of("abc", "ab", "bc", "ca")), undefined);
  assertEquals(linkToDrop(of("abc", "ab", "bc")), undefined);
});

Deno.test("advice is as good as trying each link", () => {
  const anyGraph = fc.integer({ min: 2, max: 7 }).chain((size) => {
    const names = Array.from({ length: size }, (_, index) => `s${index}`);
    const pairs = names.flatMap((one, i) => names.slice(i + 1).map((other): Link => [one, other]));
    return fc.record({
      graph: fc.subarray(pairs).map((links) => graphOf(names, links)),
      pairs: fc.constant(pairs),
    });
  }).filter(({ graph }) => components(graph).length === 1);
  fc.assert(fc.property(anyGraph, ({ graph, pairs }) => {
    const missing = pairs.filter((it) => !graph.neighbours(it[0]).includes(it[1]));
    const least = Math.min(...missing.map((it) => weak(withLink(graph, it))));
    assertEquals(linkToAdd(graph)?.cutPoints, least < weak(graph) ? least : undefined);
    const dropped = linkToDrop(graph);
    const harmless = graph.links.filter((it) => {
      const left = withoutLink(graph, it);
      return components(left).length === 1 && weak(left) === 0 && diameter(left) <= diameter(graph);
    });
    assertEquals(dropped !== undefined, weak(graph) === 0 && harmless.length > 0);
    assert(dropped === undefined || harmless.some((it) => String(it) === String(dropped.link)));
  }));
});
