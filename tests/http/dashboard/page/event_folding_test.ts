import { assertEquals } from "@std/assert";
import { EventFolding, FOLD_MS } from "../../../../src/http/dashboard/page/event_folding.ts";
import type { EventMessage } from "../../../../src/http/sockets/live_protocol.ts";

/** Lines of a log that is told events: `<seconds> <event> <server> [<follower>]`. */
function logOf(...lines: string[]): string[] {
  const folding = new EventFolding();
  const log = new Map<number, string>();
  for (const line of lines) {
    const [seconds, event, server, follower] = line.split(" ");
    const { story, absorbed } = folding.take({
      type: "event",
      time: new Date(1000 * Number(seconds)).toISOString(),
      event: event as EventMessage["event"],
      server: server!,
      follower,
    });
    for (const id of absorbed) log.delete(id);
    log.set(story.id, `${story.text}${story.isGood ? "" : " (bad)"}`);
  }
  return [...log.values()];
}

Deno.test("a restart is one line, whichever of its events comes first", () => {
  const restart = [
    "1 link.down Ann Eve",
    "1 link.down Eve Ann",
    "1 link.down Bob Eve",
    "2 server.down Eve",
    "2 link.down Eve Bob",
    "7 server.up Eve",
    "7 link.up Ann Eve",
    "8 link.up Eve Ann",
    "8 link.up Bob Eve",
    "8 link.up Eve Bob",
  ];
  assertEquals(logOf(...restart), ["Eve is up again, after 5 s"]);
  assertEquals(logOf(...restart.slice(0, 1)), ["Eve lost Ann (bad)"]);
  assertEquals(logOf(...restart.slice(0, 2)), ["Ann and Eve lost each other (bad)"]);
  assertEquals(logOf(...restart.slice(0, 5)), ["Eve is down (bad)"]);
  assertEquals(logOf(...restart.slice(0, 6)), [
    "Eve is up again, after 5 s; not all of its links are back",
  ]);
});

Deno.test("a link that is lost and found is one line, with the time it took", () => {
  const lines = [
    "1 link.down Ann Bob",
    "1 link.down Bob Ann",
    "4 link.up Bob Ann",
    "5 link.up Ann Bob",
  ];
  assertEquals(logOf(...lines.slice(0, 3)), ["Bob lost Ann (bad)"]);
  assertEquals(logOf(...lines), ["Bob follows Ann again, after 4 s"]);
});

Deno.test("two servers that go are two lines, and so is one that goes twice", () => {
  assertEquals(logOf("1 server.down Ann", "1 server.down Bob", "3 server.up Ann"), [
    "Ann is up again, after 2 s",
    "Bob is down (bad)",
  ]);
  assertEquals(logOf("1 server.down Ann", "3 server.up Ann", "9 server.down Ann"), [
    "Ann is up again, after 2 s",
    "Ann is down (bad)",
  ]);
});

Deno.test("a server that comes without having gone is up, and not again", () => {
  assertEquals(logOf("1 server.up Ann", "1 link.up Ann Bob"), ["Ann is up"]);
});

Deno.test("a link that is lost long after belongs to no earlier story", () => {
  const later = FOLD_MS / 1000 + 9;
  assertEquals(logOf("1 server.down Ann", "3 server.up Ann", `${later} link.down Ann Bob`), [
    "Ann is up again, after 2 s",
    "Bob lost Ann (bad)",
  ]);
});
