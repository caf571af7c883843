// `herd demo`: the main job of a herd, shown with real processes over real sockets. Every step is
// checked; one that does not hold ends the demo with what the servers said.

import { awaitedLater, inBackground } from "../../base/background.ts";
import { encode } from "../../base/bytes.ts";
import { formatAddress } from "../../base/address.ts";
import type { Clock } from "../../base/clock.ts";
import { reasonOf } from "../../base/errors.ts";
import { after, until } from "../../base/waiting.ts";
import { readTopology, type Topology } from "../../topology/topology.ts";
import { command } from "../command/definition.ts";
import { connectClient } from "../client/connect.ts";
import type { Context } from "../command/context.ts";
import { Failure } from "../command/errors.ts";
import { endProcess, readLog, spawnServer } from "../server/server_process.ts";
import { bold, dim } from "../command/style.ts";
import { linePermissions } from "../command/ask_permissions.ts";
import { TOPOLOGY_OPTION } from "../command/topology_option.ts";

const CLIENT = "kiwi.cs.ucla.edu";
const LOCATION = "+34.068930-118.445127";

/** Longest time that a server may take to listen, and news to travel, in milliseconds. */
const START_MS = 8_000;
const FLOOD_MS = 2_000;
const RETRY_MS = 20;

/** `herd demo`. */
export default command({
  name: "demo",
  summary: "Show the herd at work: five servers, one client, a few seconds",
  details: [
    "Starts every server of the topology as a process of its own, tells one of them where a client " +
    "is, and asks the server that is farthest away what is near that client. Stops everything and " +
    "exits with status 0 if every step held.",
  ],
  options: { topology: TOPOLOGY_OPTION },
  async permissions({ topology: file }) {
    const topology = await readTopology(file);
    const servers = [...topology.servers.values()];
    return { ...linePermissions(file, { topology, servers }), run: [Deno.execPath()] };
  },
  async run({ topology: topologyFile }, context) {
    const topology = await readTopology(topologyFile);
    await refuseOthers(topology);
    await using herd = new DemoHerd(topology, topologyFile);
    try {
      return await show(topology, herd, context);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      throw new Failure([error.message, ...herd.log].join("\n"));
    }
  },
});

/** Refuses ports that another herd answers on: its answers would be shown as the demo's own. */
async function refuseOthers({ servers }: Topology): Promise<void> {
  for (const [name, { host, port }] of servers) {
    try {
      (await Deno.connect({ hostname: host, port })).close();
    } catch {
      continue;
    }
    throw new Failure(
      `Cannot start ${name}: another program listens on ${formatAddress(host, port)}, such as ` +
        "'herd up'. Stop it, or give another --topology",
    );
  }
}

async function show(
  topology: Topology,
  herd: DemoHerd,
  { stdout, clock }: Context,
): Promise<number> {
  const caption = (text: string) => stdout.write(`\n${bold(text, stdout)}\n`);
  const line = (arrow: string, text: string) => stdout.write(`  ${dim(arrow, stdout)} ${text}\n`);
  const names = [...topology.servers.keys()];
  const told = names[0]!;
  const { name: asked, hops } = farthest(topology, told);

  const startedMs = clock.monotonicMs();
  await Promise.all(names.map((name) => herd.untilListening(name, clock)));
  caption(`${names.length} servers, each a process of its own: ${names.join(", ")}`);
  line("", `listening after ${Math.round(clock.monotonicMs() - startedMs)} ms`);

  caption(`A client tells ${told} where it is, and when that was`);
  const iamat = `IAMAT ${CLIENT} ${LOCATION} ${(Date.now() / 1000).toFixed(9)}`;
  line(">", iamat);
  const at = (await herd.ask(told, iamat)).trimEnd();
  line("<", at);
  const expected = new RegExp(
    `^AT ${told} [+-]\\d+\\.\\d{9} ${iamat.slice(6).replaceAll("+", "\\+")}$`,
  );
  if (!expected.test(at)) throw new Failure(`${told} did not answer with AT: '${at}'`);

  caption(
    `${asked}, ${hops} hops away, is asked what is within 10 km of the client, 3 places at most`,
  );
  const whatsat = `WHATSAT ${CLIENT} 10 3`;
  line(">", whatsat);
  const floodedMs = clock.monotonicMs();
  let answer = await herd.ask(asked, whatsat);
  while (answer.startsWith("? ") && clock.monotonicMs() - floodedMs < FLOOD_MS) {
    await until(after(clock, RETRY_MS));
    answer = await herd.ask(asked, whatsat);
  }
  for (const text of answer.trimEnd().split("\n")) line("<", text);
  const [head, ...json] = answer.split("\n");
  if (head !== at) throw new Failure(`${asked} did not give the AT line of ${told}: '${head}'`);
  const { status, results } = JSON.parse(json.join("\n"));
  if (status !== "OK" || results.length !== 3) {
    throw new Failure(`${asked} gave status '${status}' and ${results.length} places, not 3`);
  }

  caption("Anything out of form comes back behind a question mark");
  line(">", "WHEREIS kiwi");
  const refused = (await herd.ask(told, "WHEREIS kiwi")).trimEnd();
  line("<", refused);
  if (refused !== "? WHEREIS kiwi") throw new Failure(`${told} did not refuse: '${refused}'`);

  await herd.stop();
  caption("Everything held, and every server has stopped");
  return 0;
}

