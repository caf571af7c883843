import { assert, assertEquals } from "@std/assert";
import { startNode } from "../../src/server/node.ts";
import { loneOptions } from "../support/herds/herd.ts";
import { startHttp } from "../support/herds/http.ts";
import { testWith } from "../support/test.ts";

const alerts = new URL("../../src/ops/alerts.yml", import.meta.url);

testWith("sockets", "project")("the alerts ask for metrics that a server has", async () => {
  const text = await Deno.readTextFile(alerts);
  const asked = new Set(
    [...text.matchAll(/expr: (.*)/g)].flatMap(([, it]) => it!.match(/herd_\w+/g) ?? []),
  );
  assert(asked.size >= 8, `only ${asked.size} metrics are asked for`);
  await using node = startNode(
    loneOptions({ neighbours: new Map([["Hands", { hostname: "127.0.0.1", port: 1 }]]) }),
  );
  await using http = startHttp(node);
  const metrics = await (await http.fetch("/metrics")).text();
  const known = new Set([...metrics.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name!));
  const unknown = [...asked].filter((it) => !known.has(it.replace(/_bucket$/, "")));
  assertEquals(unknown, []);
});
