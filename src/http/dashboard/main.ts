// The dashboard of one server, which shows the whole herd: wires what comes from the server, what is
// drawn, and what people do.

import { Captions } from "./panels/captions.ts";
import { Charts } from "./panels/charts.ts";
import { ClientCard } from "./panels/client_card.ts";
import { ClientList } from "./panels/client_list.ts";
import { Clients } from "./data/clients.ts";
import { Connection, type Message } from "./data/connection.ts";
import { Diagram } from "./panels/diagram.ts";
import { EventLog } from "./page/event_log.ts";
import { Finder } from "./panels/finder.ts";
import * as format from "./page/format.ts";
import { bearing, directionWord } from "./map/geo.ts";
import { type Client, Herd } from "./data/herd.ts";
import { listenToKeys } from "./page/keys.ts";
import { LostBanner } from "./page/lost_banner.ts";
import { lookAt, parseLook, placeOf, printLook } from "./page/address.ts";
import type { Positions } from "../sockets/live_protocol.ts";
import { scaleOf } from "./map/scale_bar.ts";
import { setText } from "./page/set_text.ts";
import { type FoundClient, Selection } from "./panels/selection.ts";
import { ServerList } from "./panels/server_list.ts";
import { readTheme, startTheme } from "./page/theme.ts";
import { Towns } from "./data/towns.ts";
import { mapInWords, serversInWords } from "./page/words.ts";
import { WorldMap } from "./map/map.ts";

/** The zoom to which one flies to a client that was asked for. */
const FIND_ZOOM = 12;
/** Names of clients in view are asked for so long after the latest drawing. */
const NAMES_MS = 250;
/** The address follows the view after this time. */
const ADDRESS_MS = 400;

function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

const clients = new Clients();
const herd = new Herd();
const selection = new Selection(clients);
const towns = new Towns(() => {
  map.touch();
  if (selection.client !== undefined) card.show(selection.client);
  list.renew(true);
});
const servers = new ServerList(herd, byId<HTMLTableSectionElement>("servers"), chooseServer);
const diagram = new Diagram(herd, byId("diagram"));
const charts = new Charts(byId("charts"));
const log = new EventLog(byId<HTMLOListElement>("events"), byId("no-events"));
const map = new WorldMap(byId("map"), {
  clients,
  herd,
  towns,
  selection,
  listener: {
    onClient: choose,
    onServer: chooseServer,
    onNothing: chooseNobody,
    onDrawn: shown,
    onHover: (at) => captions.showPlace(at),
    onFailure: (reason) => log.add(`The map cannot be drawn: ${reason}`, "bad"),
  },
});
const captions = new Captions(map.view, towns, {
  scale: byId("scale"),
  bar: byId("scale-bar"),
  length: byId("scale-text"),
  place: byId("place"),
});
const card = new ClientCard({
  card: byId("client"),
  clients,
  selection,
  whereabouts,
  onClose: () => {
    chooseNobody();
    byId("map").focus();
  },
  onPlaces: () => {
    map.touch();
    fitPlaces();
  },
  onFollow: (follows) => follows && flyToSelection(),
});
const list = new ClientList({
  clients,
  details: byId<HTMLDetailsElement>("client-list"),
  table: byId<HTMLTableElement>("client-table"),
  note: byId("list-note"),
  seen: () => map.clientLayer.seen,
  ask: (slots) => connection.ask({ slots }),
  whereabouts: (it) => towns.nearest(it.lat, it.lon)?.town.name ?? "–",
  onChoose: show,
});
const finder = new Finder({
  input: byId<HTMLInputElement>("query"),
  list: byId<HTMLUListElement>("results"),
  message: byId("found"),
  ask: (prefix) => connection.ask({ prefix }),
  whereabouts: (it) => `${whereabouts(it) ?? format.degrees(it.lat, it.lon)} · ${it.server}`,
  onChoose: show,
  onLeave: () => byId("map").focus(),
});

const lostBanner = new LostBanner(byId("lost"));

let isLost = false;
let hadState = false;
let serverNames: readonly string[] = [];
/** Client and server that the address asked for, until they have come. */
let wanted = parseLook(location.hash);

