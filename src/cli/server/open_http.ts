// The HTTP port of a server's process: where it listens, who may use it, and what when it cannot.

import project from "../../../deno.json" with { type: "json" };
import { checkToken, TOKEN_VARIABLE } from "../../http/token.ts";
import {
  type AllowedOrigins,
  checkOrigins,
  parseAllowedOrigins,
} from "../../http/origins/allowed_origins.ts";
import type { HttpPort, HttpTls } from "../../http/port.ts";
import type { Log } from "../../base/log.ts";
import { OwnCredentials } from "../../server/tls/own_credentials.ts";
import type { TokenKeys } from "../../server/tokens/token_keys.ts";
import { isForHost, readWebCredentials } from "../../server/tls/tls_files.ts";
import { tlsPaths } from "../../topology/tls_paths.ts";
import { formatAddress } from "../../base/address.ts";
import { reasonOf } from "../../base/errors.ts";
import type { Doors } from "../../server/doors.ts";
import type { ServerEntry, Topology } from "../../topology/topology.ts";
import type { Context } from "../command/context.ts";
import { Failure } from "../command/errors.ts";

/** The address of a server's HTTP port, and the token that it will ask for. */
export interface HttpSettings {
  readonly hostname: string;
  readonly port: number;
  readonly token: string | undefined;
  readonly tokens: TokenKeys;
  readonly origins: AllowedOrigins;
}

/** Parts of a server's setup that its HTTP port depends on. */
interface HttpSetup {
  readonly topology: Topology;
  readonly http: HttpSettings | undefined;
}

/**
 * The settings of a server's HTTP port; undefined if it has none, or is to have none.
 *
 * @throws {ConfigError} If others could reach the port and there is no good token, or an origin is none.
 */
export function httpSettings(
  own: ServerEntry,
  options: {
    readonly host?: string | undefined;
    readonly noHttp: boolean;
    readonly allowOrigin: string | undefined;
    readonly tokens: TokenKeys;
  },
  context: Pick<Context, "env">,
): HttpSettings | undefined {
  const origins = parseAllowedOrigins(options.allowOrigin);
  if (options.noHttp || own.http === undefined) return undefined;
  const settings = {
    hostname: options.host ?? own.host,
    port: own.http,
    token: context.env(TOKEN_VARIABLE),
    tokens: options.tokens,
    origins,
  };
  const { token, tokens: { hasKey } } = settings;
  checkToken(token, { ...settings, hasKey });
  checkOrigins(origins, { token, hasKey });
  return settings;
}

/**
 * The certificate of a server's HTTP port, which is read anew as its files change; undefined where HTTP
 * is plain, or there is none.
 *
 * @throws {ConfigError} If it cannot be read or used.
 */
export async function openHttpTls(
  { name, topology, http, context }: HttpSetup & {
    readonly name: string;
    readonly context: Pick<Context, "clock">;
  },
  log: Log,
): Promise<OwnCredentials | undefined> {
  const folder = topology.tls?.http;
  if (http === undefined || folder === undefined) return undefined;
  const reread = () => readWebCredentials(tlsPaths(folder, name));
  const credentials = await reread();
  const { host } = topology.server(name);
  if (!isForHost(credentials.cert, host)) log.warn("tls.otherHost", { host, certs: folder });
  const own = new OwnCredentials({ credentials, reread, clock: context.clock, log });
  own.start();
  return own;
}

/**
 * Opens the HTTP port, which says that the server is loading until it is given the node; gives undefined
 * without settings.
 *
 * @throws {Failure} If it cannot listen there.
 */
export async function openHttp(
  doors: Doors,
  { topology, http: settings }: HttpSetup,
  tls: HttpTls | undefined,
): Promise<HttpPort | undefined> {
  if (settings === undefined) return undefined;
  // Loaded only here: a server without HTTP starts without it.
  const { HttpPort } = await import("../../http/port.ts");
  try {
    return new HttpPort({ doors, topology, version: project.version, tls, ...settings });
  } catch (error) {
    const where = formatAddress(settings.hostname, settings.port);
    const reason = error instanceof Deno.errors.AddrInUse
      ? "another program does already"
      : reasonOf(error);
    throw new Failure(`Cannot listen for HTTP on ${where}: ${reason}`, { cause: error });
  }
}
