import { assertEquals } from "@std/assert";
import { Milestones } from "../../src/store/milestones.ts";

/** Milestones of so many records, each at the least position after the one before; some moved then. */
function milestonesOf(count: number, hasMoved: (record: number) => boolean) {
  const positions = [0];
  const milestones = new Milestones((record, position) =>
    positions[record] === position && !hasMoved(record)
  );
  for (let record = 1; record <= count; record++) {
    positions.push(Math.max(milestones.next, 1));
    milestones.add(record, positions[record]!);
  }
  return { milestones, positions };
}

Deno.test("Milestones.before() gives the nearest record that has not moved, however many have", () => {
  const hasMoved = (record: number) => record % 3 === 0 || (record >= 1_500 && record < 1_600);
  const { milestones, positions } = milestonesOf(3_000, hasMoved);
  let nearest = 0;
  for (let record = 1; record <= 3_000; record++) {
    assertEquals(milestones.before(positions[record]! - 1), nearest);
    if (!hasMoved(record)) nearest = record;
    assertEquals(milestones.before(positions[record]!), nearest);
  }
});

Deno.test("Milestones keeps every second one, and the right ones, where none has moved and they are many", () => {
  const { milestones, positions } = milestonesOf(70_000, () => false);
  for (let record = 1; record <= 70_000; record++) {
    const isThinnedOut = record < 65_536 && record % 2 === 1;
    assertEquals(milestones.before(positions[record]!), isThinnedOut ? record - 1 : record);
  }
});
