// Processes of servers that are killed and that hang, while somebody watches.

import { assert, assertEquals } from "@std/assert";
import { HerdClient } from "../../src/client/mod.ts";
import { temporaryFolder } from "../support/files/temporary.ts";
import { writeTopology } from "../support/files/topology_file.ts";
import { type ServerProcess, startServer } from "../support/processes/server_process.ts";
import { testWith } from "../support/test.ts";
import { until, within } from "../support/waiting.ts";
import { Mirror } from "./fakes/mirror.ts";
import { untilUrlReady } from "./fakes/ready.ts";

/** Far less than a heartbeat: a watch of a server that has nothing to tell goes on at another one. */
const SILENCE_MS = 2_000;

testWith("sockets", "disk", "processes", "unix")(
  "a watch goes on when the server that it watches is killed, and when it hangs",
  async () => {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(temporaryFolder()).path;
    const links = [["Ann", "Bob"], ["Bob", "Cyd"], ["Ann", "Cyd"]] as const;
    const { file, topology, servers } = writeTopology(folder, { links, http: true });
    const urls = Object.values(servers).map((it) => `http://127.0.0.1:${it.http}`);
    const processes = new Map<string, ServerProcess>();
    const start = async (name: string, url: string) => {
      const server = await startServer(name, { file, topology, folder });
      processes.set(url, stack.use(server));
      await untilUrlReady(url);
    };
    const names = Object.keys(servers);
    await Promise.all(names.map((name, index) => start(name, urls[index]!)));

    const ends = new AbortController();
    const options = { signal: ends.signal, timeoutMs: SILENCE_MS, silenceMs: SILENCE_MS };
    const client = new HerdClient(urls, options);
    const mirror = new Mirror();
    const watching = (async () => {
      try {
        for await (const event of client.watch({ bbox: [-1, 0, 1, 10] })) mirror.take(event);
      } catch (error) {
        if (error !== ends.signal.reason) throw error;
      }
    })();
    stack.defer(async () => {
      ends.abort();
      await within(watching, "the end of the watch");
    });
    const kept = () => [...mirror.clients].map(([id, { lat }]) => `${id} ${lat}`).sort();
    const told = (wanted: readonly string[]) =>
      until(() => kept().join() === wanted.join()).catch(() => assertEquals(kept(), wanted));
    const watched = () => mirror.events.at(-1)!.server;

    await client.tellAll([{ id: "a", lat: 1, lon: 0 }, { id: "b", lat: 2, lon: 0 }]);
    await told(["a 1", "b 2"]);
    for (const url of urls) {
      await until(async () => await new HerdClient(url).ask("b") !== undefined);
    }

    const killed = watched();
    await processes.get(killed)!.end("SIGKILL");
    await client.tell({ id: "a", lat: 50, lon: 0 });
    await client.tell({ id: "c", lat: 3, lon: 0 });
    await told(["b 2", "c 3"]);
    await start(names[urls.indexOf(killed)]!, killed);

    const hanging = watched();
    Deno.kill(processes.get(hanging)!.pid, "SIGSTOP");
    await client.tell({ id: "d", lat: 4, lon: 0 });
    await client.forget("b");
    await told(["c 3", "d 4"]);
    Deno.kill(processes.get(hanging)!.pid, "SIGCONT");
    await client.tell({ id: "c", lat: 5, lon: 0 });
    await told(["c 5", "d 4"]);
    assert(mirror.events.every((it) => it.type !== "reset"));
  },
);
