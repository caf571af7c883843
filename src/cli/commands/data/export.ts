// `herd export`: the clients that a herd knows, as a file.

import { reasonOf } from "../../../base/errors.ts";
import { TOKEN_VARIABLE } from "../../../http/token.ts";
import { readTopology } from "../../../topology/topology.ts";
import { httpPermissions } from "../../command/ask_permissions.ts";
import { command } from "../../command/definition.ts";
import { Failure, UsageError } from "../../command/errors.ts";
import { TOPOLOGY_OPTION } from "../../command/topology_option.ts";
import { exportClients } from "../../transfer/export_clients.ts";
import { FORMATS } from "../../transfer/export_forms.ts";
import { HerdPort, httpServers } from "../../transfer/herd_port.ts";
import { Sink } from "../../transfer/sink.ts";

/** `herd export`. */
export default command({
  name: "export",
  summary: "Write the clients that a herd knows to a file",
  details: [
    "Reads the clients of one server over its HTTP port, page by page, and writes of each its id, its " +
    "latitude and longitude, and its time, as 'herd import' takes them. A client that stands still " +
    "meanwhile is written once; one that moves is written again, the newest last.",
    "Ids are percent-encoded, so that each one fits, and times are POSIX seconds.",
  ],
  options: {
    topology: TOPOLOGY_OPTION,
    server: {
      kind: "string",
      placeholder: "name",
      description: "The server to ask; left out, the first one that answers",
    },
    format: {
      kind: "string",
      placeholder: "name",
      choices: FORMATS,
      default: FORMATS[0],
      description: "A client a line of JSON, CSV, or a FeatureCollection of Points",
    },
    output: {
      kind: "string",
      placeholder: "file",
      description: "The file to write, in place of standard output; it is there when all is in it",
    },
    bbox: {
      kind: "string",
      placeholder: "w,s,e,n",
      description: "Clients in a box alone: west, south, east and north in degrees",
    },
    near: {
      kind: "string",
      placeholder: "lat,lon",
      description: "Clients in a circle alone: its centre",
    },
    radius: {
      kind: "string",
      placeholder: "km",
      description: "The radius of that circle in kilometres; 10 when left out",
    },
    prefix: {
      kind: "string",
      placeholder: "text",
      description: "Clients whose ids begin so alone",
    },
  },
  environment: { [TOKEN_VARIABLE]: "The token of the servers, if they ask for one" },
  examples: {
    "export --output clients.ndjson": "All clients",
    "export --format geojson --bbox=-118.6,33.9,-118.2,34.2": "Those of Los Angeles, for a map",
  },
  async permissions({ topology: file, server, output }) {
    const topology = await readTopology(file);
    const needed = httpPermissions(file, { topology, servers: httpServers(topology, server) });
    const files = output === undefined ? [] : Sink.filesOf(output);
    return { ...needed, read: [...needed.read, ...files], write: files };
  },
  async run({ topology: file, server, output, format, ...wanted }, context) {
    if (wanted.bbox !== undefined && wanted.near !== undefined) {
      throw new UsageError("--bbox and --near do not go together: ask for a box or for a circle");
    }
    if (wanted.radius !== undefined && wanted.near === undefined) {
      throw new UsageError("--radius goes with --near, such as --near=34.07,-118.45");
    }
    const topology = await readTopology(file);
    const { clock, stderr, stdout } = context;
    const token = context.env(TOKEN_VARIABLE);
    const servers = httpServers(topology, server);
    using port = await HerdPort.open(topology, { servers, token, clock });
    const signal = context.stopSignal();
    await using sink = await openSink(output, stdout.writable);
    const write = (text: string) => sink.write(text);
    const count = await exportClients({ port, wanted, format, signal, write });
    if (signal.aborted) throw new Failure(`Stopped after ${count} clients: not all are written`);
    await sink.finish();
    if (output !== undefined) stderr.write(`${output}: ${count} clients from ${port.server}\n`);
    return 0;
  },
});

async function openSink(
  output: string | undefined,
  standard: WritableStream<Uint8Array<ArrayBuffer>>,
): Promise<Sink> {
  if (output === undefined) return Sink.to(standard);
  try {
    return await Sink.toFile(output);
  } catch (error) {
    throw new UsageError(`Cannot write '${output}': ${reasonOf(error)}`);
  }
}
