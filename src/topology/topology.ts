// The herd as its topology file has it: the servers, where each one is reached, and who is linked
// with whom. Facts about the graph are in graph.ts; who listens and who dials is decided elsewhere.

import * as v from "valibot";
import { encode } from "../base/bytes.ts";
import { type Coordinates, parseLocation, scanLocation } from "../protocol/location.ts";
import {
  canonicalHost,
  formatAddress,
  isHost,
  isLoopbackHost,
  isWildcardHost,
} from "../base/address.ts";
import { closest } from "./nearest_name.ts";
import { doubledName } from "../base/text/files.ts";
import { ConfigError, readConfig, reasonOf } from "../base/errors.ts";
import { type BackboneEntry, BackboneSchema } from "./backbone_entry.ts";
import { at, formatPath, isObject, object, show } from "./schema.ts";

/** One server of a herd. */
export interface ServerEntry {
  /** 1 to 64 letters, digits, `.`, `_` and `-`, the first one a letter or digit. */
  readonly name: string;
  /** The host name or IP address at which clients and neighbours reach it; IPv6 without brackets. */
  readonly host: string;
  /** The TCP port of clients and neighbours, 1 to 65535. */
  readonly port: number;
  /** The TCP port of health, metrics and dashboard; undefined when it has none. */
  readonly http: number | undefined;
  /** Location of the server, for maps; undefined when the topology does not say. */
  readonly location?: Coordinates | undefined;
  /** The TCP port of links; undefined in a herd without TLS, whose links come to `port`. */
  readonly link?: number | undefined;
}

/** TLS of a herd: its links use it, each side with a certificate of the herd's own CA. */
export interface TlsEntry {
  /** The folder with `ca.pem`, and `<name>.pem` and `<name>.key` of the server that runs there. */
  readonly certs: string;
  /** True if clients use TLS too; otherwise `port` is plain text. */
  readonly clients: boolean;
  /**
   * The folder with the certificates of HTTPS: `<name>.pem` and `<name>.key`, and `ca.pem` where a
   * public CA did not sign them. Undefined where HTTP is plain.
   */
  readonly http: string | undefined;
}

/** Two servers that follow each other. A link has no direction, so it cannot be one-sided. */
export type Link = readonly [string, string];

/** A topology that is not one. Its message has one line for each problem, with the JSON path. */
export class TopologyError extends ConfigError {
  override readonly name = "TopologyError";
  /** The lines of the message. */
  readonly problems: readonly string[];

  /** Makes an error of these problems, at least one, found in `source`. */
  constructor(source: string, problems: readonly string[]) {
    const lines = problems.map((problem) => `${source}: ${problem}`);
    super(lines.join("\n"));
    this.problems = lines;
  }
}

/** A valid topology: all names known, no two servers on one address, each link once. */
export class Topology {
  /** The herd's name, of the same form as a server's. */
  readonly herd: string;
  /** The servers by name, in the order of the file. */
  readonly servers: ReadonlyMap<string, ServerEntry>;
  /** The links, in the order of the file. */
  readonly links: readonly Link[];
  /** True if all servers are on loopback, where no stranger can reach a link. */
  readonly isLoopback: boolean;
  /** TLS of the herd; undefined without. */
  readonly tls: TlsEntry | undefined;
  /** The message system between servers; undefined when links are all there is. */
  readonly backbone: BackboneEntry | undefined;
  readonly #neighbours: ReadonlyMap<string, readonly string[]>;

  /** For `parseTopology`, which checks what it passes. */
  constructor(
    herd: string,
    servers: readonly ServerEntry[],
    links: readonly Link[],
    tls?: TlsEntry,
    backbone?: BackboneEntry,
  ) {
    this.herd = herd;
    this.servers = new Map(servers.map((it) => [it.name, it]));
    this.links = links;
    this.tls = tls;
    this.backbone = backbone;
    this.isLoopback = servers.every((it) => isLoopbackHost(it.host));
    const neighbours = new Map<string, string[]>(servers.map((it) => [it.name, []]));
    for (const [one, other] of links) {
      neighbours.get(one)!.push(other);
      neighbours.get(other)!.push(one);
    }
    this.#neighbours = neighbours;
  }

  /**
   * The server of this name.
   *
   * @throws {ConfigError} If the herd has none, with the names it has.
   */
  server(name: string): ServerEntry {
    return this.servers.get(name) ?? unknownServer(this, name);
  }

  /**
   * The address at which this server's neighbours dial it.
   *
   * @throws {ConfigError} If the herd has no server of this name.
   */
  linkAddress(name: string): { hostname: string; port: number } {
    const { host, port, link } = this.server(name);
    return { hostname: host, port: link ?? port };
  }

