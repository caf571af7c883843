// HTTP of server processes, each with its own permissions and no more; and from the bundle.

import { assert, assertEquals } from "@std/assert";
import { until } from "../support/waiting.ts";
import { testWith } from "../support/test.ts";
import {
  bundleHerd,
  MAIN,
  type ServerProcess,
  startServer,
} from "../support/processes/server_process.ts";
import { temporaryFolder } from "../support/files/temporary.ts";
import { topologyFile } from "../support/files/topology_file.ts";
import { writeTopology } from "../support/files/topology_file.ts";
import { chainOf } from "../support/herds/shape.ts";
import { freePort } from "../support/processes/ports.ts";

const test = testWith("sockets", "disk", "processes");
const TOKEN = "a-token-of-24-characters";
const headers = { Authorization: `Bearer ${TOKEN}`, "Content-Type": "application/json" };

/** A topology of three in a row, with HTTP, and their processes from one main module. */
async function startChain(stack: AsyncDisposableStack, folder: string, main: string) {
  const names = ["Ann", "Bob", "Eve"];
  const { file, topology, servers } = writeTopology(folder, { links: chainOf(names), http: true });
  const options = {
    file,
    topology,
    folder,
    main,
    shell: `export HERD_API_TOKEN=${TOKEN}`,
    args: ["--durability", "none"],
  };
  const processes = await Promise.all(
    names.map(async (name) => stack.use(await startServer(name, options))),
  );
  const url = (name: string) => `http://127.0.0.1:${servers[name]!.http}`;
  return { file, url, processes: processes as [ServerProcess, ServerProcess, ServerProcess] };
}

/** True if a URL answers well; the body is dropped. */
async function isOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { headers });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

test("processes tell each other over links what they were told over HTTP, and stop in time", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder()).path;
  const { file, url, processes } = await startChain(stack, folder, MAIN);
  await until(() => isOk(`${url("Ann")}/readyz`));
  const put = await fetch(`${url("Ann")}/v1/clients/kiwi/location`, {
    method: "PUT",
    headers,
    body: JSON.stringify({ lat: 34.06893, lon: -118.445127 }),
  });
  assertEquals((await put.json()).server, "Ann");
  await until(() => isOk(`${url("Eve")}/v1/clients/kiwi`));
  const places = await fetch(`${url("Eve")}/v1/clients/kiwi/places?limit=3`, { headers });
  assertEquals((await places.json()).places.results.length, 3);
  assert(await isOk(`${url("Bob")}/metrics`));
  // Servers may ask their neighbours' HTTP ports: Ann hears of Eve through Bob.
  await until(async () => {
    const herd = await fetch(`${url("Ann")}/v1/servers`, { headers });
    const { servers } = await herd.json();
    return servers.every((it: { status: { troubles: string[] } | null }) =>
      it.status?.troubles.length === 0
    );
  }, 10_000);

  const status = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "-A", MAIN, "status", "--json", "--topology", file],
    env: { HERD_API_TOKEN: TOKEN },
    stdin: "null",
  }).output();
  assertEquals(status.code, 0, new TextDecoder().decode(status.stderr));
  assertEquals(JSON.parse(new TextDecoder().decode(status.stdout)).sync, "in sync");

  // An open stream keeps nobody from stopping.
  const stream = await fetch(`${url("Ann")}/v1/changes`, { headers });
  const startedMs = performance.now();
  assertEquals((await processes[0].end("SIGTERM")).code, 0);
  assert(performance.now() - startedMs < 3_000);
  await stream.text();
});

test("the bundle has HTTP, too", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder()).path;
  const main = await bundleHerd(folder);
  const { url } = await startChain(stack, folder, main);
  for (const path of ["/readyz", "/metrics", "/openapi.json", "/v1/status?digest=true"]) {
    await until(() => isOk(url("Bob") + path));
  }
});

test("a server that others could reach does not open HTTP without a token, unless it has none", async () => {
  const port = freePort();
  using file = topologyFile({ Ann: { host: "127.0.0.1", port, http: freePort() } });
  const args = ["run", "--quiet", "--no-prompt", "-A", MAIN, "server", "Ann"];
  const options = ["--topology", file.path, "--durability", "none", "--host", "0.0.0.0"];
  const refused = await new Deno.Command(Deno.execPath(), {
    args: [...args, ...options],
    env: { HERD_API_TOKEN: "" },
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(refused.stderr);
  assertEquals(refused.code, 2, text);
  assert(text.includes("Cannot open HTTP on '0.0.0.0' port"), text);

  const child = new Deno.Command(Deno.execPath(), {
    args: [...args, ...options, "--no-http"],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await until(async () => {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return true;
    } catch {
      return false;
    }
  }, 10_000);
  child.kill("SIGTERM");
  assertEquals((await child.status).code, 0);
});
