// The herd as one server sees it, over real servers with HTTP ports of their own.

import { assertEquals } from "@std/assert";
import type { HerdSnapshot } from "../../src/http/api/status_schemas.ts";
import { type HerdNode, startNode } from "../../src/server/node.ts";
import { parseTopology } from "../../src/topology/topology.ts";
import { until } from "../support/waiting.ts";
import { freePort } from "../support/processes/ports.ts";
import { loneOptions } from "../support/herds/herd.ts";
import { startHttp, type TestHttp } from "../support/herds/http.ts";
import { testWith } from "../support/test.ts";
import { tell } from "../support/herds/records.ts";

const test = testWith("sockets");
const TOKEN = "a-token-of-24-characters";
const NAMES = ["Ann", "Bob", "Eve", "Joe"];
const LINKS: [string, string][] = [["Ann", "Bob"], ["Bob", "Eve"], ["Eve", "Joe"]];

/** A chain of four; Joe has no HTTP port. */
class Chain implements AsyncDisposable {
  readonly nodes = new Map<string, HerdNode>();
  readonly #https = new Map<string, TestHttp>();
  readonly #topology;

  constructor() {
    const servers = Object.fromEntries(NAMES.map((name) => {
      const server = { host: "127.0.0.1", port: freePort() };
      return [name, name === "Joe" ? server : { ...server, http: freePort() }];
    }));
    this.#topology = parseTopology(JSON.stringify({ herd: "test", servers, links: LINKS }));
    for (const name of NAMES) this.start(name);
  }

  start(name: string): void {
    const address = (it: string) => {
      const { host, port } = this.#topology.server(it);
      return { hostname: host, port };
    };
    const node = startNode(loneOptions({
      name,
      address: address(name),
      neighbours: new Map(this.#topology.neighbours(name).map((it) => [it, address(it)])),
    }));
    this.nodes.set(name, node);
    const port = this.#topology.server(name).http;
    if (port === undefined) return;
    this.#https.set(name, startHttp(node, { topology: this.#topology, token: TOKEN, port }));
  }

  async stop(name: string): Promise<void> {
    await Promise.all([this.nodes.get(name)!.stop(), this.#https.get(name)?.port.close()]);
  }

  /** What Ann sees. */
  async look(query = ""): Promise<HerdSnapshot> {
    const response = await this.#https.get("Ann")!.fetch(`/v1/servers${query}`, {
      headers: { Authorization: `Bearer ${TOKEN}` },
    });
    assertEquals(response.status, 200);
    return await response.json();
  }

  /** The number of requests that a server's HTTP port was asked for the herd. */
  async asked(name: string): Promise<number> {
    const response = await this.#https.get(name)!.fetch("/metrics", {
      headers: { Authorization: `Bearer ${TOKEN}` },
    });
    const metrics = await response.text();
    return Number(/route="\/v1\/servers",status="200"} (\d+)/.exec(metrics)?.[1] ?? 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.nodes.keys()].map((it) => this.stop(it)));
  }
}

const states = ({ servers }: HerdSnapshot) => servers.map((it) => it.state);
const linksUp = ({ links }: HerdSnapshot) => links.map((it) => it.isUp);

test("GET servers has the whole herd, each server as fresh as its hops allow", async () => {
  await using chain = new Chain();
  const first = await until(async () => {
    const herd = await chain.look("?watch=0");
    return herd.links.slice(0, 2).every(({ isUp }) => isUp) && herd;
  });
  // Nobody was asked: what is known are Ann's own links.
  assertEquals(states(first), ["up", "up", "unknown", "unknown"]);
  assertEquals(linksUp(first), [true, true, null, null, null, null]);
  assertEquals(await chain.asked("Bob"), 0);

  const all = await until(async () => {
    const herd = await chain.look();
    return linksUp(herd).every((it) => it) && herd;
  }, 10_000);
  assertEquals(states(all), ["up", "up", "up", "up"]);
  assertEquals(all.servers.map((it) => it.status?.name), ["Ann", "Bob", "Eve", undefined]);
  assertEquals([all.herd, all.self], ["test", "Ann"]);
});

test("GET servers tells that a server far away went and came back", async () => {
  await using chain = new Chain();
  const untilStates = (expected: string[]) =>
    until(async () => {
      const herd = await chain.look();
      return JSON.stringify(states(herd)) === JSON.stringify(expected) && herd;
    }, 15_000);
  await untilStates(["up", "up", "up", "up"]);
  await chain.stop("Joe");
  const without = await untilStates(["up", "up", "up", "down"]);
  assertEquals(linksUp(without), [true, true, true, true, false, false]);
  chain.start("Joe");
  await untilStates(["up", "up", "up", "up"]);
  tell(chain.nodes.get("Ann")!.store, "kiwi +1+1 1");
  await until(async () => {
    const { links } = await chain.look();
    return links.find((it) => it.from === "Bob" && it.to === "Eve")!.lines === 1;
  });
});

test("GET servers stops asking when nobody looks any more", async () => {
  await using chain = new Chain();
  await chain.look("?watch=2");
  await until(async () => await chain.asked("Bob") > 0);
  // They ask each other in turn, and must not keep each other at it.
  let last = -1;
  await until(async () => {
    const before = last;
    last = await chain.asked("Ann") + await chain.asked("Bob") + await chain.asked("Eve");
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    return last === before;
  }, 10_000);
});
