// A topology file that a test may hand to a command.

import { type HerdShape, type ShapedHerd, shapeHerd } from "../herds/shape.ts";
import { temporaryFolder } from "./temporary.ts";

/** Writes `topology.json` for a herd to `folder`. */
export function writeTopology(folder: string, shape?: HerdShape): ShapedHerd & { file: string } {
  const herd = shapeHerd(shape);
  const file = `${folder}/topology.json`;
  Deno.writeTextFileSync(file, herd.text);
  return { ...herd, file };
}

/**
 * Writes a topology of these servers and links (`["Ann", "Bob"]`) into a file of its own, gone when
 * the test is over.
 */
export function topologyFile(
  servers: Readonly<Record<string, { host: string; port: number; http?: number }>>,
  links: readonly (readonly string[])[] = [],
  backbone?: unknown,
): { readonly path: string } & Disposable {
  const folder = temporaryFolder();
  const path = `${folder.path}/topology.json`;
  Deno.writeTextFileSync(path, JSON.stringify({ herd: "test", servers, links, backbone }));
  return { path, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

/** Servers of these names on ports of one loopback host, from 1 on. */
export function serversOf(
  names: readonly string[],
): Record<string, { host: string; port: number }> {
  return Object.fromEntries(
    names.map((name, index) => [name, { host: "127.0.0.1", port: index + 1 }]),
  );
}
