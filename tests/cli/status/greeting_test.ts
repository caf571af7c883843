// The greeting of `herd up` once its servers listen.

import { assertEquals } from "@std/assert";
import { greet, greeting, lastAddress } from "../../../src/cli/status/greeting.ts";
import { parseTopology } from "../../../src/topology/topology.ts";

import { ManualClock } from "../../support/fakes/manual_clock.ts";
import { TestContext } from "../../support/fakes/context.ts";
import { freePort } from "../../support/processes/ports.ts";
import { testWith } from "../../support/test.ts";
import { until, within } from "../../support/waiting.ts";

const test = testWith("sockets");
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

Deno.test("greeting() speaks HTTPS and leaves out nc where the herd has TLS", () => {
  const topology = parseTopology(JSON.stringify({
    herd: "own",
    tls: { clients: true, http: true },
    // The page is that of the first server with one.
    servers: { Bob: { host: "::1", port: 1, link: 2 }, Ann: { ...ANN, link: 3 } },
    links: [["Ann", "Bob"]],
  }));
  assertEquals(
    greeting(topology, "topology.json"),
    `
2 servers are up: Bob, Ann
  page    https://127.0.0.1:15100
  talk    deno task client Bob
  watch   deno task status
  stop    Ctrl-C

`,
  );
  assertEquals([...topology.servers.values()].map(lastAddress), ["[::1]:1", "127.0.0.1:15100"]);
});

test("greet() writes once all servers listen, at the port that each opens last", async () => {
  const hostname = "127.0.0.1";
  const [http, port] = [freePort(), freePort()];
  const topology = parseTopology(JSON.stringify({
    herd: "own",
    servers: { Ann: { host: hostname, port: 1, http }, Bob: { host: hostname, port } },
    links: [["Ann", "Bob"]],
  }));
  const clock = new ManualClock();
  const { stdout } = new TestContext();
  const stop = new AbortController();
  const greeted = greet(topology, "topology.json", { stdout, clock, stop: stop.signal });
  // It waits for the next try.
  const tried = async () => {
    await until(() => clock.pendingTimers > 0);
    await clock.pass(200);
  };
  await tried();
  using _ann = Deno.listen({ hostname, port: http });
  await tried();
  await until(() => clock.pendingTimers > 0);
  assertEquals(stdout.text, "");
  using _bob = Deno.listen({ hostname, port });
  await clock.pass(200);
  await within(greeted, "the greeting");
  assertEquals(stdout.text, greeting(topology, "topology.json"));

  // What listens before the herd starts is another's.
  const late = new TestContext().stdout;
  await within(greet(topology, "x", { stdout: late, clock, stop: stop.signal }), "a refusal");
  assertEquals(late.text, "");
});

test("greet() writes nothing when it is stopped before", async () => {
  const topology = parseTopology(
    JSON.stringify({
      herd: "own",
      servers: { Ann: { host: "127.0.0.1", port: freePort() } },
      links: [],
    }),
  );
  const clock = new ManualClock();
  const { stdout } = new TestContext();
  const stop = new AbortController();
  const greeted = greet(topology, "topology.json", { stdout, clock, stop: stop.signal });
  await until(() => clock.pendingTimers > 0);
  stop.abort();
  await within(greeted, "the end");
  assertEquals({ text: stdout.text, timers: clock.pendingTimers }, { text: "", timers: 0 });
});
