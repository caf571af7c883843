// A server's places where the environment names a proxy.

import { assertEquals, assertRejects } from "@std/assert";
import { ConfigError } from "../../../src/base/errors.ts";
import { silentLog } from "../../../src/base/log.ts";
import { openPlaces } from "../../../src/cli/server/open_places.ts";
import { readSetup } from "../../../src/cli/server/server_setup.ts";
import { SERVER_OPTIONS } from "../../../src/cli/server/server_options.ts";
import { command } from "../../../src/cli/command/definition.ts";
import { TestContext } from "../../support/fakes/context.ts";
import { topologyFile } from "../../support/files/topology_file.ts";
import { testWith } from "../../support/test.ts";

const test = testWith("disk", "sockets");

/** Opens the places of a server with these options and variables; gives their name. */
async function open(args: string[], env: Record<string, string>): Promise<string> {
  using file = topologyFile({ Ann: { host: "127.0.0.1", port: 1 } });
  let name = "";
  const probe = command({
    name: "probe",
    summary: "",
    options: SERVER_OPTIONS,
    async run(options, context) {
      using places = await openPlaces(
        await readSetup({ name: "Ann", ...options }, context),
        silentLog,
      );
      name = places.name;
      return 0;
    },
  });
  const context = new TestContext({ env: { GOOGLE_PLACES_API_KEY: "none", ...env } });
  assertEquals(await probe.invoke(["--topology", file.path, ...args], context), 0);
  return name;
}

const GOOGLE = ["--places", "google"];
const OVERPASS = ["--places", "overpass:http://127.0.0.1:1"];
const PROXY = "http://127.0.0.1:2";

test("openPlaces() asks https through a proxy only when it is told to", async () => {
  for (const name of ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]) {
    await assertRejects(
      () => open(GOOGLE, { [name]: PROXY }),
      ConfigError,
      `past the proxy of ${name}: give --places-proxy to ask through it, or start without ${name}`,
    );
    assertEquals(await open([...GOOGLE, "--places-proxy"], { [name]: PROXY }), "google");
    assertEquals(await open(OVERPASS, { [name]: PROXY }), "overpass");
    assertEquals(await open(["--places", "gazetteer"], { [name]: PROXY }), "gazetteer");
  }
  assertEquals(await open(GOOGLE, { HTTP_PROXY: PROXY }), "google");
});
