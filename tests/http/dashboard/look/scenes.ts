// States that a page may be in, each over a herd in this process: for screenshots.

import type { Page } from "playwright-core";
import { createGazetteer } from "../../../../src/places/gazetteer/gazetteer.ts";
import { type HerdOptions, startHerd, type TestHerd } from "../../../support/herds/herd.ts";
import { EXAMPLE_LINKS } from "../../../support/herds/shape.ts";
import { pause, Walkers } from "./walkers.ts";

/** A state, and how a page comes to be in it. */
export interface Scene {
  readonly name: string;
  readonly herd?: HerdOptions;
  /** Clients at first, and how many of them move a second. */
  readonly clients?: number;
  readonly moves?: number;
  /** Events in the herd before the page is opened. */
  before?(herd: TestHerd): Promise<void>;
  /** Actions on the page, and events in the herd meanwhile. */
  act?(page: Page, herd: TestHerd): Promise<void>;
  /** The part of the address from its `#` on. */
  readonly hash?: string;
}

const FIVE: HerdOptions = {
  links: EXAMPLE_LINKS,
  http: true,
  locations: {
    Goloman: "+34.07-118.44",
    Hands: "+40.71-74.01",
    Holiday: "+51.51-0.13",
    Welsh: "+1.35+103.82",
    Wilkes: "-23.55-46.63",
  },
};

/** The longest name that there may be, and a short one. */
const LONG_NAME = "Rechenzentrum-Nordrhein-Westfalen.example.herd-of-two.internal_1";
const UNUSUAL: HerdOptions = {
  links: [[LONG_NAME, "7"]],
  http: true,
  locations: { [LONG_NAME]: "+51.23+6.78", "7": "+51.3+6.9" },
};

/** All scenes. */
export const SCENES: readonly Scene[] = [
  { name: "five", clients: 800, moves: 60 },
  {
    name: "down",
    clients: 800,
    moves: 60,
    async act(page, herd) {
      await page.waitForTimeout(1_500);
      await herd.stop("Holiday");
      // Until what Welsh said last, which is beyond it, is old.
      await page.waitForTimeout(13_000);
    },
  },
  { name: "unusual", herd: UNUSUAL, clients: 60, moves: 5 },
  { name: "empty" },
  { name: "many", clients: 100_000, moves: 1_000 },
  {
    name: "selected",
    clients: 800,
    moves: 200,
    async act(page) {
      await choose(page, "los-angeles");
      await page.locator('[data-action="near"]').click();
      await page.waitForTimeout(3_000);
    },
  },
  {
    name: "picture",
    clients: 800,
    moves: 200,
    async act(page) {
      await choose(page, "los-angeles");
      await page.keyboard.press("0");
      await page.evaluate("document.activeElement.blur()");
      await page.waitForTimeout(12_000);
    },
  },
  {
    name: "finding",
    clients: 800,
    async act(page) {
      await page.locator("#query").fill("mo");
      await page.waitForTimeout(800);
    },
  },
  {
    name: "nobody",
    clients: 800,
    async act(page) {
      await page.locator("#query").fill("nobody-at-all");
      await page.waitForTimeout(800);
    },
  },
  {
    name: "list",
    clients: 800,
    moves: 20,
    hash: "#at=48.8,2.3,20",
    async act(page) {
      await page.locator("#client-list summary").click();
      await page.waitForTimeout(1_500);
    },
  },
  { name: "close", clients: 20_000, moves: 20, hash: "#at=34.02,-118.4,300" },
  {
    name: "server",
    clients: 800,
    async act(page) {
      await page.getByRole("button", { name: "Hands", exact: true }).click();
      await page.waitForTimeout(1_000);
    },
  },
  {
    name: "lost",
    clients: 800,
    async act(page, herd) {
      await page.waitForTimeout(1_000);
      await herd.stop("Goloman");
      await page.waitForTimeout(2_000);
    },
  },
  { name: "token", herd: { ...FIVE, token: "a-token-of-24-characters" }, clients: 10 },
  {
    name: "keys",
    clients: 800,
    async act(page) {
      await page.locator("#help").click();
    },
  },
];

/** Starts the herd of a scene, with its clients. */
export async function stage(scene: Scene): Promise<{ herd: TestHerd; walkers: Walkers }> {
  const gazetteer = createGazetteer();
  const herd = await startHerd({ ...scene.herd ?? FIVE, options: { places: gazetteer } });
  const walkers = new Walkers(herd.nodes, scene.clients ?? 0);
  await walkers.settle();
  await scene.before?.(herd);
  await pause(1_000);
  return { herd, walkers };
}

/** Looks at the first client whose id begins so. */
async function choose(page: Page, prefix: string): Promise<void> {
  await page.locator("#query").fill(prefix);
  await page.locator("#results li").first().click();
  await page.locator("#client").waitFor();
}
