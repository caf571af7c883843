// What runs and watches a herd elsewhere: each file is read as its program reads it, and asks for what is
// there.

import { assert, assertEquals } from "@std/assert";
import { parse } from "@std/yaml";
import topology from "../../topology.json" with { type: "json" };
import { catalogue } from "../../src/http/metrics/catalogue.ts";
import { startNode } from "../../src/server/node.ts";
import { loneOptions } from "../support/herds/herd.ts";
import { httpContext } from "../support/herds/http.ts";
import { testWith } from "../support/test.ts";

const ops = new URL("../../src/ops/", import.meta.url);
const test = testWith("sockets", "project");

/** Labels that Prometheus gives to what it scrapes, and that of a histogram's buckets. */
const SCRAPED = ["job", "instance", "le"];

test("alerts and the dashboard ask for metrics and labels that a server has", async () => {
  await using node = startNode(loneOptions());
  using context = httpContext(node);
  const known = new Map(catalogue(context).map((it) => [it.name, it.labels]));
  const alerts = parse(await read("alerts.yml")) as { groups: { rules: { expr: string }[] }[] };
  const dashboard = JSON.parse(await read("grafana.json")) as {
    panels: { targets: { expr: string }[] }[];
  };
  const asked = [
    ...alerts.groups.flatMap((it) => it.rules.map(({ expr }) => expr)),
    ...dashboard.panels.flatMap((it) => it.targets.map(({ expr }) => expr)),
  ];
  assert(asked.length >= 30, `only ${asked.length} questions`);
  for (const expr of asked) {
    const names = expr.match(/\bherd_\w+/g) ?? [];
    assert(names.length > 0 || /\bup\b/.test(expr), expr);
    const labels = names.flatMap((name) => {
      const own = known.get(name.replace(/_(bucket|count|sum)$/, ""));
      assert(own !== undefined, `${name} in ${expr}`);
      return own;
    });
    const wanted = [
      ...[...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, it]) => it!.split(", ")),
      ...[...expr.matchAll(/(\w+)="/g)].map(([, it]) => it!),
    ];
    for (const label of wanted) {
      assert([...SCRAPED, ...labels].includes(label), `the label ${label} in ${expr}`);
    }
  }
});

test("the dashboard's panels have a place each", async () => {
  const { panels } = JSON.parse(await read("grafana.json"));
  const places = new Set(
    panels.map(({ gridPos }: { gridPos: unknown }) => JSON.stringify(gridPos)),
  );
  assertEquals(places.size, panels.length);
});

test("the compose file runs each server of the topology on the host's network, with its data kept", async () => {
  const { services, volumes } = parse(await read("compose.yml")) as {
    services: Record<string, { command: string[]; network_mode: string; volumes: string[] }>;
    volumes: Record<string, unknown>;
  };
  const names = Object.keys(topology.servers);
  assertEquals(Object.keys(services), names.map((it) => it.toLowerCase()));
  assertEquals(Object.keys(volumes), Object.keys(services));
  for (const name of names) {
    const service = services[name.toLowerCase()]!;
    assertEquals(service.command, [name]);
    assertEquals(service.network_mode, "host");
    assertEquals(service.volumes.at(-1), `${name.toLowerCase()}:/herd/data/${name}`);
  }
});

test("prometheus.yml scrapes the HTTP port of each server of the topology", async () => {
  const { scrape_configs: [config] } = parse(await read("prometheus.yml")) as {
    scrape_configs: { static_configs: { targets: string[] }[] }[];
  };
  assertEquals(
    config!.static_configs[0]!.targets,
    Object.values(topology.servers).map(({ host, http }) => `${host}:${http}`),
  );
});

function read(file: string): Promise<string> {
  return Deno.readTextFile(new URL(file, ops));
}
