// `herd client`: talks to one server, for a person at a terminal or for a program through pipes.

import { dirname } from "node:path";
import { TOKEN_VARIABLE } from "../../http/token.ts";
import { formatAddress } from "../../base/address.ts";
import { ConfigError, reasonOf } from "../../base/errors.ts";
import { readTopology, type ServerEntry, type Topology } from "../../topology/topology.ts";
import { filter } from "../client/filter.ts";
import { History, HISTORY_VARIABLES, historyPath, STATE_VARIABLE } from "../client/history.ts";
import { httpTrust } from "../command/ask_http.ts";
import { command } from "../command/definition.ts";
import { connectClient } from "../client/connect.ts";
import type { Context } from "../command/context.ts";
import { Failure } from "../command/errors.ts";
import type { LineConnection } from "../client/socket_connection.ts";
import { httpPermissions, linePermissions } from "../command/ask_permissions.ts";
import { TOPOLOGY_OPTION } from "../command/topology_option.ts";

/** The variable that says what the terminal can do. */
const TERMINAL_VARIABLE = "TERM";

/** Longest time that a server may take to accept a connection, in milliseconds. */
const CONNECT_TIMEOUT_MS = 5_000;

/** `herd client <name>`. */
export default command({
  name: "client",
  summary: "Talk to a server, line by line or through pipes",
  details: [
    "On a terminal it is a prompt with history that shows what the server's answers mean. When " +
    "standard input or output is a pipe or a file, it is a filter: what comes in is sent as it is, " +
    "and every byte of the answers is written out, until all that was asked has been answered.",
    "When the server closes the connection, the prompt goes on with the next one of the topology and " +
    "says what was not answered; nothing is asked twice. A filter ends with 1.",
  ],
  positionals: { name: { description: "The server's name in the topology" } },
  options: {
    topology: TOPOLOGY_OPTION,
    raw: { kind: "boolean", description: "Be a filter on a terminal, too" },
    noHistory: {
      kind: "boolean",
      description: "Neither read nor keep what is typed at the prompt",
    },
    ws: { kind: "boolean", description: "Talk over a WebSocket of the server's HTTP port" },
  },
  environment: {
    [TOKEN_VARIABLE]: "The token that the HTTP ports ask for, if they do",
    [STATE_VARIABLE]: "Folder for herd/history with the last 1,000 lines; ~/.local/state if unset",
  },
  examples: {
    "client Goloman": "Talk to Goloman",
    "client Welsh < requests > replies": "Send a file of requests and keep the replies",
  },
  async permissions({ name, topology: file, raw, noHistory, ws }, context) {
    const topology = await readTopology(file);
    const servers = isPrompt(raw, context)
      ? [...topology.servers.values()]
      : [topology.server(name)];
    const needed = ws
      ? httpPermissions(file, { topology, servers })
      : linePermissions(file, { topology, servers });
    if (!isPrompt(raw, context)) return needed;
    // 'status' and 'forget' ask over HTTP, whatever the lines go over.
    const overHttp = httpPermissions(file, { topology, servers });
    const path = noHistory ? undefined : historyPath(context.env);
    const folders = path === undefined ? [] : [dirname(path)];
    return {
      net: union(needed.net, overHttp.net),
      read: union(needed.read, overHttp.read, folders),
      write: folders,
      env: union(needed.env, overHttp.env, [TERMINAL_VARIABLE, ...HISTORY_VARIABLES]),
    };
  },
  async run({ name, topology: file, raw, noHistory, ws }, context) {
    const topology = await readTopology(file);
    const dialOne = (name: string): Promise<LineConnection> => {
      const server = topology.server(name);
      return ws ? dialWebSocket(topology, server, context) : dial(topology, server);
    };
    using connection = await dialOne(name);
    if (isPrompt(raw, context)) {
      // Loaded only here, so that a filter does not wait for it.
      const { prompt } = await import("../client/prompt.ts");
      const { Conversation } = await import("../client/conversation.ts");
      const { herdWords } = await import("../client/herd_words.ts");
      const dialled = { names: [...topology.servers.keys()], dial: dialOne };
      using conversation = new Conversation(dialled, { name, connection });
      const history = new History(noHistory ? undefined : historyPath(context.env));
      const { stdout, env } = context;
      const herd = herdWords(topology, context);
      await prompt(conversation, { stdout, env, history, herd });
    } else {
      await filter(name, connection, context);
    }
    return 0;
  },
});

/** True if a person types and reads. */
function isPrompt(raw: boolean, { stdin, stdout }: Pick<Context, "stdin" | "stdout">): boolean {
  return stdin.isTerminal && stdout.isTerminal && !raw;
}

function union(...lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())];
}

/** Over a WebSocket; loaded only when asked for. */
async function dialWebSocket(
  topology: Topology,
  { name, host, http }: ServerEntry,
  context: Pick<Context, "env" | "clock">,
): Promise<LineConnection> {
  if (http === undefined) throw new ConfigError(`'${name}' has no HTTP port in the topology`);
  const { dialLineSocket } = await import("../client/socket_connection.ts");
  const trust = await httpTrust(topology);
  const signal = AbortSignal.timeout(CONNECT_TIMEOUT_MS);
  try {
    const options = { token: context.env(TOKEN_VARIABLE), clock: context.clock, signal };
    return await dialLineSocket({ host, port: http, trust }, options);
  } catch (error) {
    const reason = signal.aborted ? `no answer in ${CONNECT_TIMEOUT_MS / 1000} s` : reasonOf(error);
    throw new Failure(`Cannot reach '${name}' at ${formatAddress(host, http)}: ${reason}`);
  }
}

async function dial(
  topology: Topology,
  { name, host, port }: ServerEntry,
): Promise<Deno.TcpConn | Deno.TlsConn> {
  const signal = AbortSignal.timeout(CONNECT_TIMEOUT_MS);
  try {
    return await connectClient(topology, name, signal);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const where = `Cannot reach '${name}' at ${formatAddress(host, port)}`;
    if (error instanceof Deno.errors.ConnectionRefused) {
      throw new Failure(`${where}: nothing listens there. 'herd server ${name}' starts it`);
    }
    if (signal.aborted) throw new Failure(`${where}: no answer in ${CONNECT_TIMEOUT_MS / 1000} s`);
    throw new Failure(`${where}: ${reasonOf(error)}`);
  }
}
