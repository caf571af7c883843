import { assertEquals } from "@std/assert";
import { type PlacedStream, StreamPlaces } from "../../../../src/http/api/lists/stream_places.ts";
import { ManualClock } from "../../../support/fakes/manual_clock.ts";

const QUIET_MS = 60_000;

Deno.test("StreamPlaces.makeRoom() ends the stream that was quiet for longest, and none before its time", async () => {
  const clock = new ManualClock();
  const places = new StreamPlaces({ clock, most: 3, quietMs: QUIET_MS });
  const ended: string[] = [];
  const open = (name: string) => {
    const stream = {
      lastEventMs: clock.monotonicMs(),
      [Symbol.dispose]() {
        ended.push(name);
        places.leave(stream);
      },
    } satisfies PlacedStream & { lastEventMs: number };
    places.enter(stream);
    return stream;
  };
  const first = open("first");
  await clock.pass(1);
  open("second");
  await clock.pass(1);
  assertEquals(places.makeRoom(), true);
  open("third");
  assertEquals(places.makeRoom(), false);
  await clock.pass(QUIET_MS - 3);
  assertEquals([places.makeRoom(), ended], [false, []]);
  await clock.pass(1);
  first.lastEventMs = clock.monotonicMs();
  assertEquals([places.makeRoom(), ended], [false, []]);
  await clock.pass(1);
  assertEquals([places.makeRoom(), ended, places.taken], [true, ["second"], 2]);
  assertEquals([places.makeRoom(), ended], [true, ["second"]]);
});
