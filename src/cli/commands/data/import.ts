// `herd import`: tells a herd the locations of a file.

import { reasonOf } from "../../../base/errors.ts";
import { TOKEN_VARIABLE } from "../../../http/token.ts";
import { readTopology } from "../../../topology/topology.ts";
import { httpPermissions } from "../../command/ask_permissions.ts";
import type { Context, Output } from "../../command/context.ts";
import { command } from "../../command/definition.ts";
import { Failure, UsageError } from "../../command/errors.ts";
import { TOPOLOGY_OPTION } from "../../command/topology_option.ts";
import { FORMATS } from "../../transfer/export_forms.ts";
import { HerdPort, httpServers } from "../../transfer/herd_port.ts";
import { Importer } from "../../transfer/import_locations.ts";
import { ProgressBar } from "../../transfer/progress_bar.ts";
import type { Reader } from "../../transfer/reader.ts";
import { formatOfName, formatOfText, readerOf, Source } from "../../transfer/source.ts";

/** Stands for standard input. */
const STANDARD_INPUT = "-";

/** `herd import <file>`. */
export default command({
  name: "import",
  summary: "Tell the herd the locations of a file",
  details: [
    "Tells one server, over its HTTP port, each location of the file, and another one where it fails. " +
    "A location has an id, a latitude, a longitude, and a time: POSIX seconds or RFC 3339; without one " +
    "it is of now. Ids are percent-encoded where they have '%', white space, or bytes that are not UTF-8.",
    "CSV names its columns in the first line: id, lat, lon and time, or other usual names of these. " +
    'Lines of JSON are {"id":"kiwi","lat":34.07,"lon":-118.45,"time":1520023934}, or Features. GeoJSON ' +
    "is a FeatureCollection of Points with an 'id', and if wanted a property 'time'. All else is ignored.",
    "An import may be run again, also one that was stopped: what is not newer than what the herd has " +
    "changes nothing. Only locations without a time are of now again. Exit status 1 if a location was " +
    "refused.",
  ],
  positionals: { file: { description: "The file; '-' for standard input" } },
  options: {
    topology: TOPOLOGY_OPTION,
    server: {
      kind: "string",
      placeholder: "name",
      description: "The server to tell; left out, the first one that answers",
    },
    format: {
      kind: "string",
      placeholder: "name",
      choices: FORMATS,
      description: "What the file is; left out, its name tells it, or its beginning",
    },
  },
  environment: { [TOKEN_VARIABLE]: "The token of the servers, if they ask for one" },
  examples: {
    "import clients.csv": "The locations of a table",
    "export | herd import --topology other.json -": "All of one herd in another",
  },
  async permissions({ topology: file, server, file: path }) {
    const topology = await readTopology(file);
    const needed = httpPermissions(file, { topology, servers: httpServers(topology, server) });
    return path === STANDARD_INPUT ? needed : { ...needed, read: [...needed.read, path] };
  },
  async run({ topology: file, server, file: path, format: given }, context) {
    const topology = await readTopology(file);
    const { clock, stderr } = context;
    const signal = context.stopSignal();
    const servers = httpServers(topology, server);
    using port = await HerdPort.open(topology, {
      servers,
      token: context.env(TOKEN_VARIABLE),
      clock,
    });
    const { stream, size } = await open(path, context.stdin);
    const source = new Source(stream, signal);
    const importer = new Importer(port);
    const bar = new ProgressBar(stderr, size, { nowMs: () => clock.monotonicMs(), print: inMb });
    const startMs = clock.monotonicMs();
    let reader: Reader | undefined;
    let end: unknown;
    try {
      for await (const piece of source.pieces()) {
        reader ??= await readerOf(given ?? formatOfName(path) ?? formatOfText(piece));
        for await (const told of reader.read(piece)) {
          const sent = importer.add(told);
          if (sent !== undefined) await sent;
        }
        bar.show(source.bytes, `${importer.counts.told} locations`);
      }
      if (reader !== undefined && !signal.aborted) {
        for await (const told of reader.end()) await importer.add(told);
      }
    } catch (error) {
      end = error;
    }
    // What was read before is told, unless it is the herd that failed.
    await importer.flush().catch((error) => end ??= error);
    bar.clear();
    const unit = reader?.unit ?? "line";
    tell(importer, { unit, seconds: (clock.monotonicMs() - startMs) / 1000, stderr });
    const { last, refused } = importer.counts;
    const again =
      `What is told is stored up to ${unit} ${last}: it may be run again from the start`;
    if (end !== undefined) {
      if (!(end instanceof Failure)) throw end;
      throw new Failure(`${end.message}\n${again}`);
    }
    if (signal.aborted) throw new Failure(`Stopped by ${signal.reason}. ${again}`);
    return refused === 0 ? 0 : 1;
  },
});

interface Opened {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** In bytes; undefined where it is not known. */
  readonly size: number | undefined;
}

async function open(path: string, stdin: Context["stdin"]): Promise<Opened> {
  if (path === STANDARD_INPUT) return { stream: stdin.readable, size: undefined };
  try {
    const { isDirectory, isFile, size } = await Deno.stat(path);
    if (isDirectory) throw new UsageError(`Cannot read '${path}': it is a folder`);
    const { readable } = await Deno.open(path);
    return { stream: readable, size: isFile ? size : undefined };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const reason = error instanceof Deno.errors.NotFound ? "no such file" : reasonOf(error);
    throw new UsageError(`Cannot read '${path}': ${reason}`);
  }
}

/** Tells the first refused locations, and what became of all. */
function tell(
  { counts, refused }: Importer,
  { unit, seconds, stderr }: {
    readonly unit: string;
    readonly seconds: number;
    readonly stderr: Output;
  },
): void {
  for (const { at, reason } of refused.toSorted((a, b) => a.at - b.at)) {
    stderr.write(`${unit} ${at}: ${reason}\n`);
  }
  const more = counts.refused - refused.length;
  if (more > 0) stderr.write(`and ${more} more were refused\n`);
  const { told, stored } = counts;
  const old = told - stored - counts.refused;
  const rate = seconds > 0 ? Math.round(told / seconds) : told;
  stderr.write(
    `${told} locations: ${stored} stored, ${old} not newer, ${counts.refused} refused; ` +
      `${seconds.toFixed(1)} s, ${rate} a second\n`,
  );
}

function inMb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
