import { assertEquals } from "@std/assert";
import { Problem } from "../../../src/http/problem.ts";
import { Rates } from "../../../src/http/tokens/rates.ts";
import { ManualClock } from "../../support/fakes/manual_clock.ts";

/** The requests that are taken until one is refused, and when to come again, in seconds. */
function untilRefused(spend: () => void, most = 100): { taken: number; retryAfter?: string } {
  for (let taken = 0; taken < most; taken++) {
    try {
      spend();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      assertEquals(error.status, 429);
      return { taken, retryAfter: error.headers["Retry-After"]! };
    }
  }
  return { taken: most };
}

Deno.test("Rates takes ten seconds' requests at once, and then so many a second", async () => {
  const clock = new ManualClock();
  const limits = { httpRequestsPerSecond: 2, httpRequestsPerSecondOfLoopback: Infinity };
  const rates = new Rates(limits, clock);
  const [token, other] = [{}, {}];
  assertEquals(untilRefused(() => rates.spendToken(token)), { taken: 20, retryAfter: "1" });
  assertEquals(untilRefused(() => rates.spendToken(other)).taken, 20);
  await clock.pass(1_000);
  assertEquals(untilRefused(() => rates.spendToken(token)).taken, 2);
  await clock.pass(3_600_000);
  assertEquals(untilRefused(() => rates.spendToken(token)).taken, 20);
  for (const host of ["192.0.2.1", "2001:db8::1"]) {
    assertEquals(untilRefused(() => rates.spendAddress(host)).taken, 20);
  }
  // The same /64 network.
  assertEquals(untilRefused(() => rates.spendAddress("2001:db8::2")).taken, 0);
  assertEquals(untilRefused(() => rates.spendAddress("192.0.2.2", 0)).taken, 100);
  assertEquals(untilRefused(() => rates.spendAddress("127.0.0.1")).taken, 100);
});

Deno.test("Rates says after how many seconds a slow rate has room again", () => {
  const limits = { httpRequestsPerSecond: 0.1, httpRequestsPerSecondOfLoopback: 0.1 };
  const rates = new Rates(limits, new ManualClock());
  assertEquals(untilRefused(() => rates.spendAddress("::1")), { taken: 1, retryAfter: "10" });
});
