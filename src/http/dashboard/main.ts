// The dashboard of one server, which shows the whole herd: wires what comes from the server, what is
// drawn, and what people do.

import { Charts } from "./panels/charts.ts";
import { Clients } from "./data/clients.ts";
import { Connection, type Message } from "./data/connection.ts";
import { Diagram } from "./panels/diagram.ts";
import { EventLog } from "./page/event_log.ts";
import * as format from "./page/format.ts";
import { Herd } from "./data/herd.ts";
import type { EventMessage, Positions } from "../sockets/live_protocol.ts";
import { WorldMap } from "./map/map.ts";
import { type FoundClient, Selection } from "./panels/selection.ts";
import { ServerList } from "./panels/server_list.ts";
import { readTheme, startTheme } from "./page/theme.ts";

/** How near one flies to a client that was asked for. */
const FIND_ZOOM = 12;
/** Names of clients in view are asked for so long after the latest drawing. */
const NAMES_MS = 250;

function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

const clients = new Clients();
const herd = new Herd();
const selection = new Selection(clients, byId("client"));
const servers = new ServerList(herd, byId<HTMLTableSectionElement>("servers"));
const diagram = new Diagram(herd, byId("diagram"));
const charts = new Charts(herd, byId("charts"));
const log = new EventLog(byId<HTMLOListElement>("events"), byId("no-events"));
const map = new WorldMap(byId("map"), {
  clients,
  herd,
  selection,
  listener: {
    onClient: (slot) => {
      selection.choose(slot);
      connection.ask({ slots: [slot] });
    },
    onServer: (name) => highlight(name),
    onNothing: () => {
      selection.choose(0);
      map.touch();
    },
    onDrawn: () => namesLater(),
    onFailure: (reason) => log.add(`The map cannot be drawn: ${reason}`, "bad"),
  },
});

let isLost = false;
let hadState = false;

const connection = new Connection({
  onState(state) {
    document.body.dataset.connection = state;
    setText("connection", { connecting: "connecting", open: "live", lost: "no connection" }[state]);
    if (state === "open") {
      clients.clear();
      herd.clear();
      map.clientLayer.clear();
      if (hadState && isLost) log.add("This page is connected again", "good");
      isLost = false;
      hadState = true;
    } else if (state === "lost" && !isLost) {
      if (hadState) log.add("This page lost its server; trying again", "bad");
      isLost = true;
    }
  },
  onMessage: hear,
  onPositions: (positions) => take(positions),
  askToken,
});

function hear(message: Message): void {
  switch (message.type) {
    case "hello":
      document.title = `${message.herd} · Herd`;
      setText("herd-name", message.herd);
      setText("self", message.self);
      return;
    case "herd":
      herd.take(message.herd, performance.now());
      servers.update();
      diagram.update();
      charts.update();
      selection.tick();
      map.touch();
      return describe();
    case "event":
      return log.add(eventText(message), toneOf(message), new Date(message.time));
    case "clients":
      return message.clients.length === 0 ? notFound() : message.clients.forEach(found);
  }
}

function take(positions: Positions): void {
  const nowMs = performance.now();
  clients.apply(positions, nowMs, (slot) => {
    map.clientLayer.glow(slot, nowMs);
    if (slot === selection.slot) connection.ask({ slots: [slot] });
  });
  map.touch();
  setText("count", format.count(clients.count));
  byId("welcome").hidden = clients.count > 0 || !clients.isLevel;
}

// Finding and showing clients.

let wanted: string | undefined;

byId("search").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = byId<HTMLInputElement>("query").value;
  if (text.trim() === "") return;
  wanted = format.encodedId(text);
  connection.ask({ find: wanted });
});

function found(client: FoundClient): void {
  map.clientLayer.name(client.slot, format.readableId(client.id));
  if (wanted !== undefined && decodeURIComponent(wanted) === format.readableId(client.id)) {
    wanted = undefined;
    setText("found", "");
    selection.choose(client.slot);
    if (clients.has(client.slot)) {
      map.view.flyTo(clients.xs[client.slot]!, clients.ys[client.slot]!, FIND_ZOOM);
    }
  }
  if (client.slot === selection.slot) selection.show(client);
  map.touch();
}

