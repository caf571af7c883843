// `herd flags`: what a server may touch, as flags of `deno run`.

import { permissionsFor, permissionsForAll, toFlags } from "../../topology/permissions.ts";
import { readTopology } from "../../topology/topology.ts";
import { command } from "../command/definition.ts";
import { UsageError } from "../command/errors.ts";
import { shellQuoted } from "../command/shell.ts";
import { SERVER_OPTIONS } from "../server/server_options.ts";

/** `herd flags [name]`. */
export default command({
  name: "flags",
  summary: "Print the exact permissions that a server needs",
  details: [
    "Prints the --allow-* flags with which 'deno run' starts a server that can listen on its own " +
    "address, dial its neighbours and its source of places, use its own data folder and read its " +
    "own variables, and nothing else. Give the options that the server will be given.",
    "One flag a line, so that it goes into a command as $(herd flags Goloman) or into a unit file.",
    "A flag with a space or another character of the shell's is in quotes, which eval takes: " +
    "eval \"deno run $(herd flags Goloman --data-dir 'my data' | tr '\\n' ' ') main.ts " +
    "server Goloman --data-dir 'my data'\"",
  ],
  positionals: {
    name: { description: "The server, unless --all is given", optional: true },
  },
  options: {
    all: {
      kind: "boolean",
      description: "For whichever server of the herd, as the task 'server' in deno.json has them",
    },
    ...SERVER_OPTIONS,
  },
  examples: {
    "flags Goloman": "What Goloman needs",
    "flags --all --places gazetteer": "What any server needs, without an upstream",
  },
  async run({ name, all, topology: file, ...options }, { stdout }) {
    if (all === (name !== undefined)) {
      throw new UsageError("Give either the name of a server or --all. Run 'herd flags --help'");
    }
    const topology = await readTopology(file);
    const start = { topologyFile: file, ...options };
    const permissions = name === undefined
      ? permissionsForAll(topology, start)
      : permissionsFor(topology, name, start);
    stdout.write(toFlags(permissions).map((it) => `${shellQuoted(it)}\n`).join(""));
    return 0;
  },
});
