// The herd on the map: servers that have a location in the topology, and their links as great circles
// with what flows through them.

import { geoInterpolate } from "d3-geo";
import type { Herd, HerdLink, HerdServer } from "../data/herd.ts";
import { type LabelSpace, textBox } from "./label_space.ts";
import { project } from "./projection.ts";
import { shortened } from "../page/format.ts";
import { serverColor, type Theme } from "../page/theme.ts";
import type { View } from "./view.ts";

const ARC_STEPS = 48;
/** A particle goes along a link in this time; there is one for each so many lines a second. */
const TRAVEL_MS = 1_600;
const LINES_A_PARTICLE = 4;
const MAX_PARTICLES = 12;
const SERVER_RADIUS = 6;
/** A name of more characters is cut. */
const MAX_NAME = 22;
const SERVER_FONT = "600 12px system-ui, sans-serif";
/** Links are as strong as ever up to this zoom, and all but gone from the other one on. */
const FADE_ZOOM = 6;
const FADED_ZOOM = 60;
const FADED_ALPHA = 0.15;
/** A follower that is behind for longer than this is shown to be. */
const LATE_SECONDS = 1;

/** Draws servers and links. */
export class HerdLayer {
  readonly #herd: Herd;
  /** Places of names beside their marks; a name that finds no room is left out. */
  readonly #labels = new Map<string, { readonly dx: number; readonly dy: number }>();
  /** Points of each link's great circle in units. */
  readonly #arcs = new Map<string, readonly [number, number][]>();

  constructor(herd: Herd) {
    this.#herd = herd;
  }

