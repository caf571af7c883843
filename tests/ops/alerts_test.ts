// The alerts as Prometheus's own promtool judges them: none fires on a healthy herd, each on its trouble.

import { assertEquals } from "@std/assert";
import { parse } from "@std/yaml";
import { healthOf } from "../../src/server/health.ts";
import { startHerd } from "../support/herds/herd.ts";
import { temporaryFolder } from "../support/files/temporary.ts";
import { testWith } from "../support/test.ts";
import { until } from "../support/waiting.ts";

const alerts = new URL("../../src/ops/alerts.yml", import.meta.url).pathname;

/** Samples a minute apart for an hour: `a+bxn` begins at a and rises by b n times. */
const STEADY = "x60";

/** What makes each alert fire, and no other one. */
const TROUBLES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  HerdServerDown: { 'up{job="herd",instance="a"}': "0+0" },
  HerdServerNotReady: { 'herd_ready{instance="a"}': "0+0" },
  HerdLinkDown: { 'herd_link_following{instance="a",neighbour="b"}': "0+0" },
  HerdLinkLate: { 'herd_link_lag_seconds{instance="a",neighbour="b"}': "6+0" },
  HerdBacklogLong: { 'herd_link_backlog_to_read_positions{instance="a",neighbour="b"}': "9+0" },
  HerdBackboneAway: { 'herd_backbone_level{instance="a"}': "0+0" },
  HerdBackboneFault: { 'herd_backbone_faults{instance="a"}': "1+0" },
  // The time of the tests begins at 0.
  HerdCertificateExpires: { 'herd_certificate_expires_seconds{instance="a"}': "2000000+0" },
  HerdClockOff: { 'herd_link_clock_offset_seconds{instance="a",neighbour="b"}': "-2+0" },
  HerdRecordsMended: {
    'herd_link_mended_records_total{instance="a",neighbour="b"}': "0+1",
  },
  HerdDiskTrouble: { 'herd_disk_troubled{instance="a"}': "1+0" },
  HerdFull: { 'herd_records_refused_total{instance="a"}': "0+1" },
  HerdRefusesConnections: { 'herd_connections_refused_total{instance="a"}': "0+1" },
  HerdStalls: {
    'herd_event_loop_delay_seconds_bucket{instance="a",le="0.25"}': "0+1",
    'herd_event_loop_delay_seconds_bucket{instance="a",le="1"}': "0+10",
    'herd_event_loop_delay_seconds_bucket{instance="a",le="+Inf"}': "0+10",
  },
};

const test = testWith("sockets", "disk", "processes", isFile("/usr/bin/promtool"));

test("no alert fires on a healthy herd", async () => {
  await using herd = await startHerd({
    links: [["Ann", "Bob"]],
    http: ["Ann", "Bob"],
    isDurable: true,
  });
  const series: Record<string, string> = {};
  for (const name of ["Ann", "Bob"]) {
    const http = herd.http(name);
    await until(() => {
      const { unready, degraded } = healthOf(herd.node(name).status);
      return unready.length + degraded.length === 0;
    });
    const text = await (await http.fetch("/metrics")).text();
    for (const [, metric, labels = "", value] of text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)) {
      const all = [`job="herd",instance="${name}"`, ...labels === "" ? [] : [labels]];
      series[`${metric}{${all.join()}}`] = `${Number(value)}+0`;
    }
    series[`up{job="herd",instance="${name}"}`] = "1+0";
  }
  assertEquals(await firing(series, ruleNames()), []);
});

for (const name of ruleNames()) {
  test(`the alert ${name} fires on its trouble, and no other one does`, async () => {
    assertEquals(await firing(TROUBLES[name] ?? {}, ruleNames()), [name]);
  });
}

/** The alerts that fire after an hour of these series. */
async function firing(series: Readonly<Record<string, string>>, names: readonly string[]) {
  const fires = await Promise.all(names.map(async (name) => ({
    name,
    isQuiet: await isQuiet(name, series),
  })));
  return fires.filter((it) => !it.isQuiet).map((it) => it.name);
}

/** True if promtool finds that the alert does not fire. */
async function isQuiet(name: string, series: Readonly<Record<string, string>>): Promise<boolean> {
  using folder = temporaryFolder();
  const file = `${folder.path}/test.yml`;
  await Deno.writeTextFile(
    file,
    JSON.stringify({
      rule_files: [alerts],
      evaluation_interval: "1m",
      tests: [{
        interval: "1m",
        input_series: Object.entries(series).map(([it, values]) => ({
          series: it,
          values: `${values}${STEADY}`,
        })),
        alert_rule_test: [{ eval_time: "1h", alertname: name, exp_alerts: [] }],
      }],
    }),
  );
  const args = ["test", "rules", file];
  const output = await new Deno.Command("promtool", { args, stdin: "null" }).output();
  const said = new TextDecoder().decode(output.stdout) + new TextDecoder().decode(output.stderr);
  if (output.success) return true;
  if (!said.includes("exp:[")) throw new Error(`promtool could not test ${name}: ${said}`);
  return false;
}

function ruleNames(): string[] {
  if (Deno.permissions.querySync({ name: "read", path: alerts }).state !== "granted") return [];
  const { groups } = parse(Deno.readTextFileSync(alerts)) as {
    groups: { rules: { alert: string }[] }[];
  };
  return groups.flatMap((it) => it.rules.map((rule) => rule.alert));
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
