// A flood lets others have their turn: after each heavy batch both ends ask whether they must wait.

import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { encode } from "../../src/base/bytes.ts";
import { silentLog } from "../../src/base/log.ts";
import { LineReader } from "../../src/protocol/lines.ts";
import { parseBody, Update } from "../../src/protocol/update.ts";
import { waitForLine } from "../../src/protocol/lines.ts";
import type { Connection } from "../../src/base/connection.ts";
import { LINK_TIMINGS } from "../../src/flood/environment.ts";
import { Links } from "../../src/flood/links.ts";
import { Secrets } from "../../src/flood/mac.ts";
import { Store } from "../../src/store/store.ts";
import { Wire } from "../simulation/world/wires.ts";
import { World } from "../simulation/world/world.ts";
import { SERVER } from "../../src/store/source.ts";

/** A few batches' worth. */
const RECORDS = 3_000;

function fill(store: Store): void {
  const update = new Update();
  for (let i = 0; i < RECORDS; i++) {
    const body = encode(`Goloman +0.000000000 client-${i} +34.068930-118.445127 1.5`);
    parseBody(body, 0, body.length, update);
    store.apply(update, SERVER);
  }
}

/** Goloman and Hands, where Hands follows Goloman; each with a pause of its own. */
function startPair(world: World, pauses: Record<"Goloman" | "Hands", () => Promise<void>>) {
  const [near, far] = new Wire(world, 1).ends;
  let dialled: Connection | undefined = near;
  const make = (self: "Goloman" | "Hands", neighbour: string) => {
    const store = new Store(world.token(), 1);
    const links = new Links({
      herd: "ucla",
      self,
      incarnation: world.token(),
      neighbours: [neighbour],
      store,
      secrets: new Secrets([]),
      clock: world.clock(0, () => true),
      log: silentLog,
      timings: LINK_TIMINGS,
      randomToken: () => world.token(),
      random: world.random,
      pause: pauses[self],
      dial() {
        const connection = dialled;
        dialled = undefined;
        return connection === undefined || self === "Goloman"
          ? Promise.reject(new Error("Refused"))
          : Promise.resolve(connection);
      },
    });
    return { store, links };
  };
  const hands = make("Hands", "Goloman");
  const goloman = make("Goloman", "Hands");
  fill(goloman.store);
  const lines = new LineReader(far);
  const served = waitForLine(lines).then(() => goloman.links.serve(far, lines, "peer"));
  hands.links.start();
  return { goloman, hands, served };
}

for (const pausing of ["Goloman", "Hands"] as const) {
  Deno.test(`a link waits for the pause that ${pausing} is told to make, and then goes on`, async () => {
    const world = new World(1);
    const gate = Promise.withResolvers<void>();
    const asked = { Goloman: 0, Hands: 0 };
    const { goloman, hands, served } = startPair(world, {
      Goloman: () => (asked.Goloman++, pausing === "Goloman" ? gate.promise : Promise.resolve()),
      Hands: () => (asked.Hands++, pausing === "Hands" ? gate.promise : Promise.resolve()),
    });
    await world.run(1_000);
    assertEquals(asked[pausing], 1);
    assertLess(hands.store.size, RECORDS);
    gate.resolve();
    await world.run(1_000);
    assertEquals(hands.store.size, RECORDS);
    assertGreater(asked.Goloman, 1);
    assertGreater(asked.Hands, 1);
    const stopped = Promise.all([hands.links.stop(), goloman.links.stop(), served]);
    await world.run(1_000);
    await stopped;
  });
}
