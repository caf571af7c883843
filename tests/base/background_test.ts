import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { awaitedLater, inBackground } from "../../src/base/background.ts";

const failing = () => Promise.reject(new RangeError("No"));

Deno.test("inBackground() resolves with nothing when the task has ended", async () => {
  assertEquals(await inBackground(Promise.resolve(1)), undefined);
});

Deno.test("inBackground() hands a rejection to its handler, and resolves", async () => {
  const seen: unknown[] = [];
  await inBackground(failing(), (error) => seen.push(error));
  assertEquals(seen.map(String), ["RangeError: No"]);
});

Deno.test("inBackground() makes an uncaught error of a rejection that has no handler", async () => {
  const seen: string[] = [];
  const listener = (event: ErrorEvent) => {
    event.preventDefault();
    seen.push(String(event.error));
  };
  addEventListener("error", listener);
  await inBackground(failing());
  removeEventListener("error", listener);
  assertEquals(seen, ["RangeError: No"]);
});

Deno.test("awaitedLater() keeps a rejection for whoever awaits it", async () => {
  const promise = failing();
  assertStrictEquals(awaitedLater(promise), promise);
  await new Promise((resolve) => setTimeout(resolve));
  await assertRejects(() => promise, RangeError, "No");
});
