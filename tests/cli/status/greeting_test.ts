// The greeting of `herd up` once its servers listen.

import { assertEquals } from "@std/assert";
import { greet, greeting, lastAddress } from "../../../src/cli/status/greeting.ts";
import { parseTopology } from "../../../src/topology/topology.ts";

import { inBackground } from "../../../src/base/background.ts";
import { encode } from "../../../src/base/bytes.ts";
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

/** Listens, and answers whatever comes with the reply of that moment. */
function answering(port: number, reply: () => string): Deno.TcpListener {
  const listener = Deno.listen({ hostname: "127.0.0.1", port });
  inBackground(
    (async () => {
      for await (const connection of listener) {
        using client = connection;
        await client.read(new Uint8Array(1_000));
        await client.write(encode(reply()));
      }
    })(),
    () => {},
  );
  return listener;
}

test("greet() writes once all servers answer, at the port that each opens last", async () => {
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
  let health = "It is loading its records";
  let isAsked = 0;
  using _ann = answering(http, () => {
    isAsked++;
    return `HTTP/1.1 200 OK\r\n\r\n${health}`;
  });
  await until(async () => {
    await tried();
    return isAsked > 1;
  });
  health = "ok";
  await tried();
  assertEquals(stdout.text, "");
  using _bob = answering(port, () => "? ?\n");
  const time = setInterval(() => inBackground(clock.pass(200)), 5);
  await within(greeted, "the greeting").finally(() => clearInterval(time));
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
