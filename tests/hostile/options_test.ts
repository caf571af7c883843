// That a server as a process obeys the options for its limits, and for a proxy in place of Google.

import { assertEquals, assertMatch } from "@std/assert";
import { exchange, readUntil, send } from "../support/herds/client.ts";
import { freePort } from "../support/processes/ports.ts";
import { testWith } from "../support/test.ts";
import { hanging, startPlacesUpstream, TEST_KEY } from "../support/fakes/places_upstream.ts";
import { connectTo, isClosed } from "../support/load/rude_client.ts";
import { temporaryFolder } from "../support/files/temporary.ts";
import { startVictim } from "./victim.ts";

testWith("linux", "sockets", "disk", "processes")(
  "herd server obeys the options for its limits and for a proxy in place of Google",
  async () => {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(temporaryFolder()).path;
    const upstream = stack.use(startPlacesUpstream());
    upstream.behave(hanging);
    const port = freePort();
    const topology = `${folder}/topology.json`;
    const servers = { Goloman: { host: "127.0.0.1", port } };
    await Deno.writeTextFile(topology, JSON.stringify({ herd: "test", servers, links: [] }));
    const limits = ["--max-connections", "1", "--max-clients", "1", "--first-line-timeout", "1"];
    const places = ["--places", "google", "--google-url", upstream.url, "--places-timeout", "1"];
    const args = [...limits, ...places];
    const env = { GOOGLE_PLACES_API_KEY: TEST_KEY };
    stack.use(await startVictim({ name: "Goloman", port, topology, folder, args, env }));
    {
      using silent = await connectTo(port);
      assertEquals(await isClosed(silent), true, "no line within a second");
    }
    using client = await connectTo(port);
    await send(client, "IAMAT one +34-118 1\nIAMAT two +34-118 1\n");
    assertMatch(await readUntil(client, "two +34-118 1\n"), /^AT [^]*\n\? IAMAT two \+34-118 1\n$/);
    assertEquals(await exchange(port, "hello\n").catch(() => ""), "", "one too many");
    await send(client, "WHATSAT one 10 5\n");
    const reply = await readUntil(client, "}\n\n");
    assertMatch(reply, /"error_message" : "The places service did not answer within 1 s"/);
    assertEquals(upstream.arrivals.length, 1);
  },
);
