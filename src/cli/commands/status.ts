// `herd status`: the whole herd in one table, once or for as long as somebody looks.

import { aborted, after, until } from "../../base/waiting.ts";
import { TOKEN_VARIABLE } from "../../http/token.ts";
import { readTopology, type Topology } from "../../topology/topology.ts";
import { HttpAsker } from "../command/ask_http.ts";
import { command } from "../command/definition.ts";
import type { Context } from "../command/context.ts";
import { type HerdLook, LOOK_MS, lookAtHerd, lookTwice } from "../status/ask.ts";
import { formatHerd, isWell, syncOf } from "../status/table.ts";
import { httpPermissions } from "../command/ask_permissions.ts";
import { TOPOLOGY_OPTION } from "../command/topology_option.ts";

// The terminal's other screen without a cursor, and back (xterm's private modes 1049 and 25).
const ENTER_SCREEN = "\x1b[?1049h\x1b[?25l";
const LEAVE_SCREEN = "\x1b[?25h\x1b[?1049l";
const CLEAR_SCREEN = "\x1b[H\x1b[J";

/** `herd status`. */
export default command({
  name: "status",
  summary: "Show the whole herd: who is up, who has what, how links lag",
  details: [
    "Asks every server of the topology over its HTTP port. On a terminal the table is drawn anew " +
    "every second until Ctrl-C; otherwise it is printed once, after two looks a second apart. " +
    "Equal digests mean equal records.",
    "Behind a neighbour's name: by how many changes it is behind, and for how long; 'down' if its " +
    "news does not come, 'deaf' if it does not take ours.",
    "Printed once, it ends with 0 if all is well, and with 1 if a server is down, not ready or " +
    "degraded, or if records differ though nothing changes. 2 is wrong use.",
  ],
  options: {
    topology: TOPOLOGY_OPTION,
    once: { kind: "boolean", description: "Print the table once, on a terminal, too" },
    json: { kind: "boolean", description: "Print all that the servers say as one JSON text, once" },
  },
  environment: { [TOKEN_VARIABLE]: "The token of the servers, if they ask for one" },
  examples: {
    "status": "Watch the herd",
    "status --json": "For a script",
  },
  async permissions({ topology: file }) {
    const topology = await readTopology(file);
    return httpPermissions(file, { topology, servers: [...topology.servers.values()] });
  },
  async run({ topology: file, once, json }, context) {
    const topology = await readTopology(file);
    const { stdout, clock } = context;
    const asker = await HttpAsker.open(topology, { token: context.env(TOKEN_VARIABLE), clock });
    if (stdout.isTerminal && !once && !json) {
      await watch(topology, asker, context);
      return 0;
    }
    const [before, now] = await lookTwice(topology, asker, { clock, signal: context.stopSignal() });
    // A file or a pipe has no width.
    const output = {
      colour: stdout.colour,
      columns: stdout.isTerminal ? stdout.columns : Infinity,
    };
    stdout.write(json ? formatJson(before, now) : formatHerd(before, now, output));
    return isWell(before, now) ? 0 : 1;
  },
});

async function watch(
  topology: Topology,
  asker: HttpAsker,
  context: Context,
): Promise<void> {
  const { stdout, clock } = context;
  const stop = context.stopSignal();
  stdout.write(ENTER_SCREEN);
  let table = "";
  let before: HerdLook | undefined;
  while (!stop.aborted) {
    const now = await lookAtHerd(topology, asker);
    table = formatHerd(before, now, stdout);
    if (!stop.aborted) stdout.write(CLEAR_SCREEN + table);
    before = now;
    await until(after(clock, LOOK_MS), aborted(stop));
  }
  // What was seen last stays on the screen that one comes back to.
  stdout.write(LEAVE_SCREEN + table);
}

function formatJson(before: HerdLook, now: HerdLook): string {
  const { herd, atMs, servers } = now;
  const sync = syncOf(before, now);
  return JSON.stringify({ herd, at: new Date(atMs).toISOString(), sync, servers }, null, 2) + "\n";
}
