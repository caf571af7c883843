import { assert, assertEquals } from "@std/assert";
import { type Findings, measure } from "./measure.ts";

/** A server that comes back receives heartbeats too. */
const HEARTBEAT_BYTES = 5_000;

/** What holds of every herd in which nothing breaks. */
function assertSound(findings: Findings): void {
  const { floodingLines, treeLines, linesAlone, linesInCrowd, links } = findings;
  for (const lines of [linesAlone, linesInCrowd]) {
    assert(lines >= treeLines && lines <= floodingLines, `${lines} lines an update`);
  }
  const { lastMs, wiresMs, boundMs } = findings;
  assert(lastMs >= wiresMs && lastMs <= boundMs, `the last server after ${lastMs} ms`);
  const { missedBytes, caughtUpBytes } = findings;
  assert(caughtUpBytes >= missedBytes);
  assert(caughtUpBytes <= links * missedBytes * 1.05 + HEARTBEAT_BYTES, `${caughtUpBytes} bytes`);
}

Deno.test("measure() finds far apart what flooding costs, in the time of the shortest ways", async () => {
  const far = { minMs: 5, maxMs: 15 };
  for (const size of [5, 50]) assertSound(await measure(size, far, 1));
});

Deno.test("measure() finds that near each other a sixth of the lines is saved", async () => {
  const findings = await measure(50, { minMs: 0.1, maxMs: 0.3 }, 1);
  assertSound(findings);
  const { linesAlone, linesInCrowd, floodingLines } = findings;
  assert(linesAlone < floodingLines * 5 / 6, `${linesAlone} lines alone`);
  assert(linesInCrowd < floodingLines * 5 / 6, `${linesInCrowd} lines in a crowd`);
});

Deno.test("measure() finds the same for the same seed", async () => {
  const delays = { minMs: 0.1, maxMs: 15 };
  assertEquals(await measure(6, delays, 7), await measure(6, delays, 7));
});