const connection = new Connection({
  onState(state) {
    document.body.dataset.connection = state;
    setText(
      byId("connection"),
      { connecting: "connecting", open: "live", lost: "no connection" }[state],
    );
    if (state === "open") {
      // Slots are this connection's: who is looked at is found anew.
      const id = selection.client?.id;
      if (id !== undefined) wanted = { ...wanted, client: id };
      selection.choose(0);
      clients.clear();
      herd.clear();
      finder.reset();
      map.clientLayer.clear();
      lostBanner.hide();
      if (hadState && isLost) log.add("This page is connected again", "good");
      isLost = false;
      hadState = true;
    } else if (state === "lost" && !isLost) {
      if (hadState) log.add("This page lost its server; trying again", "bad");
      isLost = true;
      if (hadState) lostBanner.show(herd.snapshot);
    }
  },
  onMessage: hear,
  onPositions: take,
  askToken,
});

function hear(message: Message): void {
  switch (message.type) {
    case "hello":
      document.title = `${message.herd} · Herd`;
      setText(byId("herd-name"), message.herd);
      setText(byId("self"), message.self);
      serverNames = message.servers;
      document.body.dataset.may = message.scopes.join(" ");
      return lookAtWantedServer();
    case "history":
      return charts.begin(byId("self").textContent, message.samples);
    case "herd":
      herd.take(message.herd, performance.now());
      if (message.latest !== undefined) charts.add(message.latest);
      servers.update();
      diagram.update();
      card.tick();
      list.renew();
      map.touch();
      return describe();
    case "event":
      return log.hear(message);
    case "clients":
      if (message.prefix !== undefined) return finder.take(message.prefix, message.clients);
      if (message.clients.length === 0) return notFound();
      list.take(message.clients);
      return message.clients.forEach(found);
  }
}

function take(positions: Positions): void {
  const nowMs = performance.now();
  const wasLevel = clients.isLevel;
  clients.apply(positions, nowMs, (slot) => {
    map.clientLayer.glow(slot, nowMs);
    if (slot === selection.slot) connection.ask({ slots: [slot] });
  });
  if (clients.isLevel && !wasLevel && wanted.client !== undefined) {
    connection.ask({ find: wanted.client });
  }
  map.touch();
  setText(byId("count"), format.count(clients.count));
  byId("welcome").hidden = clients.count > 0 || !clients.isLevel;
}

// The selection.

/** A client that the server told of because it was asked. */
function found(client: FoundClient): void {
  map.clientLayer.name(client.slot, format.readableId(client.id));
  if (client.id === wanted.client) {
    // The address may say where to look, too.
    const isPlaced = wanted.at !== undefined || byId("client").hidden === false;
    wanted = {};
    if (isPlaced) choose(client.slot);
    else show(client);
  }
  if (client.slot === selection.slot) {
    card.show(client);
    if (card.isFollowing) flyToSelection();
  }
  map.touch();
}

/** Nobody is whom the address names, or who was looked at before the connection was lost. */
function notFound(): void {
  if (wanted.client === undefined) return;
  log.add(`No client is named '${format.readableId(wanted.client)}'`, "plain");
  chooseNobody();
}

function lookAtWantedServer(): void {
  const { server } = wanted;
  wanted = { ...wanted, server: undefined };
  if (server === undefined || !serverNames.includes(server)) return;
  if (serverNames[map.clientLayer.only] !== server) chooseServer(server);
}

function choose(slot: number): void {
  if (slot !== selection.slot) card.follow(false);
  selection.choose(slot);
  towns.wantSmall();
  connection.ask({ slots: [slot] });
  map.touch();
}

/** Looks at a client and flies there. */
function show(client: FoundClient): void {
  chooseNobody();
  selection.choose(client.slot);
  towns.wantSmall();
  card.show(client);
  flyToSelection(FIND_ZOOM);
  map.touch();
}

function chooseNobody(): void {
  selection.choose(0);
  wanted = {};
  card.hide();
  map.touch();
}

function flyToSelection(zoom = 0): void {
  const { slot } = selection;
  if (clients.has(slot)) map.view.flyTo(clients.xs[slot]!, clients.ys[slot]!, zoom);
}

/** Shows the clients of one server alone; of all if it is that server already. */
function chooseServer(name: string): void {
  const index = serverNames.indexOf(name);
  const isOff = index < 0 || map.clientLayer.only === index;
  map.clientLayer.only = isOff ? -1 : index;
  servers.mark(isOff ? undefined : name);
  setText(byId("list-of"), isOff ? "" : `through ${name}`);
  byId("only").hidden = isOff;
  setText(byId("only-server"), name);
  map.touch();
  requestAnimationFrame(() => list.renew(true));
}

byId("only").addEventListener("click", () => chooseServer(byId("only-server").textContent));

