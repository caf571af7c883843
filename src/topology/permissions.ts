// What one server of a herd may touch, derived from the topology, as flags to start it with and as
// grants to give up once it knows which server it is. Deno enforces it; this only says what.

import { formatAddress, isHost } from "../base/address.ts";
import { ConfigError } from "../base/errors.ts";
import { addressOf, parsePlacesSpec, upstreamOf } from "../places/spec.ts";
import { tlsPaths } from "./tls_paths.ts";
import type { Topology } from "./topology.ts";

/** The sources of places that a server can be given without naming an address or a file. */
const PLAIN_PLACES = ["gazetteer", "google", "google-legacy"] as const;

/** The variables of every server. */
export const SERVER_VARIABLES = ["HERD_SECRET", "HERD_API_TOKEN", "HERD_TOKEN_KEY"] as const;

/** The variable of a server whose places are Google's. */
export const GOOGLE_KEY_VARIABLE = "GOOGLE_PLACES_API_KEY";

/** Variable that names the file where Deno logs every use of a permission, URLs included. */
export const AUDIT_VARIABLE = "DENO_AUDIT_PERMISSIONS";

/** The variables that make the runtime's `fetch` ask https URLs through a proxy. */
export const PROXY_VARIABLES = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] as const;

/** The variable of a server on a backbone. */
export const NATS_CREDENTIALS_VARIABLE = "HERD_NATS_CREDENTIALS";

/** The folder with one folder of data for each server. */
export const DATA_FOLDER = "data";

/** Updates are saved soon after the reply, before it, or never. */
export const DURABILITIES = ["relaxed", "commit", "none"] as const;

/** The folder of one server's data, unless it is told another. */
export function dataFolderOf(name: string): string {
  return `${DATA_FOLDER}/${name}`;
}

/** Permissions of a process, each list as the flag of that name takes it. */
export interface Permissions {
  /** Addresses to listen on and to dial. */
  readonly net: readonly string[];
  /** Files and folders to read. */
  readonly read: readonly string[];
  /** Files and folders to write. */
  readonly write: readonly string[];
  /** Environment variables to read. */
  readonly env: readonly string[];
  /** Programs to run; none when left out. */
  readonly run?: readonly string[];
}

/** Options of a server that change its permissions. */
export interface StartOptions {
  /** The topology's file. */
  readonly topologyFile: string;
  /** The source of places; when left out a key decides, so what `google` needs is needed. */
  readonly places?: string | undefined;
  /** A proxy in place of Google. */
  readonly googleUrl?: string | undefined;
  /** Another host to listen on than the topology's. */
  readonly host?: string | undefined;
  /** Another port to listen on than the topology's. */
  readonly port?: number | undefined;
  /** The file that holds the herd's secret. */
  readonly secretFile?: string | undefined;
  /** The file that holds the keys of tokens. */
  readonly tokenKeyFile?: string | undefined;
  /** The file that holds the credentials for NATS. */
  readonly natsCredentials?: string | undefined;
  /** The file with the certificates that NATS servers are trusted by. */
  readonly natsCa?: string | undefined;
  /** `relaxed` when left out. With `none` there is no data folder. */
  readonly durability?: typeof DURABILITIES[number] | undefined;
  /** Another data folder than that of the server's name. */
  readonly dataDir?: string | undefined;
  /** True to leave out the HTTP port that the topology has. */
  readonly noHttp?: boolean | undefined;
  /** The file that the log goes to. */
  readonly logFile?: string | undefined;
  /** Earlier log files that are kept beside it; `LOG_BACKUPS` when left out. */
  readonly logFiles?: number | undefined;
}

/**
 * The permissions that the server of this name needs, and no more.
 *
 * @throws {ConfigError} If the herd has no such server.
 * @throws {ConfigError} If there is no such source of places.
 */
