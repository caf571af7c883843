import { EVERYTHING } from "../../../src/server/tokens/grant.ts";
import { assertEquals } from "@std/assert";
import { encodeClientId } from "../../../src/protocol/client_id.ts";
import { MAX_FOUND, recordsByPrefix } from "../../../src/http/sockets/prefix_search.ts";
import { Pace } from "../../../src/server/turns/pace.ts";
import { SystemClock } from "../../../src/server/system.ts";
import { Store } from "../../../src/store/store.ts";
import { tell } from "../../support/herds/records.ts";

const pace = new Pace(new SystemClock());

async function found(store: Store, prefix: string): Promise<string[]> {
  return (await recordsByPrefix({ store, pace, grant: EVERYTHING }, prefix)).map((record) => {
    const { bytes, clientStart, clientEnd } = store.read(record);
    return encodeClientId(bytes, clientStart, clientEnd);
  });
}

Deno.test("recordsByPrefix() gives ids in their order, letters of either case alike", async () => {
  const store = new Store("feed", 1);
  for (const id of ["kiwi/2", "Kiwi/1", "kea", "moa", "ki", "é"]) tell(store, `${id} +1+1 1`);
  tell(store, "kiwi/0 - 2");
  assertEquals(await found(store, "KI"), ["Kiwi%2F1", "ki", "kiwi%2F2"]);
  assertEquals(await found(store, "kiwi%2f"), ["Kiwi%2F1", "kiwi%2F2"]);
  assertEquals(await found(store, "%C3"), ["%C3%A9"]);
  assertEquals(await found(store, "kiwi/22"), []);
  assertEquals(await found(store, "a b"), []);
  assertEquals(await found(store, "%"), []);
});

Deno.test("recordsByPrefix() gives the first ones of many", async () => {
  const store = new Store("feed", 1);
  for (let i = 2_999; i >= 1_000; i--) tell(store, `c${i} +1+1 1`);
  const expected = Array.from({ length: MAX_FOUND }, (_, i) => `c${1_000 + i}`);
  assertEquals(await found(store, "c"), expected);
  assertEquals(await found(store, "c2"), expected.map((it) => it.replace("c1", "c2")));
});
