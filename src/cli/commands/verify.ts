// `herd verify`: has servers look whether they lack records that their neighbours have.

import type { Verified } from "../../http/api/schemas.ts";
import { TOKEN_VARIABLE } from "../../http/token.ts";
import { readTopology, type ServerEntry, type Topology } from "../../topology/topology.ts";
import { HttpAsker } from "../command/ask_http.ts";
import { httpPermissions } from "../command/ask_permissions.ts";
import { command } from "../command/definition.ts";
import { Failure } from "../command/errors.ts";
import { TOPOLOGY_OPTION } from "../command/topology_option.ts";

/** `herd verify`. */
export default command({
  name: "verify",
  summary: "Have servers look for records that they lack",
  details: [
    "Asks each server, over its HTTP port, to compare its records with those of its neighbours. What " +
    "it lacks without a reason is sent to it, counted, and logged as an error. Servers do the same by " +
    "themselves, as often as --verify-every says.",
    "Exit status 1 if a record was missing, or a server or neighbour could not be compared with.",
  ],
  options: {
    topology: TOPOLOGY_OPTION,
    server: {
      kind: "string",
      placeholder: "name",
      description: "The server to ask; left out, all that have an HTTP port",
    },
  },
  environment: { [TOKEN_VARIABLE]: "The token of the servers, if they ask for one" },
  examples: { "verify": "No server lacks anything that a neighbour has" },
  async permissions({ topology: file, server }) {
    const topology = await readTopology(file);
    return httpPermissions(file, { topology, servers: asked(topology, server) });
  },
  async run({ topology: file, server }, context) {
    const topology = await readTopology(file);
    const { clock, stdout } = context;
    const servers = asked(topology, server);
    if (servers.length === 0) throw new Failure("No server has an HTTP port to be asked at");
    const asker = await HttpAsker.open(topology, { token: context.env(TOKEN_VARIABLE), clock });
    let isWell = true;
    for (const it of servers) {
      const answer = await asker.ask<Verified>(it, "/v1/verify", "POST");
      if (typeof answer === "string") {
        isWell = false;
        stdout.write(`${it.name}: ${answer}\n`);
        continue;
      }
      for (const { name, mended } of answer.neighbours) {
        isWell &&= mended === 0;
        stdout.write(`${it.name} ${found(name, mended)}\n`);
      }
    }
    return isWell ? 0 : 1;
  },
});

/** A server's findings by one neighbour. */
function found(neighbour: string, mended: number | null): string {
  if (mended === null) return `could not compare with ${neighbour}`;
  if (mended === 0) return `lacks nothing that ${neighbour} has`;
  return `lacked ${mended} ${mended === 1 ? "record" : "records"} that ${neighbour} has: sent now`;
}

/** The servers to ask, in their order. */
function asked(topology: Topology, name: string | undefined): readonly ServerEntry[] {
  if (name !== undefined) return [topology.server(name)];
  return [...topology.servers.values()].filter((it) => it.http !== undefined);
}