export function permissionsFor(
  topology: Topology,
  name: string,
  options: StartOptions,
): Permissions {
  const own = topology.server(name);
  const host = options.host ?? own.host;
  // Deno would take a range or a wildcard for a grant of more than one address.
  if (!isHost(host)) {
    throw new ConfigError(`Cannot listen on '${host}': it is no host name or IP address`);
  }
  const data = options.durability === "none" ? [] : [options.dataDir ?? dataFolderOf(name)];
  const places = parsePlacesSpec(options.places ?? "google");
  const upstream = upstreamOf(places, options.googleUrl);
  const logFiles = options.logFile === undefined
    ? []
    : rotatedFiles(options.logFile, options.logFiles);
  const backbone = topology.backboneOf(name);
  const inputs = [options.topologyFile];
  inputs.push(...[options.secretFile, options.tokenKeyFile].filter(isGiven));
  if (backbone) inputs.push(...[options.natsCredentials, options.natsCa].filter(isGiven));
  if (places.kind === "file") inputs.push(places.path);
  if (topology.tls) inputs.push(...Object.values(tlsPaths(topology.tls.certs, name)));
  if (topology.tls?.http !== undefined && own.http !== undefined && !options.noHttp) {
    inputs.push(...Object.values(tlsPaths(topology.tls.http, name)));
  }
  return {
    net: unique([
      formatAddress(host, options.port ?? own.port),
      ...own.link === undefined ? [] : [formatAddress(host, own.link)],
      ...topology.neighbours(name).map((it) => {
        const { hostname, port } = topology.linkAddress(it);
        return formatAddress(hostname, port);
      }),
      ...backbone === undefined ? [] : backbone.nats.map((it) => formatAddress(it.host, it.port)),
      ...httpAddresses(topology, name, options),
      ...upstream === undefined ? [] : [addressOf(upstream)],
    ]),
    read: unique([...inputs, ...data, ...logFiles]),
    write: unique([...data, ...logFiles]),
    env: [
      ...SERVER_VARIABLES,
      ...places.kind.startsWith("google") ? [GOOGLE_KEY_VARIABLE] : [],
      ...places.kind === "google-legacy" ? [AUDIT_VARIABLE] : [],
      ...upstream?.protocol === "https:" ? PROXY_VARIABLES : [],
      ...backbone === undefined ? [] : [NATS_CREDENTIALS_VARIABLE],
    ],
  };
}

/** The server's own HTTP port, and those of its neighbours, which it asks how they are. */
function httpAddresses(topology: Topology, name: string, options: StartOptions): string[] {
  const own = topology.server(name);
  if (own.http === undefined || options.noHttp) return [];
  const neighbours = topology.neighbours(name).map((it) => topology.server(it));
  const servers = [{ http: own.http, host: options.host ?? own.host }, ...neighbours];
  return servers.flatMap(({ host, http }) => http === undefined ? [] : [formatAddress(host, http)]);
}

/**
 * The permissions that any server of the herd may need, with any plain source of places unless one is chosen: for
 * a command line that takes the server's name last, as `deno task server` does.
 */
export function permissionsForAll(topology: Topology, options: StartOptions): Permissions {
  const sources = options.places === undefined ? PLAIN_PLACES : [options.places];
  const each = [...topology.servers.keys()].flatMap((name) =>
    sources.map((places) => permissionsFor(topology, name, { ...options, places }))
  );
  return {
    net: unique(each.flatMap((it) => it.net)).sort(),
    read: unique(each.flatMap((it) => it.read)),
    write: unique(each.flatMap((it) => it.write)),
    env: unique(each.flatMap((it) => it.env)),
  };
}

/**
 * The flags of `deno run` that grant exactly this.
 *
 * @throws {ConfigError} If a path has a comma, which no flag can express.
 *
 * @example
 * ```ts
 * toFlags({ net: ["127.0.0.1:12000"], read: [], write: [], env: ["HERD_SECRET"]});
 * // ["--allow-net=127.0.0.1:12000", "--allow-env=HERD_SECRET"]
 * ```
 */
export function toFlags(permissions: Permissions): string[] {
  const flags: string[] = [];
  for (const kind of ["net", "read", "write", "env", "run"] as const) {
    const values = permissions[kind] ?? [];
    const comma = values.find((it) => it.includes(","));
    if (comma) throw new ConfigError(`Cannot grant '${comma}': its name has a comma`);
    if (values.length > 0) flags.push(`--allow-${kind}=${values.join(",")}`);
  }
  return flags;
}

/**
 * The permissions that a process that was started with `permissionsForAll` gives up when it has become the server
 * of this name: what only other servers or other sources need, and what no server needs at all.
 *
 * Entries can be taken from a list of grants, not from a grant of everything: under
 * `--allow-net` with no list, revoking one address changes nothing.
 *
 * @throws {ConfigError} If the herd has no such server.
 */
export function revocations(
  topology: Topology,
  name: string,
  options: StartOptions,
): Deno.PermissionDescriptor[] {
  const all = permissionsForAll(topology, {
    ...options,
    places: undefined,
    durability: undefined,
    dataDir: undefined,
  });
  const own = permissionsFor(topology, name, options);
  const extra = (kind: Exclude<keyof Permissions, "run">) =>
    all[kind].filter((it) => !own[kind].includes(it));
  return [
    ...extra("net").map((host) => ({ name: "net", host }) as const),
    ...extra("read").map((path) => ({ name: "read", path }) as const),
    ...extra("write").map((path) => ({ name: "write", path }) as const),
    ...extra("env").map((variable) => ({ name: "env", variable }) as const),
    { name: "run" },
    { name: "ffi" },
    { name: "sys" },
  ];
}

/** The number of earlier log files that are kept beside the present one. */
export const LOG_BACKUPS = 5;

/** The files of a log, the present one first: `<file>`, `<file>.1`, and so on. */
export function rotatedFiles(file: string, backups: number = LOG_BACKUPS): string[] {
  return [file, ...Array.from({ length: backups }, (_, index) => `${file}.${index + 1}`)];
}

function isGiven(path: string | undefined): path is string {
  return path !== undefined;
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
