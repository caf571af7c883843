// A topology file that a test may hand to a command, gone when the test is over.

import { temporaryFolder } from "./temporary.ts";

/** Writes a topology of these servers and links (`["Ann", "Bob"]`) into a file of its own. */
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
