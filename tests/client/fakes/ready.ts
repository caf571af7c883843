// Waits for a herd of a test to be one that clients should use.

import type { TestHerd } from "../../support/herds/herd.ts";
import { until } from "../../support/waiting.ts";

/** Waits until every server of a herd is ready, so that clients begin at the one that they prefer. */
export async function untilReady(herd: TestHerd): Promise<void> {
  for (const name of herd.names) await untilUrlReady(herd.http(name).url);
}

/** Waits until the server at an address is ready. */
export async function untilUrlReady(url: string): Promise<void> {
  await until(async () => {
    try {
      const { ok, body } = await fetch(`${url}/readyz`);
      await body?.cancel();
      return ok;
    } catch {
      return false;
    }
  });
}
