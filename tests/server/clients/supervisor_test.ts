import { assert, assertEquals } from "@std/assert";
import { LIMITS, type Limits } from "../../../src/server/limits.ts";
import {
  lineLimits,
  type Supervised,
  Supervisor,
  type Waiting,
} from "../../../src/server/clients/supervisor.ts";
import { ManualClock } from "../../support/fakes/manual_clock.ts";

/** A session that does what a test says. */
class Puppet implements Supervised {
  progress = 0;
  unreadBytes = 0;
  waitsFor: Waiting;
  endReason: string | undefined;
  readonly #supervisor: Supervisor;

  constructor(supervisor: Supervisor, waitsFor: Waiting) {
    this.#supervisor = supervisor;
    this.waitsFor = waitsFor;
    supervisor.add(this);
  }

  /** Has so many bytes more for a reader. */
  write(bytes: number): void {
    this.unreadBytes += bytes;
    this.#supervisor.take(bytes);
  }

  abort(reason: string): void {
    this.endReason = reason;
    this.#supervisor.give(this.unreadBytes);
    this.unreadBytes = 0;
    this.#supervisor.remove(this);
  }
}

function newSupervisor(limits: Partial<Limits> = {}) {
  const clock = new ManualClock();
  const supervisor = new Supervisor(lineLimits({ ...LIMITS, ...limits }), clock);
  supervisor.start();
  return { clock, supervisor };
}

const LIMITED: [waitsFor: Waiting, limit: "firstLineMs" | "idleMs" | "unreadMs", why: string][] = [
  ["first line", "firstLineMs", "sent no line for 10 s"],
  ["line", "idleMs", "was idle for 10 s"],
  ["reader", "unreadMs", "took no reply for 10 s"],
];

for (const [waitsFor, limit, reason] of LIMITED) {
  Deno.test(`Supervisor ends a session that waits for a ${waitsFor} for too long`, async () => {
    const { clock, supervisor } = newSupervisor({ [limit]: 10_000 });
    const session = new Puppet(supervisor, waitsFor);
    await clock.pass(9_999);
    assertEquals(session.endReason, undefined);
    await clock.pass(501);
    assertEquals(session.endReason, reason);
    assertEquals(Object.values(supervisor.ended).reduce((sum, it) => sum + it), 1);
  });

  Deno.test(`Supervisor lets a session be that waits for a ${waitsFor} and goes on`, async () => {
    const { clock, supervisor } = newSupervisor({ [limit]: 10_000 });
    const session = new Puppet(supervisor, waitsFor);
    for (let i = 0; i < 10; i++) {
      await clock.pass(9_000);
      session.progress++;
    }
    assertEquals(session.endReason, undefined);
  });
}

Deno.test("Supervisor counts a wait from when it began, not from the progress before", async () => {
  const { clock, supervisor } = newSupervisor({ unreadMs: 10_000 });
  const session = new Puppet(supervisor, "others");
  await clock.pass(60_000);
  session.waitsFor = "reader";
  await clock.pass(9_999);
  assertEquals(session.endReason, undefined);
  await clock.pass(1_001);
  assertEquals(session.endReason, "took no reply for 10 s");
});

Deno.test("Supervisor has no limit for what is not the client's fault", async () => {
  const { clock, supervisor } = newSupervisor();
  const session = new Puppet(supervisor, "others");
  await clock.pass(10 * LIMITS.idleMs);
  assertEquals(session.endReason, undefined);
});

Deno.test("Supervisor drops the slowest readers when too much is unread, and no more", async () => {
  const { clock, supervisor } = newSupervisor({ maxUnreadBytesPerServer: 1_000 });
  const sessions: Puppet[] = [];
  for (let i = 0; i < 10; i++) {
    const session = new Puppet(supervisor, "reader");
    session.write(100);
    sessions.push(session);
    await clock.pass(500);
  }
  // The oldest has read something lately.
  sessions[0]!.progress++;
  await clock.pass(500);
  const last = new Puppet(supervisor, "reader");
  last.write(50);
  const ended = sessions.map((it) => it.endReason !== undefined);
  assertEquals(ended, [false, ...Array(3).fill(true), ...Array(6).fill(false)]);
  assertEquals({ endReason: last.endReason, unreadBytes: supervisor.unreadBytes }, {
    endReason: undefined,
    unreadBytes: 750,
  });
  assertEquals(supervisor.ended, { slow: 0, idle: 0, unread: 3 });
});

Deno.test("Supervisor spares one that has just been given something, however long it is here", async () => {
  const { clock, supervisor } = newSupervisor({ maxUnreadBytesPerServer: 1_000 });
  const modest = new Puppet(supervisor, "line");
  await clock.pass(400);
  const greedy = new Puppet(supervisor, "others");
  await clock.pass(200);
  for (const session of [modest, greedy]) session.waitsFor = "reader";
  modest.write(10);
  greedy.write(1_000);
  assertEquals(modest.endReason, undefined);
  assert(greedy.endReason !== undefined);
});

Deno.test("Supervisor forgets sessions, and looks no more when it is disposed of", async () => {
  const { clock, supervisor } = newSupervisor({ idleMs: 1_000 });
  const [gone, left] = [new Puppet(supervisor, "line"), new Puppet(supervisor, "line")];
  supervisor.remove(gone);
  supervisor[Symbol.dispose]();
  await clock.pass(60_000);
  assertEquals({ goneEndReason: gone.endReason, leftEndReason: left.endReason }, {
    goneEndReason: undefined,
    leftEndReason: undefined,
  });
});
