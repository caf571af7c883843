// Who may connect, on a clock of the test's own. Over real sockets: tests/hostile/connections_test.ts.

import { assertEquals } from "@std/assert";
import fc from "../../support/properties.ts";
import { Admission, type Ticket } from "../../../src/server/clients/admission.ts";
import { LIMITS, type Limits } from "../../../src/server/limits.ts";
import { recordingLog } from "../../support/fakes/log.ts";
import { ManualClock } from "../../support/fakes/manual_clock.ts";

function newAdmission(differing: Partial<Limits>) {
  const clock = new ManualClock();
  const log = recordingLog();
  const limits = { ...LIMITS, ...differing };
  const admission = new Admission(limits, clock, log);
  const closed: string[] = [];
  let count = 0;
  /** Connects from `host`; what is refused appears in `closed` as `host#number`. */
  const enter = (host: string, mayBeLink = true, idleMs = () => 0): Ticket => {
    const name = `${host}#${++count}`;
    const close = () => closed.push(name);
    return admission.enter(host, { mayBeLink, close, idleMs, evict: close });
  };
  return { admission, clock, log, limits, closed, enter };
}

Deno.test("Admission refuses the client too many, and counts it", () => {
  const { admission, closed, enter } = newAdmission({ maxConnections: 2 });
  const [first, second, third] = [enter("192.0.2.1"), enter("192.0.2.2"), enter("192.0.2.3")];
  assertEquals([first, second, third].map((it) => it.admitClient()), [true, true, false]);
  assertEquals({ isRefused: third.isRefused, closed }, {
    isRefused: true,
    closed: ["192.0.2.3#3"],
  });
  assertEquals({ clients: admission.clients, refused: admission.refused }, {
    clients: 2,
    refused: 1,
  });
  assertEquals([first, second].map((it) => it.admitClient()), [true, true]);
});

Deno.test("Admission ends the newest clients when the limit is lowered, and no link on trial", () => {
  const { admission, limits, closed, enter } = newAdmission({ maxConnections: 4 });
  for (let i = 0; i < 4; i++) enter("192.0.2.1", false);
  enter("192.0.2.2");
  limits.maxConnections = 4;
  admission.dropExcess();
  assertEquals(closed, []);
  limits.maxConnections = 2;
  admission.dropExcess();
  assertEquals({ closed, clients: admission.clients, evicted: admission.evicted }, {
    closed: ["192.0.2.1#3", "192.0.2.1#4"],
    clients: 2,
    evicted: 2,
  });
  assertEquals(enter("192.0.2.1", false).isRefused, true);
});

Deno.test("Admission counts an address as one however it is spelled, and this machine's apart", () => {
  const { enter } = newAdmission({ maxConnectionsPerAddress: 1 });
  assertEquals(enter("192.0.2.1", false).isRefused, false);
  for (const host of ["192.0.2.1", "::ffff:192.0.2.1", "[::ffff:c000:201]"]) {
    assertEquals(enter(host, false).isRefused, true, host);
  }
  for (const host of ["[::1]", "::1", "::ffff:127.0.0.1", "[::ffff:7f00:1]", "127.0.0.1"]) {
    assertEquals(enter(host, false).isRefused, false, host);
  }
});

Deno.test("Admission refuses at once what cannot be a link", () => {
  const { admission, closed, enter } = newAdmission({ maxConnections: 1 });
  enter("192.0.2.1", false);
  assertEquals({ isRefused: enter("192.0.2.2", false).isRefused, closed }, {
    isRefused: true,
    closed: ["192.0.2.2#2"],
  });
  assertEquals({ clients: admission.clients, refused: admission.refused }, {
    clients: 1,
    refused: 1,
  });
});

Deno.test("Admission lets in whom it has room for by the time of the first line", () => {
  const { admission, closed, enter } = newAdmission({ maxConnections: 1 });
  const first = enter("192.0.2.1");
  const second = enter("192.0.2.2");
  first.release();
  first.release();
  assertEquals({ admitClient: second.admitClient(), clients: admission.clients, closed }, {
    admitClient: true,
    clients: 1,
    closed: [],
  });
});

Deno.test("Admission gives a connection over the limit a while to show that it is a link", async () => {
  const { admission, clock, closed, enter } = newAdmission({ maxConnections: 1 });
  enter("192.0.2.1");
  const [silent, neighbour] = [enter("192.0.2.2"), enter("192.0.2.3")];
  await clock.pass(499);
  neighbour.release();
  assertEquals(closed, []);
  await clock.pass(1);
  assertEquals({ closed, isRefused: silent.isRefused }, {
    closed: ["192.0.2.2#2"],
    isRefused: true,
  });
  silent.release();
  await clock.pass(500);
  assertEquals({
    length: closed.length,
    isRefused: neighbour.isRefused,
    clients: admission.clients,
  }, { length: 1, isRefused: false, clients: 1 });
});

Deno.test("Admission has room for a neighbour whoever crowds in, from its own address too", () => {
  const { closed, enter } = newAdmission({ maxConnections: 0, maxTrials: 4 });
  const neighbour = enter("192.0.2.9");
  for (let i = 0; i < 1_000; i++) enter("192.0.2.1");
  assertEquals({ length: closed.length, isRefused: neighbour.isRefused }, {
    length: 997,
    isRefused: false,
  });
  const another = enter("192.0.2.1");
  for (let i = 0; i < 2; i++) enter("192.0.2.1");
  assertEquals({ anotherIsRefused: another.isRefused, neighbourIsRefused: neighbour.isRefused }, {
    anotherIsRefused: false,
    neighbourIsRefused: false,
  });
});

