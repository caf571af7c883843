import { assertEquals } from "@std/assert";
import { HttpAdmission, type HttpPlace } from "../../../src/http/wire/admission.ts";
import { LIMITS, type Limits } from "../../../src/server/limits.ts";
import { recordingLog } from "../../support/fakes/log.ts";
import { ManualClock } from "../../support/fakes/manual_clock.ts";

function newAdmission(limits: Partial<Limits>) {
  const [clock, log] = [new ManualClock(), recordingLog()];
  const admission = new HttpAdmission({ clock, log, limits: { ...LIMITS, ...limits } });
  const evicted: string[] = [];
  const enter = (host: string, name = host): HttpPlace | undefined =>
    admission.enter(host, () => evicted.push(name));
  return { admission, clock, log, evicted, enter };
}

Deno.test("HttpAdmission has a newcomer take the place of who waits for longest", () => {
  const { admission, evicted, enter } = newAdmission({ maxHttpConnections: 2 });
  const first = enter("10.0.0.1", "first")!;
  enter("10.0.0.1", "second");
  // The first one asks something, and then waits again: now the second has waited longest.
  first.busy();
  first.idle();
  enter("10.0.0.1", "third");
  assertEquals([evicted, admission.connections], [["second"], 2]);
  enter("10.0.0.1", "fourth");
  assertEquals([evicted, admission.connections], [["second", "first"], 2]);
  assertEquals([first.isEvicted, admission.evicted, admission.refused], [true, 2, 0]);
});

Deno.test("HttpAdmission refuses the one too many while all are served, and tells the log", async () => {
  const { admission, log, evicted, enter } = newAdmission({ maxHttpConnections: 2 });
  const places = [enter("10.0.0.1")!, enter("10.0.0.2")!];
  for (const it of places) it.busy();
  assertEquals(enter("10.0.0.3"), undefined);
  assertEquals([evicted, admission.refused], [[], 1]);
  await log.next("http.refused", (it) => it.refused === 1);
  places[0]![Symbol.dispose]();
  assertEquals(enter("10.0.0.3") === undefined, false);
  assertEquals(admission.connections, 2);
});

Deno.test("HttpAdmission lets a crowd crowd out itself", () => {
  const { evicted, enter } = newAdmission({ maxHttpConnections: 4 });
  enter("10.0.0.9", "alone");
  for (let i = 0; i < 100; i++) enter("10.0.0.1", "crowd");
  assertEquals(evicted, Array(97).fill("crowd"));
});

Deno.test("HttpAdmission limits an address, of IPv6 a network, and this machine apart", () => {
  const { admission, evicted, enter } = newAdmission({
    maxHttpConnectionsPerAddress: 1,
    maxHttpConnectionsPerLoopback: 2,
  });
  const busy = (host: string) => {
    const place = enter(host);
    place?.busy();
    return place !== undefined;
  };
  assertEquals([busy("10.0.0.1"), busy("10.0.0.1"), busy("::ffff:10.0.0.1")], [true, false, false]);
  assertEquals([busy("2001:db8::1"), busy("2001:db8::2"), busy("2001:db8:0:1::1")], [
    true,
    false,
    true,
  ]);
  assertEquals([busy("127.0.0.1"), busy("127.0.0.1"), busy("127.0.0.1")], [true, true, false]);
  assertEquals([admission.refused, evicted], [4, []]);
  // An address over its limit makes room itself, and nobody else does.
  enter("10.0.0.2", "before");
  enter("10.0.0.2", "after");
  assertEquals(evicted, ["before"]);
});

Deno.test("HttpAdmission forgets a connection once, however often it leaves", () => {
  const { admission, enter } = newAdmission({ maxHttpConnections: 1 });
  const first = enter("10.0.0.1")!;
  const second = enter("10.0.0.1")!;
  first[Symbol.dispose]();
  first.idle();
  assertEquals(admission.connections, 1);
  second[Symbol.dispose]();
  second[Symbol.dispose]();
  assertEquals(admission.connections, 0);
});

Deno.test("HttpAdmission[Symbol.dispose]() leaves no timer", () => {
  const { admission, clock, enter } = newAdmission({ maxHttpConnections: 1 });
  enter("10.0.0.1")!.busy();
  enter("10.0.0.1");
  assertEquals(clock.pendingTimers, 1);
  admission[Symbol.dispose]();
  assertEquals(clock.pendingTimers, 0);
});