  /**
   * The names of the servers that are linked with this one, in the order of the links.
   *
   * @throws {ConfigError} If the herd has no server of this name.
   */
  neighbours(name: string): readonly string[] {
    return this.#neighbours.get(name) ?? unknownServer(this, name);
  }

  /** The backbone if the server of this name is on it. */
  backboneOf(name: string): BackboneEntry | undefined {
    return this.backbone?.servers?.includes(name) ?? true ? this.backbone : undefined;
  }
}

/**
 * Parses the text of a topology file.
 *
 * @param source What the text is called in messages, such as the file's name.
 * @throws {TopologyError} If it is no valid topology, with everything that is wrong with it.
 */
export function parseTopology(text: string, source = "topology.json"): Topology {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new TopologyError(source, [`not JSON: ${reasonOf(error)}`]);
  }
  const doubled = doubledName(text);
  if (doubled !== undefined) {
    throw new TopologyError(source, [`'${doubled}' is there twice: the second hides the first`]);
  }
  const parsed = v.safeParse(TopologySchema, json);
  if (!parsed.success) {
    throw new TopologyError(
      source,
      parsed.issues.map((issue) => at((issue.path ?? []).map((it) => it.key), issue.message)),
    );
  }
  const { herd, tls, backbone, links } = parsed.output;
  const servers = [...parsed.output.servers].map(([name, { host, port, http, location, link }]) => {
    return { name, host, port, http, location, link };
  });
  const problems = [
    ...addressProblems(servers),
    ...tlsProblems(servers, tls),
    ...linkProblems(servers, links),
    ...backboneProblems(servers, backbone),
  ];
  if (problems.length > 0) throw new TopologyError(source, problems);
  return new Topology(herd, servers, links, tls, backbone);
}

/**
 * Reads and parses a topology file.
 *
 * @throws {ConfigError} If it cannot be read or is no valid topology.
 */
export async function readTopology(path: string): Promise<Topology> {
  const text = await readConfig(path, {
    read: Deno.readFile,
    what: "the topology",
    remedy: "'--topology <file>' names another one",
  });
  return parseTopology(text, path);
}

/** The folder of certificates, unless the topology names another. */
export const CERTS_FOLDER = "certs";

const NameSchema = v.pipe(
  v.string(({ input }) => `${show(input)} is not a name`),
  v.regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    ({ input }) =>
      `${show(input)} is not a name (1 to 64 letters, digits, '.', '_' and '-', ` +
      "a letter or digit first)",
  ),
);

const notAHost = ({ input }: { input: unknown }) =>
  `${show(input)} is not a host (a host name or an IP address without brackets)`;
const HostSchema = v.pipe(
  v.string(notAHost),
  v.check(isHost, notAHost),
  v.check(
    (host) => !isWildcardHost(host),
    ({ input }) =>
      `${
        show(input)
      } is not a host that neighbours can dial; give the server's own address here, ` +
      `and '--host ${input}' to the server to listen on all`,
  ),
);

const notAPort = ({ input }: { input: unknown }) => `${show(input)} is not a port (1 to 65535)`;
const PortSchema = v.pipe(
  v.number(notAPort),
  v.integer(notAPort),
  v.minValue(1, notAPort),
  v.maxValue(65535, notAPort),
);

const notALocation = ({ input }: { input: unknown }) =>
  `${show(input)} is not a location (such as "+34.07-118.44": degrees of latitude and longitude, ` +
  "both with a sign)";
const LocationSchema = v.pipe(
  v.string(notALocation),
  v.check(isLocation, notALocation),
  v.transform((text) => parseLocation(encode(text), 0, encode(text).length)),
);

function isLocation(text: string): boolean {
  const bytes = encode(text);
  return scanLocation(bytes, 0, bytes.length) === bytes.length;
}

const notAServer = ({ input }: { input: unknown }) =>
  `${
    show(input)
  } is not a server (an object with 'host', 'port' and perhaps 'http', 'link' and 'location')`;
const ServerSchema = object(
  {
    host: HostSchema,
    port: PortSchema,
    http: v.optional(PortSchema),
    location: v.optional(LocationSchema),
    link: v.optional(PortSchema),
  },
  notAServer,
);

// A map, because a record would drop a server with a name like "constructor".
const ServersSchema = v.pipe(
  v.custom<object>(isObject, ({ input }) => `${show(input)} is not an object of servers by name`),
  v.transform((servers) => new Map<string, unknown>(Object.entries(servers))),
  v.map(NameSchema, ServerSchema),
  v.minSize(1, "a herd has at least one server"),
);

const notALink = ({ input }: { input: unknown }) =>
  `${show(input)} is not a link (a pair of server names)`;
