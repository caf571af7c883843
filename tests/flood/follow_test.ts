// The following end of a link, beside what the tests of links see of it.

import { assertEquals, assertRejects } from "@std/assert";
import { decode, encode } from "../../src/base/bytes.ts";
import type { Connection } from "../../src/base/connection.ts";
import { Instant } from "../../src/base/instant.ts";
import { BacklogTurns } from "../../src/flood/backlog/turns.ts";
import { follow } from "../../src/flood/follow.ts";
import { formatLead, formatPos } from "../../src/flood/messages.ts";
import { Neighbour } from "../../src/flood/neighbour.ts";
import { Store } from "../../src/store/store.ts";
import { linkEnvironment } from "../fuzz/surroundings.ts";
import { ManualClock } from "../support/fakes/manual_clock.ts";
import { until } from "../support/waiting.ts";

Deno.test("a link that ends while its ACK is sent keeps no timer", async () => {
  const clock = new ManualClock();
  const token = "0".repeat(32);
  const at = { isBehind: false, freshLines: 0, mendedLines: 0, clock: new Instant() };
  const pos = formatPos({ position: 1, livePosition: 1, ...at }, 2);
  const names = { leader: "Hands", incarnation: token, feedId: token, nonce: token };
  const lead = formatLead({ ...names, retention: null, clock: new Instant() }, 2);
  const said = [encode(`${lead}-\n${pos}-\n`)];
  const closed = Promise.withResolvers<null>();
  const acknowledged = Promise.withResolvers<number>();
  let isAcknowledging = false;
  const connection: Connection = {
    read(buffer) {
      const bytes = said.shift();
      if (bytes === undefined) return closed.promise;
      buffer.set(bytes);
      return Promise.resolve(bytes.length);
    },
    write(bytes) {
      if (!decode(bytes).startsWith("ACK ")) return Promise.resolve(bytes.length);
      isAcknowledging = true;
      return acknowledged.promise.then(() => bytes.length);
    },
    close: () => closed.resolve(null),
  };
  const environment = { ...linkEnvironment(new Store(token, 1), connection), clock };
  const neighbour = new Neighbour("Hands", 0, clock);
  const ending = new AbortController();
  const turns = new BacklogTurns(clock, 1_000);
  const followed = follow(environment, neighbour, { signal: ending.signal, turns });
  const ended = assertRejects(() => followed, Error, "this server is stopping");
  await until(() => isAcknowledging);
  ending.abort();
  await ended;
  acknowledged.resolve(0);
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(clock.pendingTimers, 0);
});
