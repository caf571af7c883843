// The herd as one server sees it, over real servers with HTTP ports of their own.

import { assertEquals } from "@std/assert";
import type { HerdSnapshot } from "../../src/http/api/status_schemas.ts";
import { until } from "../support/waiting.ts";
import { startHerd, type TestHerd } from "../support/herds/herd.ts";
import { testWith } from "../support/test.ts";
import { tell } from "../support/herds/records.ts";

const test = testWith("sockets");
const TOKEN = "a-token-of-24-characters";
const LINKS: [string, string][] = [["Ann", "Bob"], ["Bob", "Eve"], ["Eve", "Joe"]];

const HEADERS = { Authorization: `Bearer ${TOKEN}` };

/** A chain of four; Joe has no HTTP port. */
function startChain(): Promise<TestHerd> {
  return startHerd({ links: LINKS, http: ["Ann", "Bob", "Eve"], token: TOKEN });
}

/** What Ann sees. */
async function look(herd: TestHerd, query = ""): Promise<HerdSnapshot> {
  const response = await herd.http("Ann").fetch(`/v1/servers${query}`, { headers: HEADERS });
  assertEquals(response.status, 200);
  return await response.json();
}

/** The number of requests that a server's HTTP port was asked for the herd. */
async function asked(herd: TestHerd, name: string): Promise<number> {
  const response = await herd.http(name).fetch("/metrics", { headers: HEADERS });
  const metrics = await response.text();
  return Number(/route="\/v1\/servers",status="200"} (\d+)/.exec(metrics)?.[1] ?? 0);
}

const states = ({ servers }: HerdSnapshot) => servers.map((it) => it.state);
const linksUp = ({ links }: HerdSnapshot) => links.map((it) => it.isUp);

test("GET servers has the whole herd, each server as fresh as its hops allow", async () => {
  await using chain = await startChain();
  const first = await until(async () => {
    const herd = await look(chain, "?watch=0");
    return herd.links.slice(0, 2).every(({ isUp }) => isUp) && herd;
  });
  // Nobody was asked: what is known are Ann's own links.
  assertEquals(states(first), ["up", "up", "unknown", "unknown"]);
  assertEquals(linksUp(first), [true, true, null, null, null, null]);
  assertEquals(await asked(chain, "Bob"), 0);

  const all = await until(async () => {
    const herd = await look(chain);
    return linksUp(herd).every((it) => it) && herd;
  }, 10_000);
  assertEquals(states(all), ["up", "up", "up", "up"]);
  assertEquals(all.servers.map((it) => it.status?.name), ["Ann", "Bob", "Eve", undefined]);
  assertEquals({ herd: all.herd, self: all.self }, { herd: "test", self: "Ann" });
});

test("GET servers tells that a server far away went and came back", async () => {
  await using chain = await startChain();
  const untilStates = (expected: string[]) =>
    until(async () => {
      const herd = await look(chain);
      return JSON.stringify(states(herd)) === JSON.stringify(expected) && herd;
    }, 15_000);
  await untilStates(["up", "up", "up", "up"]);
  await chain.stop("Joe");
  const without = await untilStates(["up", "up", "up", "down"]);
  assertEquals(linksUp(without), [true, true, true, true, false, false]);
  await chain.start("Joe");
  await untilStates(["up", "up", "up", "up"]);
  tell(chain.node("Ann").store, "kiwi +1+1 1");
  await until(async () => {
    const { links } = await look(chain);
    return links.find((it) => it.from === "Bob" && it.to === "Eve")!.lines === 1;
  });
});

test("the first answer of GET servers knows the whole herd", async () => {
  await using chain = await startChain();
  await until(() => chain.node("Ann").status.neighbours.get("Bob")!.isFollowing);
  await until(() => chain.node("Bob").status.neighbours.get("Eve")!.isFollowing);
  await until(() => chain.node("Joe").status.neighbours.get("Eve")!.isFollowing);
  const first = await look(chain);
  assertEquals(states(first), ["up", "up", "up", "up"]);
  assertEquals(first.servers[1]!.status?.name, "Bob");
});

test("GET servers stops asking when nobody looks any more", async () => {
  await using chain = await startChain();
  await look(chain, "?watch=2");
  await until(async () => await asked(chain, "Bob") > 0);
  // They ask each other in turn, and must not keep each other at it.
  let last = -1;
  await until(async () => {
    const before = last;
    last = await asked(chain, "Ann") + await asked(chain, "Bob") + await asked(chain, "Eve");
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    return last === before;
  }, 10_000);
});