/** The servers of the demo. */
class DemoHerd implements AsyncDisposable {
  /** The log of all servers, each line behind its server's name. */
  readonly log: string[] = [];
  readonly #topology: Topology;
  readonly #children: { name: string; child: Deno.ChildProcess; logged: Promise<void> }[] = [];

  constructor(topology: Topology, topologyFile: string) {
    this.#topology = topology;
    const options = {
      topology: topologyFile,
      places: "gazetteer",
      durability: "none",
      logLevel: "warn",
    } as const;
    for (const name of topology.servers.keys()) {
      const child = spawnServer(name, { topology, options });
      const logged = awaitedLater(readLog(child, (line) => this.log.push(`${name}: ${line}`)));
      this.#children.push({ name, child, logged });
    }
  }

  /** Waits until a server takes connections. */
  async untilListening(name: string, clock: Clock): Promise<void> {
    const { child, logged } = this.#children.find((it) => it.name === name)!;
    let ended: Deno.CommandStatus | undefined;
    inBackground(child.status.then((status) => ended = status));
    const deadlineMs = clock.monotonicMs() + START_MS;
    for (;;) {
      if (ended !== undefined) {
        await logged;
        throw new Failure(`${name} did not start: it ended with status ${ended.code}`);
      }
      try {
        (await this.#connect(name)).close();
        return;
      } catch (error) {
        if (clock.monotonicMs() > deadlineMs) {
          const reason = `${name} cannot be reached after ${START_MS} ms: ${reasonOf(error)}`;
          throw new Failure(reason, { cause: error });
        }
        await until(after(clock, RETRY_MS));
      }
    }
  }

  /** Sends one line on a connection of its own and gives all that comes back. */
  async ask(name: string, line: string): Promise<string> {
    using connection = await this.#connect(name);
    await connection.write(encode(`${line}\n`));
    await connection.closeWrite();
    return await new Response(connection.readable).text();
  }

  /** Ends every server. */
  async stop(): Promise<void> {
    const statuses = await Promise.all(this.#children.map(async ({ name, child, logged }) => {
      const status = await endProcess(child);
      await logged;
      return { name, code: status.code };
    }));
    this.#children.length = 0;
    const failed = statuses.find(({ code }) => code !== 0);
    if (failed) throw new Failure(`${failed.name} stopped with status ${failed.code}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#children.map(({ child, logged }) => {
      return Promise.all([endProcess(child), logged]);
    }));
  }

  #connect(name: string): Promise<Deno.TcpConn | Deno.TlsConn> {
    return connectClient(this.#topology, name);
  }
}

/** The server with the most hops from `from`, by breadth-first search. */
function farthest(topology: Topology, from: string): { name: string; hops: number } {
  const hops = new Map([[from, 0]]);
  const queue = [from];
  for (const name of queue) {
    for (const next of topology.neighbours(name)) {
      if (hops.has(next)) continue;
      hops.set(next, hops.get(name)! + 1);
      queue.push(next);
    }
  }
  const name = queue.at(-1)!;
  return { name, hops: hops.get(name)! };
}