function whereabouts({ lat, lon }: Client): string | undefined {
  const near = towns.nearest(lat, lon);
  if (near === undefined) return undefined;
  const direction = directionWord(bearing(near.town, { latitude: lat, longitude: lon }));
  return format.near(near.town.name, near.metres, direction);
}

// Words on the map.

let namesTimer: ReturnType<typeof setTimeout> | undefined;
let addressTimer: ReturnType<typeof setTimeout> | undefined;

/** A frame was drawn. */
function shown(): void {
  namesTimer ??= setTimeout(() => {
    namesTimer = undefined;
    const slots = map.clientLayer.unnamed();
    if (slots.length > 0) connection.ask({ slots });
  }, NAMES_MS);
  addressTimer ??= setTimeout(() => {
    addressTimer = undefined;
    tellAddress();
  }, ADDRESS_MS);
  captions.showScale();
}

function tellAddress(): void {
  if (wanted.client !== undefined) return;
  const hash = printLook({
    at: placeOf(map.view),
    client: selection.client?.id,
    server: serverNames[map.clientLayer.only],
  });
  if (hash !== location.hash) history.replaceState(null, "", hash || location.pathname);
}

// Buttons and keys.

map.view.onPan = () => card.follow(false);
byId("zoom-in").addEventListener("click", () => map.view.zoomAt(1.6));
byId("zoom-out").addEventListener("click", () => map.view.zoomAt(1 / 1.6));
byId("zoom-all").addEventListener("click", () => map.view.reset());
byId("zoom-clients").addEventListener("click", fitClients);
startTheme(byId<HTMLButtonElement>("theme"), () => {
  const theme = readTheme();
  map.setTheme(theme);
  charts.setTheme(theme);
});
listenToKeys({
  find: () => byId("query").focus(),
  fit: fitClients,
  follow: () => selection.isThere && card.follow(!card.isFollowing),
  list: () => {
    const details = byId<HTMLDetailsElement>("client-list");
    details.open = !details.open;
    if (details.open) details.querySelector("summary")!.focus();
  },
  escape: chooseNobody,
  map: (key) => map.view.onKey(key),
}, { help: byId<HTMLDialogElement>("keys"), button: byId<HTMLButtonElement>("help") });

addEventListener("hashchange", () => {
  wanted = parseLook(location.hash);
  if (wanted.at !== undefined) lookAt(map.view, wanted.at);
  lookAtWantedServer();
  if (wanted.client !== undefined) connection.ask({ find: wanted.client });
});

if (wanted.at !== undefined) lookAt(map.view, wanted.at);

/** Shows the part of the world that has clients. */
function fitClients(): void {
  const { xs, ys, limit } = clients;
  const { only } = map.clientLayer;
  const slots = Array.from({ length: limit }, (_, slot) => slot)
    .filter((it) => clients.has(it) && (only < 0 || clients.servers[it] === only));
  fit(slots.map((it) => ({ x: xs[it]!, y: ys[it]! })));
}

/** Shows a client with the places near it. */
function fitPlaces(): void {
  const { slot, places } = selection;
  if (places.length === 0 || !clients.has(slot)) return;
  const farthest = Math.max(...places.map((it) => it.metres), 200);
  // As wide as the map is where twice the distance fits.
  const scale = scaleOf(map.view);
  if (scale === undefined) return;
  const pixels = farthest / scale.metres * scale.pixels;
  const room = Math.min(map.view.width, map.view.height) * 0.4;
  map.view.flyTo(clients.xs[slot]!, clients.ys[slot]!, map.view.zoom * room / pixels);
}

function fit(points: readonly { readonly x: number; readonly y: number }[]): void {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y } of points) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  if (left <= right) map.view.fit(left, top, right, bottom);
}

/** Says the state of all in a sentence, for the head of the page and for screen readers. */
function describe(): void {
  const { snapshot } = herd;
  if (snapshot === undefined) return;
  const words = serversInWords(snapshot);
  setText(byId("up"), words.up);
  setText(byId("up-others"), words.others);
  byId("up").classList.toggle("bad", !words.isWhole);
  setText(byId("rate"), format.rate(herd.total.updates));
  const text = mapInWords(clients.count, words);
  const element = byId("map");
  if (element.ariaLabel !== text) element.ariaLabel = text;
}

function askToken(wasRefused: boolean): Promise<string> {
  const dialog = byId<HTMLDialogElement>("token-dialog");
  const input = byId<HTMLInputElement>("token");
  setText(byId("token-error"), wasRefused ? "That is not the server's token" : "");
  input.value = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(input.value.trim()), { once: true });
  });
}
