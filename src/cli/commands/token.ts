// `herd token`: makes a token that may do some things for some clients, and shows one.

import { decode } from "../../base/bytes.ts";
import { ConfigError } from "../../base/errors.ts";
import { TOKEN_KEY_VARIABLE } from "../../http/token.ts";
import { parseScopes, parseSubject, SCOPES, SUBJECT_FORM } from "../../server/tokens/grant.ts";
import {
  MAX_TOKEN_CHARACTERS,
  MIN_TOKEN_KEY_BYTES,
  type TokenKeys,
  unverifiedClaims,
} from "../../server/tokens/token_keys.ts";
import { readTopology, type ServerEntry, type Topology } from "../../topology/topology.ts";
import type { Context } from "../command/context.ts";
import { command } from "../command/definition.ts";
import { parseDuration } from "../command/duration.ts";
import { UsageError } from "../command/errors.ts";
import { TOPOLOGY_OPTION } from "../command/topology_option.ts";
import { readTokenKeys } from "../server/secrets.ts";
import { SERVER_OPTIONS } from "../server/server_options.ts";
import { appSetup } from "../token/app_setup.ts";

/** `herd token <subject>`. */
export default command({
  name: "token",
  summary: "Make a token for some clients, or show one",
  details: [
    "A token is for the clients of its subject: " + SUBJECT_FORM + ". Its scopes say what it " +
    "may do: 'read' where they are, 'tell' it, 'forget' them, or read the servers' 'status'. It is " +
    "signed with the key of the servers, and good until it expires or that key is changed: a single " +
    "token cannot be revoked.",
    "Prints the token alone on standard output, and on standard error what to enter in phone apps. " +
    "With --show it reads a token from standard input, and says what it is: exit status 1 if it is " +
    "not good now.",
  ],
  positionals: {
    subject: { description: `The clients: ${SUBJECT_FORM}`, optional: true },
  },
  options: {
    topology: TOPOLOGY_OPTION,
    scopes: {
      kind: "string",
      placeholder: "scopes",
      default: "tell",
      description: `What it may do, of ${SCOPES.join(", ")}, with commas between`,
    },
    for: {
      kind: "string",
      placeholder: "time",
      default: "365d",
      description: "How long it is good, such as 30d or 12h",
    },
    server: {
      kind: "string",
      placeholder: "name",
      description: "The server that phones report to; left out, the first one with an HTTP port",
    },
    tokenKeyFile: SERVER_OPTIONS.tokenKeyFile,
    show: { kind: "boolean", description: "Show the token on standard input" },
  },
  environment: {
    [TOKEN_KEY_VARIABLE]:
      `The servers' key, at least ${MIN_TOKEN_KEY_BYTES} bytes; of several the ` +
      "first one signs",
  },
  examples: {
    "token kiwi": "One with which a phone may tell where 'kiwi' is, for a year",
    "token 'fleet%2F*' --scopes read --for 12h": "One that may read all clients of 'fleet/'",
    "token --show < kiwi.token": "What a token may do, and until when",
  },
  permissions({ topology, tokenKeyFile }) {
    const files = tokenKeyFile === undefined ? [] : [tokenKeyFile];
    return { read: [topology, ...files], env: [TOKEN_KEY_VARIABLE] };
  },
  async run({ subject, topology: file, show, tokenKeyFile, server, ...options }, context) {
    const keys = await readTokenKeys({ file: tokenKeyFile, shared: [] }, context);
    if (!keys.hasKey) {
      throw new ConfigError(
        `Cannot use tokens without the servers' key: set ${TOKEN_KEY_VARIABLE} or give ` +
          "--token-key-file. 'openssl rand -hex 32' makes one",
      );
    }
    if (show !== (subject === undefined)) {
      throw new UsageError("Give either a subject or --show. Run 'herd token --help'");
    }
    if (subject === undefined) return await showToken(keys, context);
    const topology = await readTopology(file);
    const entry = serverOf(topology, server);
    const scopes = parseScopes(options.scopes.replaceAll(",", " "));
    const unknown = options.scopes.split(",").find((it) => !SCOPES.some((scope) => scope === it));
    if (unknown !== undefined) {
      throw new UsageError(`There is no scope '${unknown}': there are ${SCOPES.join(", ")}`);
    }
    if (parseSubject(subject) === undefined) {
      throw new UsageError(`Cannot use '${subject}' as a subject: it is ${SUBJECT_FORM}`);
    }
    const token = await keys.sign({ subject, scopes, seconds: parseDuration(options.for) });
    if (token.length > MAX_TOKEN_CHARACTERS) throw new UsageError("The subject is too long");
    context.stdout.write(`${token}\n`);
    const { http } = entry ?? {};
    if (entry !== undefined && http !== undefined && scopes.includes("tell")) {
      const isTls = topology.tls?.http !== undefined;
      context.stderr.write(appSetup({ server: { ...entry, http }, isTls, token, subject }));
    }
    return 0;
  },
});

/** The server that phones report to; undefined if none has an HTTP port. */
function serverOf(topology: Topology, name: string | undefined): ServerEntry | undefined {
  if (name !== undefined) return topology.server(name);
  return [...topology.servers.values()].find((it) => it.http !== undefined);
}

async function showToken(keys: TokenKeys, { stdin, stdout }: Context): Promise<number> {
  let text = "";
  for await (const piece of stdin.readable) {
    text += decode(piece);
    if (text.length > 2 * MAX_TOKEN_CHARACTERS) break;
  }
  const token = text.trim();
  const claims = unverifiedClaims(token);
  if (claims === undefined) throw new UsageError("That is no token");
  const [grant, signer] = [await keys.verify(token), await keys.signerOf(token)];
  const time = (seconds: unknown) => {
    const date = new Date(Number(seconds) * 1000);
    return Number.isNaN(date.getTime()) ? shown(seconds) : date.toISOString();
  };
  const lines = [
    ["subject", shown(claims.sub)],
    ["scopes", shown(claims.scope)],
    ["expires", time(claims.exp)],
    ["id", shown(claims.jti)],
    ["signed with", signer < 0 ? "none of the keys" : `key ${signer + 1}`],
    ["good now", grant === undefined ? "no" : "yes"],
  ];
  stdout.write(lines.map(([name, it]) => `${name!.padEnd(12)}${it}\n`).join(""));
  return grant === undefined ? 1 : 0;
}

/** A claim's value as text, whatever it holds: anybody may have written it. */
function shown(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value) ?? "none";
  return text.replaceAll(/[^ -~]/g, "?");
}
