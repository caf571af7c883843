// The greeting of `herd up` once its servers listen.

import { assertEquals } from "@std/assert";
import { greeting } from "../../../src/cli/status/greeting.ts";
import { parseTopology } from "../../../src/topology/topology.ts";

const ANN = { host: "127.0.0.1", port: 15_000, http: 15_100 };

Deno.test("greeting() has the servers, the page, how to talk and how to stop", () => {
  const topology = parseTopology(
    JSON.stringify({
      herd: "own",
      servers: { Ann: ANN, Bob: { host: "127.0.0.1", port: 15_001 } },
      links: [["Ann", "Bob"]],
    }),
  );
  assertEquals(
    greeting(topology, "topology.json"),
    `
2 servers are up: Ann, Bob
  page    http://127.0.0.1:15100
  talk    deno task client Ann, or nc 127.0.0.1 15000
  watch   deno task status
  stop    Ctrl-C

`,
  );
});

Deno.test("greeting() names the topology that commands need, and no page where there is none", () => {
  const topology = parseTopology(
    JSON.stringify({ herd: "own", servers: { Ann: { host: "::1", port: 15_000 } }, links: [] }),
  );
  assertEquals(
    greeting(topology, "my herd.json"),
    `
1 server is up: Ann
  talk    deno task client Ann --topology 'my herd.json', or nc ::1 15000
  stop    Ctrl-C

`,
  );
});
