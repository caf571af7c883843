// A program of a user of the client module, for Node and browsers alike: it prints what it gets, a line each.
// The servers come as arguments, or as parameters `server` of the page's address.

import { HerdClient, HerdError, idOf, textOf } from "../../../src/client/mod.ts";

const { process } = globalThis as { process?: { readonly argv: readonly string[] } };
const servers = process?.argv.slice(2) ??
  new URLSearchParams(globalThis.location.search).getAll("server");
// deno-lint-ignore no-console
const say = (...words: unknown[]) => console.log(words.join(" "));

const herd = new HerdClient(servers);
await herd.tell({ id: idOf("fleet/7"), lat: 1, lon: 1 });
const client = await herd.ask("fleet/7");
say("asked", client && textOf(client.id), client?.lat);
say("unknown", await herd.ask("nobody"));
const { stored } = await herd.tellAll([{ id: "a", lat: 1.01, lon: 1 }, {
  id: "b",
  lat: 50,
  lon: 1,
}]);
say("stored", stored);
say("near", ...(await herd.near({ lat: 1, lon: 1 })).map((it) => it.id));
for await (const { clients } of herd.list({}, { limit: 2 })) say("page", clients.length);
try {
  await herd.tell({ id: "kiwi", lat: 91, lon: 1 });
} catch (error) {
  if (error instanceof HerdError) say("refused", error.status);
}
say("forgotten", await herd.forget("b"));
for await (const event of herd.watch({ bbox: [0, 0, 2, 2] })) {
  say("id" in event ? `${event.type} ${event.id}` : event.type);
  if (event.type === "enter" && event.id === "end") break;
}
say("done");