Deno.test("Admission limits connections by address, of IPv6 by network, loopback apart", () => {
  const { enter } = newAdmission({ maxConnectionsPerAddress: 2, maxConnectionsPerLoopback: 3 });
  const admitted = (...hosts: string[]) => hosts.map((it) => enter(it).admitClient());
  assertEquals(admitted("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1"), [true, true, false]);
  assertEquals(admitted("2001:db8::1", "2001:db8::2", "2001:db8::3"), [true, true, false]);
  assertEquals(admitted("2001:db8:1::1", "192.0.2.2"), [true, true]);
  assertEquals(admitted(..."1234".split("").map(() => "127.0.0.1")), [true, true, true, false]);
  assertEquals(admitted("127.0.0.2", "::1", "::1", "::1", "::1"), [true, true, true, true, false]);
});

Deno.test("Admission frees an address's place when a connection ends or becomes a link", () => {
  const { enter, admission } = newAdmission({ maxConnectionsPerAddress: 1 });
  for (let i = 0; i < 3; i++) {
    const ticket = enter("192.0.2.1");
    assertEquals(ticket.admitClient(), true);
    ticket.release();
  }
  assertEquals({ clients: admission.clients, refused: admission.refused }, {
    clients: 0,
    refused: 0,
  });
});

Deno.test("Admission has room for exactly as many as have left, of each address and of all", () => {
  const hosts = ["192.0.2.1", "192.0.2.2", "127.0.0.1"];
  const limits = { maxConnections: 6, maxConnectionsPerAddress: 3, maxConnectionsPerLoopback: 4 };
  const step = fc.record({
    host: fc.constantFrom(...hosts),
    leaves: fc.option(fc.nat(), { freq: 2 }),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const { admission, enter } = newAdmission(limits);
    const here: { host: string; ticket: Ticket }[] = [];
    for (const { host, leaves } of steps) {
      if (leaves !== null && here.length > 0) {
        here.splice(leaves % here.length, 1)[0]!.ticket.release();
        continue;
      }
      const ofHost = here.filter((it) => it.host === host).length;
      const hasRoom = here.length < 6 && ofHost < (host === "127.0.0.1" ? 4 : 3);
      const ticket = enter(host, false);
      assertEquals({ host, ofHost, isRefused: ticket.isRefused }, {
        host,
        ofHost,
        isRefused: !hasRoom,
      });
      if (hasRoom) here.push({ host, ticket });
      assertEquals(admission.clients, here.length);
    }
  }));
});

Deno.test("Admission tells the log at once, and then once a second how many more", async () => {
  const { clock, log, enter } = newAdmission({ maxConnections: 0 });
  const refuse = (count: number) => {
    for (let i = 0; i < count; i++) enter("192.0.2.1").admitClient();
  };
  refuse(5);
  await clock.pass(999);
  refuse(5);
  await clock.pass(5_000);
  refuse(1);
  const told = log.entries.filter((it) => it.event === "connections.refused");
  assertEquals(told.map((it) => it.fields.refused), [1, 9, 1]);
});

Deno.test("Admission[Symbol.dispose]() leaves no timer", async () => {
  const { admission, clock, closed, enter, log } = newAdmission({ maxConnections: 0 });
  enter("192.0.2.1").admitClient();
  enter("192.0.2.1").admitClient();
  enter("192.0.2.1");
  admission[Symbol.dispose]();
  await clock.pass(10_000);
  assertEquals({ closedLength: closed.length, entriesLength: log.entries.length }, {
    closedLength: 2,
    entriesLength: 1,
  });
});

Deno.test("Admission has who is idle for long make room, the longest first", async () => {
  const limits = { maxConnections: 3, yieldMs: 300_000 };
  const { admission, clock, closed, enter } = newAdmission(limits);
  const idle = [299_999, 400_000, 500_000];
  for (const [i, ms] of idle.entries()) enter(`192.0.2.${i}`, false, () => idle[i] ?? ms);
  enter("192.0.2.9", false);
  assertEquals(closed, ["192.0.2.2#3"]);
  // One that has just said something is spared, though it was idle at the last look.
  idle[1] = 0;
  assertEquals(enter("192.0.2.9", false).isRefused, true);
  assertEquals(closed, ["192.0.2.2#3", "192.0.2.9#5"]);
  idle[0] = 300_000;
  await clock.pass(500);
  assertEquals(enter("192.0.2.9", false).isRefused, false);
  assertEquals(closed.at(-1), "192.0.2.0#1");
  assertEquals([admission.clients, admission.evicted, admission.refused], [3, 2, 1]);
});

Deno.test("Admission has an address that is over its limit make room itself", () => {
  const { closed, enter } = newAdmission({ maxConnectionsPerAddress: 1 });
  const long = () => 1_000_000;
  enter("192.0.2.1", false, () => 2_000_000);
  enter("192.0.2.2", false, long);
  assertEquals(enter("192.0.2.2", false).isRefused, false);
  assertEquals(closed, ["192.0.2.2#2"]);
  const other = enter("192.0.2.1");
  assertEquals(closed.length, 1, "a connection on trial needs no room yet");
  assertEquals([other.admitClient(), closed.at(-1)], [true, "192.0.2.1#1"]);
});
