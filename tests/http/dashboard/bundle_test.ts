// The bundled script of the dashboard is what its sources come to.

import { assertEquals } from "@std/assert";
import { testWith } from "../../support/test.ts";
import { temporaryFolder } from "../../support/files/temporary.ts";

const root = new URL("../../../", import.meta.url).pathname;

testWith("disk", "processes")(
  "deno task build-dashboard was run after the latest change",
  async () => {
    using folder = temporaryFolder();
    const output = `${folder.path}/app.js`;
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "bundle",
        "--quiet",
        "--platform=browser",
        "--minify",
        "--output",
        output,
        "src/http/dashboard/main.ts",
      ],
      cwd: root,
    }).output();
    assertEquals(success, true, new TextDecoder().decode(stderr));
    const bundled = await Deno.readTextFile(output);
    const committed = await Deno.readTextFile(`${root}src/http/dashboard/dist/app.js`);
    assertEquals(
      bundled === committed,
      true,
      "Run 'deno task build-dashboard' and commit its result",
    );
  },
);
