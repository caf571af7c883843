// The prompt's words for the whole herd, over the HTTP ports of its servers.

import { TOKEN_VARIABLE } from "../../http/token.ts";
import type { Topology } from "../../topology/topology.ts";
import { HttpAsker } from "../command/ask_http.ts";
import type { Context } from "../command/context.ts";
import { forgetClient } from "../command/forget_client.ts";
import { lookTwice } from "../status/ask.ts";
import { formatHerd } from "../status/table.ts";
import type { HerdWords } from "./prompt.ts";

/** The words `status` and `forget`, for the herd of a topology. */
export function herdWords(
  topology: Topology,
  { env, clock }: Pick<Context, "env" | "clock">,
): HerdWords {
  const openAsker = () => HttpAsker.open(topology, { token: env(TOKEN_VARIABLE), clock });
  return {
    async status(output) {
      const [before, now] = await lookTwice(topology, await openAsker(), { clock });
      return formatHerd(before, now, output);
    },
    async forget(client) {
      const servers = [...topology.servers.values()];
      const name = await forgetClient(client, { servers, asker: await openAsker() });
      return `${name} forgot '${client}' and tells the others\n`;
    },
  };
}
