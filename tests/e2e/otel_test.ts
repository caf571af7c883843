// A server process that was started to be traced: what arrives at a collector.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { permissionsFor, toFlags } from "../../src/topology/permissions.ts";
import { readTopology } from "../../src/topology/topology.ts";
import { exchange } from "../support/herds/client.ts";
import { until } from "../support/waiting.ts";
import { freePort } from "../support/processes/ports.ts";
import { startOtelCollector } from "../support/processes/otel_collector.ts";
import { testWith } from "../support/test.ts";
import { finding, slow, startPlacesUpstream } from "../support/fakes/places_upstream.ts";
import { MAIN } from "../support/processes/server_process.ts";
import { topologyFile } from "../support/files/topology_file.ts";

const test = testWith("sockets", "disk", "processes");

/** A server's command line, with what it may touch and no more. */
async function serverArgs(file: string, places: string): Promise<string[]> {
  const options = { topologyFile: file, places, durability: "none" } as const;
  const permissions = permissionsFor(await readTopology(file), "Ann", options);
  const args = ["--topology", file, "--places", places, "--durability", "none"];
  const run = ["run", "--quiet", "--no-prompt", ...toFlags(permissions), MAIN];
  return [...run, "server", "Ann", "--log-level", "warn", ...args];
}

test("with OTEL_DENO a WHATSAT is traced down to the upstream, and metrics are exported", async () => {
  await using upstream = startPlacesUpstream();
  // So many that the first circle is enough.
  upstream.behave(finding(20));
  await using collector = startOtelCollector();
  const port = freePort();
  using file = topologyFile({ Ann: { host: "127.0.0.1", port, http: freePort() } });
  const child = new Deno.Command(Deno.execPath(), {
    args: await serverArgs(file.path, `overpass:${upstream.overpassUrl}`),
    env: { ...collector.env, OTEL_METRIC_EXPORT_INTERVAL: "200" },
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  try {
    const ask = () => exchange(port, "IAMAT kiwi +34.068930-118.445127 1\nWHATSAT kiwi 10 2\n");
    assertMatch(await until(() => ask().catch(() => undefined)), /"status" : "OK"/);
    const find = (name: string) => collector.spans.find((it) => it.name === name);
    const [whatsat, fetched] = await until(() => {
      const spans = [find("WHATSAT"), find("POST")] as const;
      return spans.every((it) => it !== undefined) && spans;
    }, 10_000);
    assertEquals({ scope: whatsat!.scope, parentSpanId: whatsat!.parentSpanId }, {
      scope: "herd",
      parentSpanId: "",
    });
    assertEquals(whatsat!.attributes["herd.places.provider"], "overpass");
    assertEquals(Number(whatsat!.attributes["herd.places.radius"]), 10_000);
    assertEquals({ parentSpanId: fetched!.parentSpanId, traceId: fetched!.traceId }, {
      parentSpanId: whatsat!.spanId,
      traceId: whatsat!.traceId,
    });
    // What is answered at once makes no span.
    assertEquals(collector.spans.filter((it) => it.scope === "herd").length, 1);

    // Overpass is asked one at a time: who waits for its turn is traced as itself all the same.
    const release = Promise.withResolvers<void>();
    upstream.behave(slow(release.promise, finding(20)), finding(20));
    const both = ["ann +10+10", "bob +20+20"].map((it, index) => {
      const [client] = it.split(" ");
      return exchange(port, `IAMAT ${it} ${index}\nWHATSAT ${client} 10 2\n`);
    });
    await upstream.arrived(2);
    await until(() => collector.metrics.get("herd_places_waiting") === 2);
    release.resolve();
    await Promise.all(both);
    // Each span is exported when it has ended: those of WHATSAT after those of their calls.
    const named = (name: string) => collector.spans.filter((it) => it.name === name);
    await until(() => ["POST", "WHATSAT"].every((it) => named(it).length === 3));
    assertEquals(
      named("POST").map((it) => it.parentSpanId).sort(),
      named("WHATSAT").map((it) => it.spanId).sort(),
    );

    const series = "herd_requests_total{kind=iamat,outcome=newer}";
    await until(() => collector.metrics.get(series) === 3);
    assertEquals(collector.metrics.get("herd_clients"), 3);
    assertEquals(collector.metrics.get("herd_reply_seconds_bucket{le=+Inf}"), 1);
    assert(collector.metrics.get("herd_memory_bytes{kind=rss}")! > 1e6);
  } finally {
    // Deno 2.9.6 may hang when it exits in the middle of an export, which here are frequent.
    child.kill("SIGKILL");
    await child.status;
  }
});

test("a traced server does not start with places whose traces would show a key", async () => {
  await using collector = startOtelCollector();
  using file = topologyFile({ Ann: { host: "127.0.0.1", port: freePort() } });
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: await serverArgs(file.path, "google-legacy"),
    env: { ...collector.env, GOOGLE_PLACES_API_KEY: "AIzaTestKeyThatNobodyMaySee" },
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stderr);
  assertEquals(code, 2, text);
  assertMatch(text, /Cannot trace with places from 'google-legacy'/);
  assert(!text.includes("AIza"));
});
