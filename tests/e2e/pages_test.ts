// The commands that pages show, those in blocks marked `sh run`: run as they stand, in a copy of the
// project with other ports, beside its running herd.

import { assert, assertEquals } from "@std/assert";
import { temporaryFolder } from "../support/files/temporary.ts";
import { freePort } from "../support/processes/ports.ts";
import { testWith } from "../support/test.ts";
import { until, within } from "../support/waiting.ts";

const test = testWith("sockets", "disk", "processes", "linux");

const root = new URL("../../", import.meta.url).pathname;
const COPIED = ["src", "main.ts", "deno.json", "deno.lock", "topology.json", "tests/std"];

/** Ports that the pages and the sample's topology name. */
const PORT = /\b1[235][01]0\d\b/g;

/** The longest that a block may take, in milliseconds. */
const BLOCK_MS = 60_000;

/** Pages with marked blocks; the herd of the sample runs for those of the first. */
const PAGES = {
  "README.md": { isBesideHerd: true, blocks: 2 },
  "src/http/README.md": { isBesideHerd: true, blocks: 1 },
  "src/server/README.md": { isBesideHerd: false, blocks: 2 },
};

/** A herd ends its start with how to stop it. */
const IS_UP = "Ctrl-C";

/** A block in which a herd that is started is stopped as soon as it is up, with what it said shown. */
function bounded(block: string): string {
  return block.replace(/^deno task up.*$/gm, (line) =>
    `${line} > up.log 2>&1 &
    for i in $(seq 300); do if grep -q ${IS_UP} up.log; then break; fi; kill -0 $! || break; sleep 0.1; done
    kill -INT $! || true; wait $! || true; cat up.log; grep -q ${IS_UP} up.log`);
}

for (const [page, { isBesideHerd, blocks }] of Object.entries(PAGES)) {
  test(`the commands of ${page} work`, async () => {
    using folder = temporaryFolder();
    const cwd = folder.path;
    const ports = new Map<string, string>();
    const ported = (text: string) =>
      text.replace(PORT, (it) => {
        if (!ports.has(it)) ports.set(it, String(freePort()));
        return ports.get(it)!;
      });
    const PATH = `${Deno.execPath().replace(/\/[^/]*$/, "")}:${Deno.env.get("PATH")}`;
    const run = async (script: string): Promise<string> => {
      const command = new Deno.Command("sh", {
        args: ["-ec", `{\n${script}\n} 2>&1`],
        cwd,
        env: { PATH },
      });
      const { code, stdout } = await within(command.output(), script, BLOCK_MS);
      const text = new TextDecoder().decode(stdout);
      assertEquals(code, 0, `${script}\n${text}`);
      return text;
    };
    await run(`(cd ${root} && tar -c ${COPIED.join(" ")}) | tar -x`);
    const topology = `${cwd}/topology.json`;
    Deno.writeTextFileSync(topology, ported(Deno.readTextFileSync(topology)));

    const found = [...Deno.readTextFileSync(root + page).matchAll(/^```sh run\n([^]*?)^```$/gm)];
    assertEquals(found.length, blocks);
    const log = `${cwd}/herd.log`;
    Deno.writeTextFileSync(log, "");
    const herd = isBesideHerd
      ? new Deno.Command("sh", {
        args: ["-c", `exec deno task up > ${log} 2>&1`],
        cwd,
        env: { PATH },
      })
        .spawn()
      : undefined;
    try {
      if (herd) {
        const said = () => Deno.readTextFileSync(log);
        await until(() => said().includes(IS_UP), BLOCK_MS).catch(() => assert(false, said()));
        // Its links come about a moment later.
        await run(
          "for i in $(seq 60); do if deno task -q status --once > /dev/null; then exit; fi; done; exit 1",
        );
      }
      for (const [, block] of found) {
        const text = await run(bounded(ported(block!)));
        // curl says nothing of an answer that is an error.
        assert(!/"status":[45]\d\d/.test(text), `${block}\n${text}`);
      }
    } finally {
      try {
        herd?.kill("SIGINT");
      } catch {
        // It has ended before.
      }
      await herd?.status;
    }
  });
}
