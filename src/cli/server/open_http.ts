// The HTTP port of a server's process: where it listens, who may use it, and what when it cannot.

import project from "../../../deno.json" with { type: "json" };
import { checkToken, TOKEN_VARIABLE } from "../../http/token.ts";
import type { HttpPort } from "../../http/port.ts";
import { formatAddress } from "../../base/address.ts";
import { reasonOf } from "../../base/errors.ts";
import type { HerdNode } from "../../server/node.ts";
import type { ServerEntry, Topology } from "../../topology/topology.ts";
import type { Context } from "../command/context.ts";
import { Failure } from "../command/errors.ts";

/** Where a server's HTTP port is to be, and the token that it will ask for. */
export interface HttpSettings {
  readonly hostname: string;
  readonly port: number;
  readonly token: string | undefined;
}

/**
 * The settings of a server's HTTP port; undefined if it has none, or is to have none.
 *
 * @throws {ConfigError} If others could reach the port and there is no good token.
 */
export function httpSettings(
  own: ServerEntry,
  options: { readonly host?: string | undefined; readonly noHttp: boolean },
  context: Pick<Context, "env">,
): HttpSettings | undefined {
  if (options.noHttp || own.http === undefined) return undefined;
  const settings = {
    hostname: options.host ?? own.host,
    port: own.http,
    token: context.env(TOKEN_VARIABLE),
  };
  checkToken(settings.token, settings.hostname, settings.port);
  return settings;
}

/**
 * Opens the HTTP port; gives undefined without settings.
 *
 * @throws {Failure} If it cannot listen there.
 */
export async function openHttp(
  node: HerdNode,
  topology: Topology,
  settings: HttpSettings | undefined,
): Promise<HttpPort | undefined> {
  if (settings === undefined) return undefined;
  // Loaded only here: a server without HTTP starts without it.
  const { HttpPort } = await import("../../http/port.ts");
  try {
    return new HttpPort({ node, topology, version: project.version, ...settings });
  } catch (error) {
    const where = formatAddress(settings.hostname, settings.port);
    const reason = error instanceof Deno.errors.AddrInUse
      ? "another program does already"
      : reasonOf(error);
    throw new Failure(`Cannot listen for HTTP on ${where}: ${reason}`, { cause: error });
  }
}