function notFound(): void {
  if (wanted === undefined) return;
  setText("found", `No client is named '${decodeURIComponent(wanted)}'`);
  wanted = undefined;
}

byId("close-client").addEventListener("click", () => {
  selection.choose(0);
  map.touch();
  byId("map").focus();
});

let namesTimer: ReturnType<typeof setTimeout> | undefined;

function namesLater(): void {
  if (namesTimer !== undefined) return;
  namesTimer = setTimeout(() => {
    namesTimer = undefined;
    const slots = map.clientLayer.unnamed();
    if (slots.length > 0) connection.ask({ slots });
  }, NAMES_MS);
}

// Buttons and keys.

byId("zoom-in").addEventListener("click", () => map.view.zoomAt(1.6));
byId("zoom-out").addEventListener("click", () => map.view.zoomAt(1 / 1.6));
byId("zoom-all").addEventListener("click", () => map.view.reset());
byId("zoom-clients").addEventListener("click", fitClients);
startTheme(byId<HTMLButtonElement>("theme"), () => {
  const theme = readTheme();
  map.setTheme(theme);
  charts.setTheme(theme);
});

document.addEventListener("keydown", (event) => {
  const isTyping = event.target instanceof HTMLInputElement;
  if (event.key === "Escape") {
    selection.choose(0);
    map.touch();
    if (isTyping) byId("map").focus();
  } else if (event.key === "/" && !isTyping) {
    event.preventDefault();
    byId("query").focus();
  } else if (event.key === "f" && !isTyping && !event.ctrlKey && !event.metaKey) fitClients();
});

/** Shows the part of the world that has clients. */
function fitClients(): void {
  const { xs, ys, limit } = clients;
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let slot = 1; slot < limit; slot++) {
    if (!clients.has(slot)) continue;
    left = Math.min(left, xs[slot]!);
    right = Math.max(right, xs[slot]!);
    top = Math.min(top, ys[slot]!);
    bottom = Math.max(bottom, ys[slot]!);
  }
  if (left <= right) map.view.fit(left, top, right, bottom);
}

function highlight(name: string): void {
  const row = document.querySelector<HTMLElement>(`tr[data-server="${name}"]`);
  row?.scrollIntoView({ block: "nearest", behavior: "smooth" });
  row?.animate([{ background: "var(--accent-soft)" }, {}], { duration: 1200 });
}

// Words.

function eventText({ event, server, follower }: EventMessage): string {
  switch (event) {
    case "server.up":
      return `${server} is up`;
    case "server.down":
      return `${server} is down`;
    case "link.up":
      return `${follower} follows ${server}`;
    case "link.down":
      return `${follower} lost ${server}`;
  }
}

function toneOf({ event }: EventMessage): "good" | "bad" {
  return event.endsWith(".up") ? "good" : "bad";
}

/** Says the state of all in a sentence, for the head of the page and for screen readers. */
function describe(): void {
  const { snapshot } = herd;
  if (snapshot === undefined) return;
  const up = snapshot.servers.filter((it) => it.state === "up").length;
  const all = snapshot.servers.length;
  const { updates } = herd.total;
  setText("up", `${up} of ${all}`);
  byId("up").classList.toggle("bad", up < all);
  setText("rate", format.rate(updates));
  const text =
    `World map with ${format.count(clients.count)} clients; ${up} of ${all} servers up. ` +
    "Arrow keys move it, plus and minus zoom, 0 shows the whole world, f all clients, " +
    "slash looks for a client.";
  const element = byId("map");
  if (element.ariaLabel !== text) element.ariaLabel = text;
}

function setText(id: string, text: string): void {
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
}

function askToken(wasRefused: boolean): Promise<string> {
  const dialog = byId<HTMLDialogElement>("token-dialog");
  const input = byId<HTMLInputElement>("token");
  setText("token-error", wasRefused ? "That is not the server's token" : "");
  input.value = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(input.value.trim()), { once: true });
  });
}
