import { assert, assertEquals } from "@std/assert";
import { catalogue } from "../../src/http/metrics/catalogue.ts";
import { startNode } from "../../src/server/node.ts";
import { loneOptions } from "../support/herds/herd.ts";
import { httpContext } from "../support/herds/http.ts";
import { testWith } from "../support/test.ts";

const alerts = new URL("../../src/ops/alerts.yml", import.meta.url);

testWith("sockets", "project")("the alerts ask for metrics that a server has", async () => {
  const text = await Deno.readTextFile(alerts);
  const asked = new Set(
    [...text.matchAll(/expr: (.*)/g)].flatMap(([, it]) => it!.match(/herd_\w+/g) ?? []),
  );
  assert(asked.size >= 8, `only ${asked.size} metrics are asked for`);
  await using node = startNode(loneOptions());
  using context = httpContext(node);
  const known = new Set(catalogue(context).map((it) => it.name));
  const unknown = [...asked].filter((it) => !known.has(it.replace(/_bucket$/, "")));
  assertEquals(unknown, []);
});