const LinkSchema = v.pipe(
  v.array(v.string(({ input }) => `${show(input)} is not a server name`), notALink),
  v.length(2, notALink),
  v.transform(([one, other]): Link => [one!, other!]),
);

const FolderSchema = v.pipe(
  v.string(({ input }) => `${show(input)} is not a folder's path`),
  v.minLength(1, "a folder's path is not empty"),
);

const TlsSchema = v.pipe(
  object(
    {
      certs: v.optional(FolderSchema, CERTS_FOLDER),
      clients: v.optional(v.boolean(({ input }) => `${show(input)} is not true or false`), false),
      http: v.optional(
        v.union(
          [v.boolean(), FolderSchema],
          ({ input }) => `${show(input)} is not true, false or the path of a folder`,
        ),
        false,
      ),
    },
    ({ input }) => `${show(input)} is not an object with some of 'certs', 'clients' and 'http'`,
  ),
  v.transform(({ certs, clients, http }): TlsEntry => {
    return { certs, clients, http: http === true ? certs : http === false ? undefined : http };
  }),
);

const TopologySchema = object(
  {
    herd: NameSchema,
    tls: v.optional(TlsSchema),
    backbone: v.optional(BackboneSchema),
    servers: ServersSchema,
    links: v.array(LinkSchema, ({ input }) => `${show(input)} is not an array of links`),
  },
  ({ input }) => `${show(input)} is not a topology (an object with 'herd', 'servers' and 'links')`,
);

function* addressProblems(servers: readonly ServerEntry[]): Generator<string> {
  const owners = new Map<string, string>();
  for (const { name, host, port, http, link } of servers) {
    for (const [key, number] of Object.entries({ port, http, link })) {
      if (number === undefined) continue;
      const path = formatPath(["servers", name, key]);
      const address = `${canonicalHost(host)} ${number}`;
      const owner = owners.get(address);
      if (owner) yield `${path}: ${formatAddress(host, number)} is already the address of ${owner}`;
      else owners.set(address, path);
    }
  }
}

/** In a herd with TLS all servers have a port for links, and in one without none has. */
function* tlsProblems(
  servers: readonly ServerEntry[],
  tls: TlsEntry | undefined,
): Generator<string> {
  for (const { name, link } of servers) {
    const path = formatPath(["servers", name]);
    if (tls === undefined) {
      if (link !== undefined) {
        yield `${path}.link: only a herd with 'tls' has ports for links alone`;
      }
      continue;
    }
    if (link === undefined) {
      yield `${path}.link: missing; with 'tls', links have a port of their own`;
    }
    if (name.toLowerCase() === "ca") {
      yield `${path}: with 'tls' no server can have this name: its certificate would be the CA's file`;
    }
  }
}

function* backboneProblems(
  servers: readonly ServerEntry[],
  backbone: BackboneEntry | undefined,
): Generator<string> {
  const names = new Set(servers.map((it) => it.name));
  for (const [index, name] of (backbone?.servers ?? []).entries()) {
    if (!names.has(name)) yield `backbone.servers[${index}]: ${unknownName(name, names)}`;
  }
}

function* linkProblems(
  servers: readonly ServerEntry[],
  links: readonly Link[],
): Generator<string> {
  const names = new Set(servers.map((it) => it.name));
  const seen = new Map<string, number>();
  for (const [index, link] of links.entries()) {
    const path = `links[${index}]`;
    const unknown = link.findIndex((name) => !names.has(name));
    if (unknown !== -1) {
      yield `${path}[${unknown}]: ${unknownName(link[unknown]!, names)}`;
      continue;
    }
    if (link[0] === link[1]) {
      yield `${path}: ${show(link[0])} is linked with itself`;
      continue;
    }
    // No name has a space.
    const key = [...link].sort().join(" ");
    const first = seen.get(key);
    if (first !== undefined) {
      yield `${path}: ${show(link)} is the same link as links[${first}]; a link serves both ways`;
    } else {
      seen.set(key, index);
    }
  }
}

function unknownName(name: string, names: ReadonlySet<string>): string {
  const meant = closest(name, names);
  return `no server is named ${show(name)}${meant ? `: did you mean '${meant}'?` : ""}`;
}

function unknownServer(topology: Topology, name: string): never {
  const names = [...topology.servers.keys()];
  const meant = closest(name, names);
  const some = names.slice(0, 20).join(", ") + (names.length > 20 ? ", ..." : "");
  throw new ConfigError(
    `No server of herd '${topology.herd}' is named '${name}'` +
      (meant ? `: did you mean '${meant}'? It has ${some}` : `: it has ${some}`),
  );
}
