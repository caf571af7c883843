// `herd server`: one server of the herd, as this process.

import { TOKEN_VARIABLE } from "../../http/token.ts";
import { chooseProvider, type PlacesOptions } from "../../places/choose.ts";
import type { Clock } from "../../base/clock.ts";
import { ConfigError, reasonOf } from "../../base/errors.ts";
import type { PlacesProvider } from "../../places/provider.ts";
import { formatAddress } from "../../base/address.ts";
import { aborted, until } from "../../base/waiting.ts";
import { type HerdNode, startNode } from "../../server/node.ts";
import {
  GOOGLE_KEY_VARIABLE,
  NATS_CREDENTIALS_VARIABLE,
  permissionsFor,
  revocations,
} from "../../topology/permissions.ts";
import { closeUnused, type Storage } from "../../server/records/storage.ts";
import { readTopology } from "../../topology/topology.ts";
import { command } from "../command/definition.ts";
import { parseDuration } from "../command/duration.ts";
import { Failure } from "../command/errors.ts";
import { clientLimits, linkTimings, placesLimits } from "../server/limit_options.ts";
import { startLogging } from "../logging/logging.ts";
import { openBackbone } from "../server/open_backbone.ts";
import { httpSettings, openHttp } from "../server/open_http.ts";
import { openStorage } from "../server/open_storage.ts";
import { openTls } from "../server/open_tls.ts";
import { readSecrets, SECRET_VARIABLE } from "../server/secrets.ts";
import { SERVER_OPTIONS } from "../server/server_options.ts";
import { processTrace } from "../server/tracing.ts";

/** `herd server <name>`. */
export default command({
  name: "server",
  summary: "Run one server of the herd",
  details: [
    "Listens for clients and neighbours on the server's own address, follows its neighbours, and " +
    "gives up every permission that only other servers need. SIGINT or SIGTERM stops it within a " +
    "second: what is in hand is answered first.",
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
    const { name } = options;
    const topology = await readTopology(options.topology);
    const own = topology.server(name);
    const secrets = await readSecrets(topology, options.secretFile, context);
    const key = context.env(GOOGLE_KEY_VARIABLE);
    const choice = options.places ?? (key === undefined ? "gazetteer" : "google");
    const http = httpSettings(own, options, context);
    const trace = processTrace(choice);
    await using logging = startLogging({
      server: name,
      level: options.logLevel,
      format: options.logFormat,
      file: options.logFile,
    });
    const retainSeconds = options.retain === undefined ? undefined : parseDuration(options.retain);
    const tls = await openTls(topology, name, { host: options.host, log: logging.log });
    const backbone = await openBackbone(topology, options, retainSeconds, context);
    const places = await provider(choice, {
      apiKey: key,
      log: logging.log,
      limits: placesLimits(options),
      baseUrl: options.googleUrl,
    });
    const { clock } = context;
    const storage = await openStorage(options, {
      herd: topology.herd,
      server: name,
      retainSeconds,
      clock,
      log: logging.log,
    });
    const stop = context.stopSignal();
    await using node = await listen({
      herd: topology.herd,
      name,
      address: { hostname: options.host ?? own.host, port: options.port ?? own.port },
      neighbours: new Map(topology.neighbours(name).map((it) => [it, topology.linkAddress(it)])),
      places,
      log: logging.log,
      secrets,
      clock,
      storage,
      limits: clientLimits(options),
      timings: linkTimings(options),
      tls,
      backbone,
      retainSeconds,
      trace,
    });
    await using port = http === undefined ? undefined : await openHttp(node, topology, http);
    await giveUp(
      revocations(topology, name, { ...options, places: choice, topologyFile: options.topology }),
    );
    await until(aborted(stop));
    port?.endStreams();
    await node.stop();
    await port?.close();
    return 0;
  },
});

async function provider(choice: string, options: PlacesOptions): Promise<PlacesProvider> {
  try {
    return await chooseProvider(choice, options);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const hint = choice.startsWith("google") ? `; ${GOOGLE_KEY_VARIABLE} holds it` : "";
    throw new ConfigError(`${error.message}${hint}`, { cause: error });
  }
}

async function listen(
  options: Parameters<typeof startNode>[0] & { clock: Clock; storage: Storage },
): Promise<HerdNode> {
  try {
    return startNode(options);
  } catch (error) {
    await closeUnused(options.storage, options);
    const addresses = [
      options.address,
      ...options.tls === undefined ? [] : [options.tls.linkAddress],
    ];
    const where = addresses.map((it) => formatAddress(it.hostname, it.port)).join(" and ");
    if (error instanceof Deno.errors.AddrInUse) {
      throw new Failure(`Cannot listen on ${where}: another program does already`);
    }
    if (error instanceof Deno.errors.NotCapable) {
      throw new Failure(
        `Cannot listen on ${where}: this process was not granted it. ` +
          `'herd flags ${options.name}' prints the flags that it needs`,
      );
    }
    throw new Failure(`Cannot listen on ${where}: ${reasonOf(error)}`);
  }
}

async function giveUp(grants: readonly Deno.PermissionDescriptor[]): Promise<void> {
  for (const grant of grants) await Deno.permissions.revoke(grant);
}
