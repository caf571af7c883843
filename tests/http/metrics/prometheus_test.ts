// What Prometheus scrapes, from a real server.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { catalogue } from "../../../src/http/metrics/catalogue.ts";
import { prometheusText } from "../../../src/http/metrics/prometheus.ts";
import { Histogram } from "../../../src/base/histogram.ts";
import { startNode } from "../../../src/server/node.ts";
import { exchange } from "../../support/herds/client.ts";
import { until } from "../../support/waiting.ts";
import { loneOptions, NO_PLACES, placesOf, startHerd } from "../../support/herds/herd.ts";
import { httpContext, startHttp, type TestHttp } from "../../support/herds/http.ts";
import { parsePrometheus } from "../../support/reference/prometheus_parser.ts";
import { testWith } from "../../support/test.ts";

const test = testWith("sockets");

/** The samples of a scrape by name and labels, as they are written. */
async function scrape(http: TestHttp): Promise<Map<string, number>> {
  const response = await http.fetch("/metrics");
  assertMatch(response.headers.get("Content-Type")!, /^text\/plain; version=0\.0\.4/);
  const samples = parsePrometheus(await response.text()).flatMap((it) => it.samples);
  return new Map(samples.map(({ name, labels, value }) => {
    const pairs = Object.entries(labels).map(([label, it]) => `${label}="${it}"`);
    return [name + (pairs.length === 0 ? "" : `{${pairs.join(",")}}`), value];
  }));
}

test("/metrics counts requests by kind and outcome, and how fast they were answered", async () => {
  await using node = startNode(
    loneOptions({ places: placesOf(() => Promise.resolve(NO_PLACES)) }),
  );
  await using http = startHttp(node);
  await exchange(
    node.address.port,
    "IAMAT k +1+1 2\nIAMAT k +1+1 1\nWHATSAT k 1 1\nWHATSAT x 1 1\nHELLO\n",
  );
  await (await http.fetch("/v1/clients/nobody")).body?.cancel();
  for (const method of ["BREW", "WHEN"]) {
    await (await http.fetch("/nowhere", { method })).body?.cancel();
  }
  const samples = await scrape(http);
  const expected = {
    'herd_requests_total{kind="iamat",outcome="newer"}': 1,
    'herd_requests_total{kind="iamat",outcome="older"}': 1,
    'herd_requests_total{kind="whatsat",outcome="found"}': 1,
    'herd_requests_total{kind="whatsat",outcome="unknown"}': 1,
    'herd_requests_total{kind="other",outcome="invalid"}': 1,
    'herd_reply_seconds_bucket{le="+Inf"}': 1,
    "herd_reply_seconds_count": 1,
    "herd_connections_total": 1,
    "herd_clients": 1,
    "herd_feed_position": 1,
    'herd_places_total{provider="test",outcome="ZERO_RESULTS"}': 1,
    'herd_places_seconds_count{provider="test"}': 1,
    'herd_http_requests_total{method="GET",route="/v1/clients/{id}",status="404"}': 1,
    'herd_http_requests_total{method="other",route="other",status="404"}': 2,
    "herd_ready": 1,
    "herd_degraded": 0,
  };
  for (const [name, value] of Object.entries(expected)) {
    assertEquals({ name, samples: samples.get(name) }, { name, samples: value });
  }
  // A server without a backbone or a disk says nothing of one, so no alert about one fires.
  assertEquals([...samples.keys()].filter((it) => /backbone|unsaved/.test(it)), []);
  assert(samples.get('herd_memory_bytes{kind="rss"}')! > 1e6);
  // Read anew each time, not added up.
  assertEquals((await scrape(http)).get("herd_feed_position"), 1);
});

