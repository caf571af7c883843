// A server process whose machine's clock is set: it knows, says so, dates nothing itself, and drops
// nothing. The clock is libfaketime's, which reads it from a file.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { exchange } from "../support/herds/client.ts";
import { chainOf } from "../support/herds/shape.ts";
import { startServer } from "../support/processes/server_process.ts";
import { temporaryFolder } from "../support/files/temporary.ts";
import { testWith } from "../support/test.ts";
import { pause, until } from "../support/waiting.ts";
import { writeTopology } from "../support/files/topology_file.ts";

const CLIENTS = 2_000;

/** Debian has it here, for each of its architectures. */
const library = ["x86_64", "aarch64"].map((it) =>
  `/usr/lib/${it}-linux-gnu/faketime/libfaketimeMT.so.1`
).find(isThere);

const test = testWith("sockets", "disk", "processes", "linux", library !== undefined);

test("a server whose clock jumps ahead under --retain says so, dates nothing, and loses nothing", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder()).path;
  const links = [...chainOf(["Ann", "Bob", "Eve"]), ["Ann", "Eve"] as const];
  const { file, topology, servers } = writeTopology(folder, { links, http: true });
  const clock = `${folder}/clock`;
  /** Sets Ann's clock so far from that of the others. */
  const setClock = (offset: string) => Deno.writeTextFile(clock, offset);
  await setClock("+0");
  const faked = {
    LD_PRELOAD: library!,
    FAKETIME_TIMESTAMP_FILE: clock,
    FAKETIME_NO_CACHE: "1",
    DONT_FAKE_MONOTONIC: "1",
  };
  const start = async (name: string, env: Record<string, string> = {}) =>
    stack.use(
      await startServer(name, {
        file,
        topology,
        folder,
        env,
        args: ["--retain", "1h"],
        onLog() {},
      }),
    );
  const [ann, bob] = await Promise.all([start("Ann", faked), start("Bob"), start("Eve")]);
  const url = `http://127.0.0.1:${servers.Ann!.http}`;
  const ready = async () => {
    const response = await fetch(`${url}/readyz`);
    return { status: response.status, text: await response.text() };
  };
  const put = async (body: unknown) => {
    const response = await fetch(`${url}/v1/clients/moa/location`, {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return { status: response.status, text: await response.text() };
  };
  await until(async () => (await ready().catch(() => undefined))?.status === 200);

  const told = Array.from(
    { length: CLIENTS },
    (_, i) => `IAMAT client${i} +1+1 ${(Date.now() / 1000).toFixed(3)}\n`,
  );
  await exchange(ann.port, told.join(""));
  const asked = Array.from({ length: CLIENTS }, (_, i) => `WHATSAT client${i} 0 0\n`).join("");
  const known = async ({ port }: { port: number }) =>
    (await exchange(port, asked)).match(/^AT /gm)?.length;
  await until(async () => await known(bob) === CLIENTS);

  await setClock("+2h");
  const { text } = await until(async () => {
    const it = await ready();
    return it.status === 503 && it;
  });
  assertMatch(text, /Its clock is 7\d\d\d\.\d s ahead of most of its neighbours'/);
  const undated = await put({ lat: 1, lon: 1 });
  assertEquals(undated.status, 503, undated.text);
  const dated = await put({ lat: 1, lon: 1, time: (Date.now() / 1000).toFixed(3) });
  assert(dated.status < 300, dated.text);
  assertMatch(await exchange(ann.port, "IAMAT kiwi +1+1 1\n"), /^AT Ann \+/);
  // Several looks of the retention, with the clock as it is.
  await pause(2_000);
  assertEquals(await known(ann), CLIENTS);

  await setClock("+0");
  await until(async () => (await ready()).status === 200);
  for (const server of [ann, bob]) assertEquals(await known(server), CLIENTS);
});

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
