// `herd forget`: removes a client from the whole herd.

import { TOKEN_VARIABLE } from "../../http/token.ts";
import { readTopology, type ServerEntry, type Topology } from "../../topology/topology.ts";
import { HttpAsker } from "../command/ask_http.ts";
import { command } from "../command/definition.ts";
import { forgetClient } from "../command/forget_client.ts";
import { httpPermissions } from "../command/ask_permissions.ts";
import { TOPOLOGY_OPTION } from "../command/topology_option.ts";

/** `herd forget <client>`. */
export default command({
  name: "forget",
  summary: "Forget a client in the whole herd",
  details: [
    "Tells one server, over its HTTP port, to remove the client; the flood carries that to all " +
    "others, also to those that are away now, but for no longer than 30 days. The removal wins over " +
    "older news. Newer news brings the client back: whoever is to stay forgotten has to stop telling. " +
    "Exit status 1 if no server knows the client.",
    "Each server takes the client's location out of its file as well, within some seconds. Backups " +
    "are not changed.",
  ],
  positionals: {
    client: { description: "The client's id, as it is or percent-encoded as answers give it" },
  },
  options: {
    topology: TOPOLOGY_OPTION,
    server: {
      kind: "string",
      placeholder: "name",
      description: "The server to tell; left out, the first one that knows the client",
    },
  },
  environment: { [TOKEN_VARIABLE]: "The token of the servers, if they ask for one" },
  examples: { "forget kiwi.cs.ucla.edu": "Nobody knows where kiwi.cs.ucla.edu is" },
  async permissions({ topology: file, server }) {
    const topology = await readTopology(file);
    return httpPermissions(file, { topology, servers: asked(topology, server) });
  },
  async run({ client, topology: file, server }, context) {
    const topology = await readTopology(file);
    const { clock } = context;
    const asker = await HttpAsker.open(topology, { token: context.env(TOKEN_VARIABLE), clock });
    const name = await forgetClient(client, { servers: asked(topology, server), asker });
    context.stdout.write(`${name} forgot '${client}' and tells the others\n`);
    return 0;
  },
});

/** The servers to try, in their order. */
function asked(topology: Topology, name: string | undefined): readonly ServerEntry[] {
  return name === undefined ? [...topology.servers.values()] : [topology.server(name)];
}