test("/metrics tells of each link what goes each way, and how far the neighbour is behind", async () => {
  await using herd = await startHerd({ links: [["Ann", "Bob"]] });
  const ann = herd.node("Ann");
  await using http = startHttp(ann);
  await exchange(ann.address.port, "IAMAT k +1+1 1\n");
  await exchange(herd.node("Bob").address.port, "IAMAT l +1+1 1\n");
  const samples = await until(async () => {
    const samples = await scrape(http);
    const of = (name: string) => samples.get(`herd_link_${name}{neighbour="Bob"}`);
    return of("lag_positions") === 0 && of("sent_lines_total") === 1 &&
      of("received_lines_total") === 1 && of("followed") === 1 && of("following") === 1 &&
      samples;
  });
  for (const name of ["sent_bytes_total", "received_bytes_total"]) {
    assert(samples.get(`herd_link_${name}{neighbour="Bob"}`)! > 50);
  }
  await herd.stop("Bob");
  await until(async () => {
    const samples = await scrape(http);
    return samples.get('herd_link_followed{neighbour="Bob"}') === 0 &&
      // Not 0: it is not known how far who does not follow is behind.
      !samples.has('herd_link_lag_positions{neighbour="Bob"}');
  });
});

Deno.test("prometheusText() gives histograms as they were counted", () => {
  const histogram = new Histogram([0.000_1, 2]);
  [0.000_1, 1, 1.5, 3, 4].forEach((it) => histogram.observe(it));
  const labels = { of: "x" };
  const read = () => [{ labels, histogram }, { histogram: new Histogram([]) }];
  assertEquals(
    prometheusText([{ kind: "histogram", name: "h", help: "What it is", labels: ["of"], read }]),
    "# HELP h What it is\n# TYPE h histogram\n" +
      'h_bucket{of="x",le="0.0001"} 1\nh_bucket{of="x",le="2"} 3\n' +
      'h_bucket{of="x",le="+Inf"} 5\nh_sum{of="x"} 9.5001\nh_count{of="x"} 5\n' +
      'h_bucket{le="+Inf"} 0\nh_sum 0\nh_count 0\n',
  );
  assertEquals(histogram.count, 5);
});

Deno.test("prometheusText() leaves out a metric that has no values", () => {
  const metric = { kind: "gauge", name: "g", help: "Help", labels: [] } as const;
  const read = () => [{ value: 1 }];
  assertEquals(
    prometheusText([{ ...metric, read: () => [] }, { ...metric, name: "f", read }]),
    "# HELP f Help\n# TYPE f gauge\nf 1\n",
  );
});

Deno.test("prometheusText() writes every number and every text so that it is read back", () => {
  const values = [0, -1.5, 1e21, 5e-324, 2 ** 53, NaN, Infinity, -Infinity];
  const texts = ["", "a\\b", "\\n", "line\nline", 'say "so"', "{a=1,} 2", "µ 🦌", "\\"];
  const help = 'Back\\slash\nand "quotes"';
  const samples = [
    ...values.map((value, i) => ({ labels: { of: "number", i: String(i) }, value })),
    ...texts.map((text) => ({ labels: { of: "text", text }, value: 1 })),
  ];
  const metric = { kind: "gauge", name: "g", help, labels: ["of"], read: () => samples } as const;
  const families = parsePrometheus(prometheusText([metric]));
  assertEquals(families, [{
    name: "g",
    help,
    type: "gauge",
    samples: samples.map((it) => ({ name: "g", ...it })),
  }]);
});

test("catalogue() has each name once, in the form that Prometheus recommends", async () => {
  await using node = startNode(loneOptions());
  using context = httpContext(node);
  const metrics = catalogue(context);
  assertEquals(new Set(metrics.map((it) => it.name)).size, metrics.length);
  for (const { name, kind, help } of metrics) {
    assertMatch(name, /^herd(_[a-z]+)+$/);
    assertMatch(help, /^[A-Z0-9][^.]+$/);
    assertEquals({ name, endsWith: name.endsWith("_total") }, {
      name,
      endsWith: kind === "counter",
    });
    if (kind === "histogram") assertMatch(name, /_seconds$/);
  }
});
