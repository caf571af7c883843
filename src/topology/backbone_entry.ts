// The backbone as a topology file has it: where NATS is, and which servers are on it.

import * as v from "valibot";
import { isHost, isLoopbackHost, isWildcardHost } from "../base/address.ts";
import { object, show } from "./schema.ts";

/** Address of a NATS server. */
export interface NatsAddress {
  /** A host name or an IP address; IPv6 without brackets. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** The message system that servers share. */
export interface BackboneEntry {
  /** The servers of one NATS system, at least one: any of them will do. */
  readonly nats: readonly NatsAddress[];
  /** True if servers insist on TLS: all addresses have the scheme `tls`. */
  readonly isTls: boolean;
  /** True if NATS is on loopback, where no stranger can reach it. */
  readonly isLoopback: boolean;
  /** Names of the servers that are on it; undefined for all. */
  readonly servers: readonly string[] | undefined;
  /** Copies of the stream, if a server has to make it: 1, 3 or 5. */
  readonly replicas: number;
}

/** The port of NATS. */
const DEFAULT_PORT = 4222;

const COPIES = [1, 3, 5] as const;

const notNats = ({ input }: { input: unknown }) =>
  HAS_CREDENTIALS.test(String(input))
    ? "a topology must not have credentials in it: give them to each server"
    : `${show(input)} is not the address of a NATS server ` +
      '(such as "nats://127.0.0.1:4222", or "tls://")';

const HAS_CREDENTIALS = /^\w+:\/\/[^/]*@/;

const NatsUrlSchema = v.pipe(
  v.string(notNats),
  v.check((text) => parseNatsUrl(text) !== undefined, notNats),
  v.transform((text) => parseNatsUrl(text)!),
);

const NatsUrlsSchema = v.pipe(
  v.custom<string | string[]>((it) => typeof it === "string" || Array.isArray(it), notNats),
  v.transform((it) => typeof it === "string" ? [it] : it),
  v.array(NatsUrlSchema),
  v.minLength(1, "a backbone has at least one NATS server"),
  v.check(
    (urls) => urls.every((it) => it.isTls === urls[0]!.isTls),
    "all servers have the same scheme, 'nats' or 'tls'",
  ),
);

/** Turns the value of the key `backbone` into an entry. */
export const BackboneSchema = v.pipe(
  object(
    {
      nats: NatsUrlsSchema,
      servers: v.optional(v.pipe(
        v.array(
          v.string(({ input }) => `${show(input)} is not a server name`),
          ({ input }) => `${show(input)} is not an array of server names`,
        ),
        v.minLength(1, "a backbone has at least one server on it"),
      )),
      replicas: v.optional(
        v.picklist(COPIES, ({ input }) => `${show(input)} is not a number of copies (1, 3 or 5)`),
        1,
      ),
    },
    ({ input }) => `${show(input)} is not a backbone (an object with 'nats')`,
  ),
  v.transform(({ nats, servers, replicas }): BackboneEntry => ({
    nats: nats.map(({ host, port }) => ({ host, port })),
    isTls: nats[0]!.isTls,
    isLoopback: nats.every((it) => isLoopbackHost(it.host)),
    servers,
    replicas,
  })),
);

function parseNatsUrl(text: string): NatsAddress & { isTls: boolean } | undefined {
  const [, scheme, bracketed, plain, digits] =
    /^(nats|tls):\/\/(?:\[([^\]]*)\]|([^:\/\[\]]*))(?::(\d{1,5}))?\/?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = digits === undefined ? DEFAULT_PORT : Number(digits);
  if (host === undefined || !isHost(host) || isWildcardHost(host)) return undefined;
  if (bracketed !== undefined && !bracketed.includes(":")) return undefined;
  return port >= 1 && port <= 65535 ? { host, port, isTls: scheme === "tls" } : undefined;
}
