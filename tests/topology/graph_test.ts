// The facts about a herd's graph, on graphs that can be drawn and on random ones with a plain
// reference: take a server or a link out and count what is left together.

import { assertEquals } from "@std/assert";
import fc from "../support/properties.ts";
import { components, cutPoints, diameter, hopsFrom } from "../../src/topology/graph.ts";
import { type Link, Topology } from "../../src/topology/topology.ts";

/** A graph of links written as `"ab"`, with servers named by single letters. */
function graph(servers: string, ...links: string[]): Topology {
  return topologyOf([...servers], links.map((it): Link => [it[0]!, it[1]!]));
}

function topologyOf(names: readonly string[], links: readonly Link[]): Topology {
  return new Topology(
    "test",
    names.map((name, index) => ({ name, host: "::1", port: index + 1, http: undefined })),
    links,
  );
}

Deno.test("components() gives the largest first", () => {
  assertEquals(components(graph("abcdef", "bc", "cf", "ae")), [["b", "c", "f"], ["a", "e"], ["d"]]);
});

Deno.test("hopsFrom() counts the fewest links to each server", () => {
  const square = graph("abcde", "ab", "bc", "cd", "da");
  assertEquals([...hopsFrom(square, "a")], [["a", 0], ["b", 1], ["d", 1], ["c", 2]]);
});

Deno.test("diameter() is the most hops between connected servers", () => {
  assertEquals(diameter(graph("a")), 0);
  assertEquals(diameter(graph("abcd", "ab", "bc", "cd")), 3);
  assertEquals(diameter(graph("abcd", "ab", "bc", "cd", "da")), 2);
  assertEquals(diameter(graph("abcdx", "ab", "bc", "cd")), 3);
});

Deno.test("cutPoints() finds the articulation points and bridges of small graphs", () => {
  const table: [graph: Topology, servers: string, links: Link[]][] = [
    [graph("a"), "", []],
    [graph("ab", "ab"), "", [["a", "b"]]],
    [graph("abc", "ab", "bc"), "b", [["a", "b"], ["b", "c"]]],
    [graph("abc", "ab", "bc", "ca"), "", []],
    // Two triangles that share a server: it is a cut point although no link is one.
    [graph("abcde", "ab", "bc", "ca", "cd", "de", "ec"), "c", []],
    // The first server of the walk is the middle of a star.
    [graph("abc", "ab", "ac"), "a", [["a", "b"], ["a", "c"]]],
    [graph("ghowl", "gh", "go", "gl", "hl", "ow", "ol"), "o", [["o", "w"]]],
  ];
  for (const [herd, servers, links] of table) {
    assertEquals(cutPoints(herd), { servers: [...servers], links });
  }
});

Deno.test("cutPoints() agrees with taking servers and links out one at a time", () => {
  const anyGraph = fc.integer({ min: 1, max: 10 }).chain((size) => {
    const names = Array.from({ length: size }, (_, index) => `s${index}`);
    const pairs = names.flatMap((one, i) => names.slice(i + 1).map((other): Link => [one, other]));
    return fc.record({ names: fc.constant(names), links: fc.subarray(pairs) });
  });
  fc.assert(fc.property(anyGraph, ({ names, links }) => {
    const whole = components(topologyOf(names, links)).length;
    const without = (name: string) =>
      components(topologyOf(
        names.filter((it) => it !== name),
        links.filter((link) => !link.includes(name)),
      )).length;
    assertEquals(cutPoints(topologyOf(names, links)), {
      servers: names.filter((name) => without(name) > whole),
      links: links.filter((link) =>
        components(topologyOf(names, links.filter((it) => it !== link))).length > whole
      ),
    });
  }));
});

Deno.test("cutPoints() takes a chain of any length", () => {
  const names = Array.from({ length: 20_000 }, (_, index) => `s${index}`);
  const chain = topologyOf(names, names.slice(1).map((name, index): Link => [names[index]!, name]));
  assertEquals(cutPoints(chain).servers.length, 19_998);
  assertEquals(cutPoints(chain).links.length, 19_999);
});
