import { assert, assertEquals } from "@std/assert";
import { Rounds } from "../../../src/server/turns/rounds.ts";
import { ManualClock } from "../../support/fakes/manual_clock.ts";

const CROWD = 1_000;
const BUDGET = 128;

/** A clock whose timers take a millisecond at least, as those of the runtime do. */
class TimerClock extends ManualClock {
  override after(ms: number, callback: () => void): () => void {
    return super.after(Math.max(1, ms), callback);
  }
}

function setUp(members: number) {
  const clock = new TimerClock();
  const rounds = new Rounds(clock);
  for (let i = 0; i < members; i++) rounds.join();
  return { clock, rounds };
}

/** All steps of the microtask queue. */
const turnEnds = () => new Promise<void>((resolve) => setTimeout(resolve));

/** A turn that serves some; gives how many of them wait, and counts those that go on later. */
async function turn(rounds: Rounds, served: number, wentOn: { count: number }) {
  let waiting = 0;
  for (let i = 0; i < served; i++) rounds.serve();
  for (let i = 0; i < served; i++) {
    const others = rounds.whenNext();
    if (others === undefined) continue;
    waiting++;
    others.then(() => wentOn.count++);
  }
  await turnEnds();
  return waiting;
}

Deno.test("Rounds has nobody wait while turns are not full", async () => {
  const { rounds } = setUp(CROWD);
  for (let i = 0; i < 5; i++) assertEquals(await turn(rounds, 100, { count: 0 }), 0);
});

Deno.test("Rounds has who was served wait for a turn that is not full", async () => {
  const { rounds } = setUp(CROWD);
  const wentOn = { count: 0 };
  assertEquals(await turn(rounds, BUDGET, wentOn), 0);
  assertEquals(await turn(rounds, BUDGET, wentOn), BUDGET);
  assertEquals(await turn(rounds, BUDGET, wentOn), BUDGET);
  assertEquals(wentOn.count, 0);
  assertEquals(await turn(rounds, 50, wentOn), 50);
  assertEquals(wentOn.count, 2 * BUDGET + 50);
  // They were many, so it may go on like that; they were few, so it does not.
  assertEquals(await turn(rounds, 50, wentOn), 50);
  assertEquals(await turn(rounds, 50, wentOn), 0);
});

Deno.test("Rounds takes a turn for full in which writes came through beside", async () => {
  const { rounds } = setUp(CROWD);
  const wentOn = { count: 0 };
  await turn(rounds, BUDGET, wentOn);
  for (let i = 0; i < BUDGET - 8; i++) rounds.wrote();
  assertEquals(await turn(rounds, 8, wentOn), 8);
  assertEquals(wentOn.count, 0);
  for (let i = 0; i < 8; i++) rounds.wrote();
  await turnEnds();
  assertEquals(wentOn.count, 8);
});

Deno.test("Rounds ends a round when all wait, also when the last one leaves", async () => {
  const wentOn = { count: 0 };
  const { rounds } = setUp(BUDGET + 1);
  await turn(rounds, BUDGET, wentOn);
  assertEquals(await turn(rounds, BUDGET, wentOn), BUDGET);
  assertEquals(wentOn.count, 0);
  rounds.leave();
  await turnEnds();
  assertEquals(wentOn.count, BUDGET);
});

Deno.test("Rounds ends a round after whose last turn nothing comes", async () => {
  const { rounds, clock } = setUp(CROWD);
  const wentOn = { count: 0 };
  await turn(rounds, BUDGET, wentOn);
  await turn(rounds, BUDGET, wentOn);
  // The first timer sees that there was a turn. One that sees none may have been too early.
  await clock.pass(2);
  assertEquals(await turn(rounds, BUDGET, wentOn), BUDGET);
  await clock.pass(2);
  await turnEnds();
  assertEquals(wentOn.count, 0);
  await clock.pass(1);
  await turnEnds();
  assertEquals(wentOn.count, 2 * BUDGET);
});

