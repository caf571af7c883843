// `herd install`: a script that runs this program from any folder, under the name that hints use.

import { reasonOf } from "../../base/errors.ts";
import { command } from "../command/definition.ts";
import { Failure } from "../command/errors.ts";
import { shellQuoted } from "../command/shell.ts";

/** The second line of the script, by which a later installation knows that it may replace it. */
const MARK = "# Runs Herd. Made by 'deno task install'.";

/** `herd install`. */
export default command({
  name: "install",
  summary: "Put 'herd' on the path",
  details: [
    "Writes a script 'herd' that runs this program where it lies now, with what it takes to read a " +
    "topology and to start itself with the permissions that a command needs. It replaces an older " +
    "one and nothing else. To uninstall, remove the script.",
  ],
  options: {
    bin: {
      kind: "string",
      placeholder: "folder",
      description: "Where the script goes; the task gives ~/.local/bin",
      default: ".",
    },
  },
  examples: { "install --bin /usr/local/bin": "For all users of this machine" },
  permissions({ bin }) {
    return { read: [bin], write: [bin], env: ["PATH"] };
  },
  async run({ bin }, { stdout, env }) {
    const path = `${bin}/herd`;
    try {
      await Deno.mkdir(bin, { recursive: true });
      await refuseOther(path);
      await Deno.writeTextFile(path, script());
      await Deno.chmod(path, 0o755);
    } catch (error) {
      if (error instanceof Failure) throw error;
      throw new Failure(`Cannot write '${path}': ${reasonOf(error)}`, { cause: error });
    }
    stdout.write(`${path} runs ${decodeURIComponent(new URL(Deno.mainModule).pathname)}\n`);
    const folder = await Deno.realPath(bin);
    if (!(env("PATH") ?? "").split(":").includes(folder)) {
      stdout.write(`Add it to the path: export PATH="${folder}:$PATH"\n`);
    }
    return 0;
  },
});

/** A file of the same name may be anybody's. */
async function refuseOther(path: string): Promise<void> {
  try {
    if ((await Deno.readTextFile(path)).includes(MARK)) return;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  throw new Failure(`'${path}' is another program. Move it away, or give another --bin`);
}

function script(): string {
  const deno = shellQuoted(Deno.execPath());
  const main = shellQuoted(decodeURIComponent(new URL(Deno.mainModule).pathname));
  return `#!/bin/sh\n${MARK}\n` +
    `exec ${deno} run --quiet --no-prompt --allow-read --allow-run=${deno} ${main} "$@"\n`;
}
