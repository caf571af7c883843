// The tasks of deno.json that talk to servers reach those of the project's own topology, and no others.

import { assertEquals } from "@std/assert";
import project from "../../deno.json" with { type: "json" };
import ownTopology from "../../topology.json" with { type: "json" };

const servers = Object.values(ownTopology.servers);
const lines = servers.map(({ host, port }) => `${host}:${port}`);
const https = servers.map(({ host, http }) => `${host}:${http}`);

/** The addresses that a task's command may reach. */
function netOf(task: keyof typeof project.tasks): string[] {
  return /--allow-net=(\S+)/.exec(project.tasks[task].command)![1]!.split(",");
}

Deno.test("the task 'client' reaches every server of the topology, over TCP and WebSocket", () => {
  assertEquals(netOf("client"), [...lines, ...https]);
});

Deno.test("the task 'status' reaches the HTTP port of every server of the topology", () => {
  assertEquals(netOf("status"), https);
});
