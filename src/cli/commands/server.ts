// `herd server`: one server of the herd, as this process.

import { inBackground } from "../../base/background.ts";
import { aborted, until } from "../../base/waiting.ts";
import { TOKEN_KEY_VARIABLE, TOKEN_VARIABLE } from "../../http/token.ts";
import {
  GOOGLE_KEY_VARIABLE,
  NATS_CREDENTIALS_VARIABLE,
  permissionsFor,
  revocations,
} from "../../topology/permissions.ts";
import { makeDoors } from "../../server/doors.ts";
import { startNode } from "../../server/node.ts";
import { readTopology } from "../../topology/topology.ts";
import { command } from "../command/definition.ts";
import { startLogging } from "../logging/logging.ts";
import { BUG_STATUS, watchForBugs } from "../server/bugs.ts";
import { fitToDescriptors } from "../server/descriptors.ts";
import { clientLimits } from "../server/limit_options.ts";
import { openHttp, openHttpTls } from "../server/open_http.ts";
import { listen, loadRecords, nodeOptions, openServices } from "../server/open_node.ts";
import { SECRET_VARIABLE } from "../server/secrets.ts";
import { SERVER_OPTIONS } from "../server/server_options.ts";
import { readSetup, type ServerSetup } from "../server/server_setup.ts";

const MIB = 1024 * 1024;

/** `herd server <name>`. */
export default command({
  name: "server",
  summary: "Run one server of the herd",
  details: [
    "Listens for clients and neighbours on the server's own address, follows its neighbours, and " +
    "gives up every permission that only other servers need. SIGINT or SIGTERM stops it within a " +
    "second: what is in hand is answered first. So does SIGHUP; with --log-file it opens the log " +
    "file anew instead, and takes certificates and a file of places that have changed.",
    "Limits keep clients from harming each other and the server. That of a line, 4,096 bytes, is " +
    "the protocol's and fixed.",
  ],
  positionals: { name: { description: "The server's name in the topology" } },
  options: SERVER_OPTIONS,
  environment: {
    [SECRET_VARIABLE]: "The herd's secret, at least 32 bytes; several, separated by white space, " +
      "are all accepted and the first one is used",
    [GOOGLE_KEY_VARIABLE]: "The key for Google's places",
    [NATS_CREDENTIALS_VARIABLE]:
      "How the server proves itself to NATS, if it is on a backbone: a " +
      "credentials file's contents, an NKey's seed, user:password, or a token",
    [TOKEN_VARIABLE]: "The token that HTTP asks for, at least 16 characters; without one HTTP is " +
      "for this machine alone",
    [TOKEN_KEY_VARIABLE]:
      "The key of the tokens that 'herd token' makes, at least 32 bytes; several, " +
      "separated by white space, are all accepted and the first one signs",
    OTEL_DENO: "With 'true', metrics and traces go to the collector of OTEL_EXPORTER_OTLP_ENDPOINT",
  },
  examples: {
    "server Goloman": "Goloman of topology.json",
    "server Goloman --log-level debug": "The same, with every line in and out",
  },
  async permissions({ name, topology: topologyFile, ...options }) {
    return permissionsFor(await readTopology(topologyFile), name, { topologyFile, ...options });
  },
  async run(options, context) {
    const setup = await readSetup(options, context);
    await using logging = startLogging({
      server: setup.name,
      clock: context.clock,
      level: options.logLevel,
      format: options.logFormat,
      file: options.logFile,
      rotation: { maxBytes: options.logFileSize * MIB, backups: options.logFiles },
    });
    const onRenewal = (renew: () => void) =>
      options.logFile === undefined ? undefined : context.onHangUp(renew);
    using _reopening = onRenewal(() => logging.reopen());
    using bugs = watchForBugs(logging.log, context);
    const stop = context.stopSignal();
    const { log } = logging;
    using httpTls = await openHttpTls(setup, log);
    const doors = makeDoors({ clock: context.clock, log, limits: clientLimits(options) });
    const services = await openServices(setup, log);
    using listeners = listen(setup, services.tls);
    await using http = await openHttp(doors, setup, httpTls);
    const signal = AbortSignal.any([stop, bugs.signal]);
    const storage = await loadRecords(setup, { doors, signal });
    if (storage === undefined) return bugs.signal.aborted ? BUG_STATUS : 0;
    await using node = startNode(nodeOptions(setup, { services, listeners, doors, storage }));
    http?.serve(node);
    using _renewing = onRenewal(() => {
      node.renew();
      httpTls?.renew();
    });
    await giveUpPermissions(setup);
    const connections = () => node.status.clients.connections + (http?.status.connections ?? 0);
    inBackground(fitToDescriptors(node, setup, { connections, stop }));
    await until(aborted(signal));
    http?.endStreams();
    await node.stop();
    await http?.close();
    return bugs.signal.aborted ? BUG_STATUS : 0;
  },
});

/** Abandons what only other servers of the topology need. */
async function giveUpPermissions({ name, topology, options, placesSource }: ServerSetup) {
  const grants = revocations(topology, name, {
    ...options,
    places: placesSource,
    topologyFile: options.topology,
  });
  for (const grant of grants) await Deno.permissions.revoke(grant);
}