Deno.test("Rounds does without timers for a while once they have shown who is busy", async () => {
  const { rounds, clock } = setUp(CROWD);
  const wentOn = { count: 0 };
  await turn(rounds, BUDGET, wentOn);
  await turn(rounds, BUDGET, wentOn);
  // The first timer sees that there was a turn, two see that there was none.
  await clock.pass(3);
  for (let round = 1; round <= 16; round++) {
    assertEquals(wentOn.count, round * BUDGET);
    assertEquals(await turn(rounds, BUDGET, wentOn), BUDGET);
  }
  assertEquals(wentOn.count, 17 * BUDGET);
  // Others may have become busy: timers look again.
  assertEquals(await turn(rounds, BUDGET, wentOn), BUDGET);
  assertEquals(wentOn.count, 17 * BUDGET);
  await clock.pass(3);
  await turnEnds();
  assertEquals(wentOn.count, 18 * BUDGET);
});

Deno.test("Rounds ends a round when too few are left for one, though some do not wait", async () => {
  const { rounds } = setUp(120);
  const wentOn = { count: 0 };
  await turn(rounds, BUDGET, wentOn);
  for (let i = 0; i < BUDGET - 8; i++) rounds.wrote();
  assertEquals(await turn(rounds, 8, wentOn), 8);
  assertEquals(wentOn.count, 0);
  rounds.leave();
  await turnEnds();
  assertEquals(wentOn.count, 8);
});

Deno.test("Rounds does not take for one turn what few were served in many", async () => {
  const { rounds } = setUp(100);
  for (let i = 0; i < 20; i++) await turn(rounds, 100, { count: 0 });
  for (let i = 0; i < 100; i++) rounds.join();
  assertEquals(await turn(rounds, 100, { count: 0 }), 0);
  assertEquals(await turn(rounds, 100, { count: 0 }), 0);
});

/**
 * The runtime's sockets as far as it matters here: so many operations a turn; reads that have just
 * become ready come before what was put off, and of that the latest first.
 */
class Sockets {
  #ready: (() => void)[] = [];
  #putOff: (() => void)[] = [];
  #left = 0;

  /** From a client that sends again as soon as it is read from. */
  read(): Promise<void> {
    return new Promise((resolve) => this.#ready.push(resolve));
  }

  async write(): Promise<void> {
    if (this.#left-- > 0) return;
    await new Promise<void>((resolve) => this.#putOff.push(resolve));
  }

  async turn(): Promise<void> {
    const all = [...this.#ready, ...this.#putOff.toReversed()];
    this.#ready = [];
    this.#putOff = all.slice(BUDGET);
    this.#left = BUDGET - all.length;
    for (const resolve of all.slice(0, BUDGET)) resolve();
    await turnEnds();
  }
}

/** How often each of a crowd of clients that never rest is served in so many turns. */
async function serveCrowd(turns: number, rounds: Pick<Rounds, "serve" | "whenNext" | "wrote">) {
  const sockets = new Sockets();
  const served = new Array<number>(CROWD).fill(0);
  let isOver = false;
  const session = async (index: number) => {
    while (!isOver) {
      await sockets.read();
      rounds.serve();
      served[index]!++;
      const write = sockets.write().then(() => rounds.wrote());
      await rounds.whenNext();
      await write;
    }
  };
  for (let index = 0; index < CROWD; index++) session(index);
  for (let i = 0; i < turns; i++) await sockets.turn();
  isOver = true;
  return { least: Math.min(...served), most: Math.max(...served) };
}

Deno.test("Rounds serves each of a thousand busy connections once a round", async () => {
  const { rounds } = setUp(CROWD);
  const { least, most } = await serveCrowd(300, rounds);
  assert(least >= 10, `the least was served ${least} times`);
  assert(most - least <= 2, `${least} to ${most} times`);
});

Deno.test("without rounds, most of a thousand busy connections are not served", async () => {
  const { least } = await serveCrowd(300, { serve() {}, wrote() {}, whenNext: () => undefined });
  assertEquals(least, 0);
});
