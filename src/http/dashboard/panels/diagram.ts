// The herd as a graph: servers around a circle, links between them. Topologies need no locations, so
// this shows every one of them; small enough for a corner of the page.

import type { Herd, HerdLink } from "../data/herd.ts";
import * as format from "../page/format.ts";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 320;
const HEIGHT = 190;
const RADIUS = 66;
const LATE_SECONDS = 1;
/** A name of more characters is cut. */
const MAX_NAME = 16;
/** With more servers than this, the graph says nothing that a list does not say better. */
const MAX_SERVERS = 40;

/** Draws the graph into an element. */
export class Diagram {
  readonly #herd: Herd;
  readonly #root: SVGSVGElement;
  #shape = "";

  constructor(herd: Herd, parent: HTMLElement) {
    this.#herd = herd;
    this.#root = svg("svg", {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      role: "img",
      class: "diagram",
    }) as SVGSVGElement;
    parent.append(this.#root);
  }

  /** Shows the present state. */
  update(): void {
    const { snapshot } = this.#herd;
    if (snapshot === undefined) return;
    this.#root.toggleAttribute("hidden", snapshot.servers.length > MAX_SERVERS);
    if (snapshot.servers.length > MAX_SERVERS) return;
    const shape = snapshot.servers.map((it) => it.name).join(" ") + snapshot.links.length;
    if (shape !== this.#shape) {
      this.#shape = shape;
      this.#build();
    }
    for (const link of snapshot.links) {
      const line = this.#root.querySelector(
        `[data-link="${CSS.escape(`${link.from} ${link.to}`)}"]`,
      )!;
      const state = linkState(link);
      const flow = this.#herd.flow(link.from, link.to);
      line.setAttribute("class", `link ${state}${flow > 0.05 ? " flows" : ""}`);
      // Faster dashes for more traffic, by its logarithm.
      const seconds = flow > 0.05 ? Math.max(0.25, 1.6 - 0.35 * Math.log10(1 + flow)) : 0;
      (line as SVGElement).style.animationDuration = `${seconds.toFixed(2)}s`;
      line.querySelector("title")!.textContent = linkText(link, flow);
    }
    for (const { name, state } of snapshot.servers) {
      this.#root.querySelector(`[data-server="${CSS.escape(name)}"]`)!.setAttribute(
        "class",
        `server ${state}`,
      );
    }
    const up = snapshot.servers.filter((it) => it.state === "up").length;
    const links = snapshot.links.filter((it) => it.isUp === true).length;
    this.#root.setAttribute(
      "aria-label",
      `Graph of the herd: ${up} of ${snapshot.servers.length} servers up, ` +
        `${links} of ${snapshot.links.length} directions of links working`,
    );
  }

  #build(): void {
    const { servers, links } = this.#herd.snapshot!;
    this.#root.replaceChildren();
    const places = new Map(servers.map(({ name }, i) => {
      const angle = (2 * Math.PI * i) / servers.length - Math.PI / 2;
      const wide = servers.length === 1 ? 0 : RADIUS;
      return [name, {
        x: WIDTH / 2 + 1.55 * wide * Math.cos(angle),
        y: HEIGHT / 2 + wide * Math.sin(angle),
      }];
    }));
    for (const { from, to } of links) {
      const a = places.get(from)!, b = places.get(to)!;
      const length = Math.hypot(b.x - a.x, b.y - a.y) || 1;
      // The two directions lie side by side.
      const dx = (-(b.y - a.y) / length) * 2.2, dy = ((b.x - a.x) / length) * 2.2;
      const line = svg("line", {
        "data-link": `${from} ${to}`,
        x1: a.x + dx,
        y1: a.y + dy,
        x2: b.x + dx,
        y2: b.y + dy,
      });
      line.append(svg("title", {}));
      this.#root.append(line);
    }
    servers.forEach(({ name }, index) => {
      const { x, y } = places.get(name)!;
      const group = svg("g", { "data-server": name });
      const dot = svg("circle", { cx: x, cy: y, r: 8 });
      dot.style.setProperty("--server", `var(--server-${index % 8})`);
      const isLeft = x < WIDTH / 2 - 20, isRight = x > WIDTH / 2 + 20;
      const label = svg("text", {
        x: x + (isRight ? 13 : isLeft ? -13 : 0),
        y: y + (isLeft || isRight ? 4 : y < HEIGHT / 2 ? -13 : 22),
        "text-anchor": isRight ? "start" : isLeft ? "end" : "middle",
      });
      if (servers.length <= 14) label.textContent = format.shortened(name, MAX_NAME);
      const title = svg("title", {});
      title.textContent = name;
      group.append(dot, label, title);
      this.#root.append(group);
    });
  }
}

/** `up`, `late`, `down` or `unknown`. */
export function linkState({ isUp, lagSeconds }: HerdLink): string {
  if (isUp === null) return "unknown";
  if (!isUp) return "down";
  return (lagSeconds ?? 0) > LATE_SECONDS ? "late" : "up";
}

function linkText(link: HerdLink, flow: number): string {
  const { from, to, isUp, lagSeconds, lagPositions, backlogPositions } = link;
  if (isUp === null) return `${to} follows ${from}: not known`;
  if (!isUp) return `${to} does not follow ${from}`;
  return `${to} follows ${from}: ${format.rate(flow)} lines/s, ` +
    `${format.count(lagPositions ?? 0)} behind (${format.delay(lagSeconds ?? 0)})` +
    (backlogPositions ? `, ${format.count(backlogPositions)} left of a backlog` : "");
}

function svg(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}