  /** Draws; whether something flows, so that it has to be drawn again soon. */
  draw(context: CanvasRenderingContext2D, view: View, theme: Theme, nowMs: number): boolean {
    const { snapshot } = this.#herd;
    if (snapshot === undefined) return false;
    const presence = presenceAt(view.zoom);
    const places = new Map(snapshot.servers.flatMap((it) => it.location ? [[it.name, it]] : []));
    let flows = false;
    for (const link of snapshot.links) {
      const from = places.get(link.from), to = places.get(link.to);
      if (from === undefined || to === undefined) continue;
      const arc = this.#arc(from, to).map(([x, y]) => [x * view.k + view.x, y * view.k + view.y]);
      // Both directions lie on one line: one of them draws it.
      context.globalAlpha = presence;
      if (link.from < link.to) this.#drawLine(context, arc, link, theme);
      flows = this.#drawFlow(context, arc, link, theme, nowMs) || flows;
    }
    context.globalAlpha = 1;
    snapshot.servers.forEach((it, index) => this.#drawServer(context, view, it, index, theme));
    return flows;
  }

  /** Gives marks and names of servers their room, before anything else has any. */
  reserve(context: CanvasRenderingContext2D, view: View, space: LabelSpace): void {
    this.#labels.clear();
    const servers = this.#herd.snapshot?.servers ?? [];
    const places = servers.flatMap(({ name, location }) => {
      if (location === null) return [];
      const [x, y] = project(location.lon, location.lat);
      return [{ name, px: x * view.k + view.x, py: y * view.k + view.y }];
    });
    for (const { px, py } of places) {
      const reach = SERVER_RADIUS + 3;
      space.reserve({ left: px - reach, right: px + reach, top: py - reach, bottom: py + reach });
    }
    context.font = SERVER_FONT;
    for (const { name, px, py } of places) {
      const width = context.measureText(shortened(name, MAX_NAME)).width;
      const right = { x: px + SERVER_RADIUS + 6, y: py };
      const left = { x: px - SERVER_RADIUS - 6 - width, y: py };
      const below = { x: px - width / 2, y: py + SERVER_RADIUS + 12 };
      const above = { x: px - width / 2, y: py - SERVER_RADIUS - 12 };
      // Not over the edge of the map while there is another place.
      const isInside = (it: { x: number }) => it.x >= 2 && it.x + width <= view.width - 2;
      const tries = [right, left, below, above];
      const label = [...tries.filter(isInside), ...tries]
        .find((it) => space.take(textBox(width, it)));
      if (label !== undefined) this.#labels.set(name, { dx: label.x - px, dy: label.y - py });
    }
  }

  /** The server whose mark is within `radius` pixels of a pixel. */
  serverAt(view: View, px: number, py: number, radius: number): string | undefined {
    return this.#herd.snapshot?.servers.find(({ location }) => {
      if (location === null) return false;
      const [x, y] = project(location.lon, location.lat);
      return Math.hypot(x * view.k + view.x - px, y * view.k + view.y - py) < radius;
    })?.name;
  }

  #drawLine(
    context: CanvasRenderingContext2D,
    arc: number[][],
    link: HerdLink,
    theme: Theme,
  ): void {
    const back = this.#herd.snapshot!.links.find((it) =>
      it.from === link.to && it.to === link.from
    );
    const both = [link, back].filter((it) => it !== undefined);
    const isDown = both.some((it) => it.isUp === false);
    const isKnown = both.every((it) => it.isUp !== null);
    context.setLineDash(isDown ? [3, 5] : []);
    context.lineWidth = 1.6;
    context.strokeStyle = isDown ? theme.down : !isKnown ? theme.unknown : colorOf(both, theme);
    const presence = context.globalAlpha;
    context.globalAlpha = presence * (isDown ? 0.9 : 0.55);
    context.beginPath();
    arc.forEach(([x, y], i) => i === 0 ? context.moveTo(x!, y!) : context.lineTo(x!, y!));
    context.stroke();
    context.globalAlpha = presence;
    context.setLineDash([]);
  }

  #drawFlow(
    context: CanvasRenderingContext2D,
    arc: number[][],
    { from, to, isUp }: HerdLink,
    theme: Theme,
    nowMs: number,
  ): boolean {
    const flow = this.#herd.flow(from, to);
    if (isUp !== true || flow < 0.05) return false;
    const particles = Math.min(MAX_PARTICLES, Math.ceil(flow / LINES_A_PARTICLE));
    const points = from < to ? arc : arc.toReversed();
    context.fillStyle = theme.accent;
    for (let i = 0; i < particles; i++) {
      const along = ((nowMs / TRAVEL_MS + i / particles) % 1) * (points.length - 1);
      const at = Math.floor(along);
      const [ax, ay] = points[at]!, [bx, by] = points[Math.min(at + 1, points.length - 1)]!;
      context.beginPath();
      context.arc(
        ax! + (bx! - ax!) * (along - at),
        ay! + (by! - ay!) * (along - at),
        1.8,
        0,
        2 * Math.PI,
      );
      context.fill();
    }
    return true;
  }

  #drawServer(
    context: CanvasRenderingContext2D,
    view: View,
    { name, location, state }: HerdServer,
    index: number,
    theme: Theme,
  ): void {
    if (location === null) return;
    const [x, y] = project(location.lon, location.lat);
    const px = x * view.k + view.x, py = y * view.k + view.y;
    context.lineWidth = 2.5;
    context.fillStyle = state === "up" ? serverColor(theme, index) : theme.sphere;
    context.strokeStyle = theme[state];
    context.beginPath();
    // A square, to tell it from a client; a server that is down is crossed, whatever its colour.
    context.roundRect(
      px - SERVER_RADIUS,
      py - SERVER_RADIUS,
      2 * SERVER_RADIUS,
      2 * SERVER_RADIUS,
      3,
    );
    context.fill();
    context.stroke();
    if (state === "down") {
      context.beginPath();
      context.moveTo(px - 4, py - 4);
      context.lineTo(px + 4, py + 4);
      context.moveTo(px + 4, py - 4);
      context.lineTo(px - 4, py + 4);
      context.stroke();
    }
    const label = this.#labels.get(name);
    if (label === undefined) return;
    context.font = SERVER_FONT;
    context.lineJoin = "round";
    context.textBaseline = "middle";
    context.lineWidth = 3.5;
    context.strokeStyle = theme.halo;
    context.fillStyle = theme.text;
    const text = shortened(name, MAX_NAME);
    context.strokeText(text, px + label.dx, py + label.dy);
    context.fillText(text, px + label.dx, py + label.dy);
  }

  /** The great circle between two servers, from the one whose name comes first. */
  #arc(one: HerdServer, other: HerdServer): readonly [number, number][] {
    const [a, b] = one.name < other.name ? [one, other] : [other, one];
    const key = `${a.name} ${b.name}`;
    let arc = this.#arcs.get(key);
    if (arc === undefined) {
      const at = geoInterpolate([a.location!.lon, a.location!.lat], [
        b.location!.lon,
        b.location!.lat,
      ]);
      arc = Array.from({ length: ARC_STEPS + 1 }, (_, i) => {
        const [longitude, latitude] = at(i / ARC_STEPS) as [number, number];
        return project(longitude, latitude);
      });
      this.#arcs.set(key, arc);
    }
    return arc;
  }
}

/** The opacity of links at a zoom: closely they are lines from nowhere to nowhere. */
function presenceAt(zoom: number): number {
  const share = Math.log(Math.max(1, zoom / FADE_ZOOM)) / Math.log(FADED_ZOOM / FADE_ZOOM);
  return 1 - (1 - FADED_ALPHA) * Math.min(1, share);
}

/** A link that works: late or not. */
function colorOf(both: readonly HerdLink[], theme: Theme): string {
  return both.some((it) => (it.lagSeconds ?? 0) > LATE_SECONDS) ? theme.late : theme.up;
}
