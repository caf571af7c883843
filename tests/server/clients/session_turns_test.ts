// Questions for places are work: between some of them others have their turn.

import { assert, assertEquals } from "@std/assert";
import { Pace } from "../../../src/server/turns/pace.ts";
import { ManualClock } from "../../support/fakes/manual_clock.ts";
import { newSession, sessionContext, Wire } from "./session_on_wire.ts";

/** Has whoever asks wait until it is told otherwise. */
class HeldPace extends Pace {
  readonly waiting: (() => void)[] = [];

  override pause(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}

Deno.test("Session answers no more of a chunk of WHATSATs until others have had their turn", async () => {
  const clock = new ManualClock();
  const wire = new Wire();
  const pace = new HeldPace(clock);
  const context = sessionContext(clock, { pace });
  const session = newSession(context, wire);
  const ended = session.run().catch(() => {});
  await clock.pass(0);
  const asked = 40;
  wire.bring("IAMAT k +1+1 1\n" + "WHATSAT k 10 1\n".repeat(asked));
  let turns = 0;
  for (let answered = 0; answered < asked; turns++) {
    await clock.pass(10);
    const { whatsat } = context.counts;
    assert(whatsat > answered && whatsat - answered <= 16, `${whatsat} after ${answered}`);
    answered = whatsat;
    wire.take();
    await clock.pass(10);
    assertEquals(context.counts.whatsat, answered);
    pace.waiting.shift()?.();
  }
  assert(turns > 2, `${turns} turns`);
  await clock.pass(10);
  wire.take();
  await clock.pass(10);
  wire.close();
  session.abort("the test is over");
  await ended;
});
