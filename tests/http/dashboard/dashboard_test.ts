// The dashboard in a real browser, over real servers.

import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { BROWSER_PATH, startBrowser } from "../../support/processes/browser.ts";
import { exchange } from "../../support/herds/client.ts";
import { until } from "../../support/waiting.ts";
import { type HerdOptions, startHerd } from "../../support/herds/herd.ts";
import { testWith } from "../../support/test.ts";

const test = testWith("sockets", "processes", BROWSER_PATH !== undefined);
const TOKEN = "a-token-of-24-characters";
const NOW = () => (Date.now() / 1000).toFixed(6);

const HERD: HerdOptions = {
  locations: { Ann: "+34.07-118.44", Bob: "+51.51-0.13", Eve: "+1.35+103.82" },
  links: [["Ann", "Bob"], ["Bob", "Eve"]],
  http: ["Ann", "Bob", "Eve"],
};

/** Waits until an element says what it should. */
async function says(page: Page, selector: string, expected: RegExp): Promise<void> {
  const element = page.locator(selector);
  await until(async () => expected.test(await element.textContent() ?? ""));
}

/** Waits until nothing moves on the map; what it looks like then. */
function untilStill(page: Page): Promise<string> {
  const look = async () => (await page.locator("#map").screenshot()).toHex();
  return until(async () => {
    const now = await look();
    await page.waitForTimeout(100);
    return now === await look() ? now : undefined;
  }, 15_000);
}

/** How much is drawn of clients, links and servers around the middle of the map. */
function drawnInMiddle(page: Page): Promise<number> {
  return page.evaluate(`(() => {
    const canvas = document.querySelector("#map canvas.live");
    const [x, y] = [canvas.width / 2 - 20, canvas.height / 2 - 20];
    const { data } = canvas.getContext("2d").getImageData(x, y, 40, 40);
    return data.filter((it, i) => i % 4 === 3 && it > 0).length;
  })()`);
}

test("what one server is told appears on the map of another server's page, and moves there", async () => {
  await using herd = await startHerd(HERD);
  await using browser = await startBrowser();
  const { page, faults } = await browser.open(herd.url("Eve"));
  await says(page, "#connection", /^live$/);
  await says(page, "#welcome", /IAMAT/);
  assertEquals(await page.locator("#welcome").isVisible(), true);

  await exchange(herd.port("Ann"), `IAMAT kiwi -20.5+60.25 ${NOW()}\n`);
  await says(page, "#count", /^1$/);
  assertEquals(await page.locator("#welcome").isVisible(), false);
  assertEquals(await drawnInMiddle(page), 0);
  await page.keyboard.press("f");
  await until(async () => await drawnInMiddle(page) > 0);
  await untilStill(page);

  // A click on it opens its card; a move is told there.
  const { x, y, width, height } = (await page.locator("#map").boundingBox())!;
  await page.mouse.click(x + width / 2, y + height / 2);
  await says(page, "#client [data-field=id]", /^kiwi$/);
  await says(page, "#client [data-field=location]", /^20\.5000° S, 60\.2500° E$/);
  await exchange(herd.port("Bob"), `IAMAT kiwi -21.5+60.25 ${NOW()}\n`);
  await says(page, "#client [data-field=location]", /^21\.5000° S/);
  await says(page, "#client [data-field=server]", /^Bob$/);
  await says(page, "#client [data-field=moves]", /^1 seen/);
  assertEquals(faults, []);
});

test("a server that goes turns red on the page of another one, and comes back", async () => {
  await using herd = await startHerd(HERD);
  await using browser = await startBrowser();
  const { page, faults } = await browser.open(herd.url("Bob"));
  await says(page, "tr[data-server=Eve] .state", /^up$/);
  await says(page, "#up", /^3 of 3$/);
  await herd.stop("Eve");
  await says(page, "tr[data-server=Eve] .state", /^down$/);
  await says(page, "#up", /^2 of 3$/);
  await says(page, "#events", /Eve is down/);
  const color = (selector: string, name: string) =>
    page.evaluate(`getComputedStyle(document.querySelector("${selector}")).${name}`);
  const red = "rgb(255, 107, 111)";
  assertEquals(await color("tr[data-server=Eve] .state", "color"), red);
  assertEquals(await color(".diagram [data-server=Eve] circle", "stroke"), red);
  await herd.start("Eve");
  await says(page, "tr[data-server=Eve] .state", /^up$/);
  await says(page, "#events", /Eve is up/);
  assertEquals(faults, []);
});

test("the page lives through the end of its own server", async () => {
  await using herd = await startHerd(HERD);
  await using browser = await startBrowser();
  const { page } = await browser.open(herd.url("Ann"));
  await exchange(herd.port("Bob"), `IAMAT kiwi +1+1 ${NOW()}\n`);
  await says(page, "#count", /^1$/);
  await herd.stop("Ann");
  await says(page, "#connection", /^(no connection|connecting)$/);
  await herd.start("Ann");
  await says(page, "#connection", /^live$/);
  await says(page, "#count", /^1$/);
  await says(page, "#events", /This page is connected again/);
});

test("everything can be done with the keyboard", async () => {
  await using herd = await startHerd(HERD);
  await exchange(
    herd.port("Ann"),
    `IAMAT moa/1 +10+10 ${NOW()}\nIAMAT kea -10-10 ${NOW()}\n`,
  );
  await using browser = await startBrowser();
  const { page, faults } = await browser.open(herd.url("Ann"));
  await says(page, "#count", /^2$/);
  await page.keyboard.press("/");
  await page.keyboard.type("nobody");
  await page.keyboard.press("Enter");
  await says(page, "#found", /^No client's id begins with 'nobody'$/);
  await page.locator("#query").fill("moa/1");
  await page.keyboard.press("Enter");
  await says(page, "#client [data-field=id]", /^moa\/1$/);
  await says(page, "#found", /^$/);
  await page.keyboard.press("Escape");
  assertEquals(await page.locator("#client").isVisible(), false);
  const focused = () => page.evaluate<string>("document.activeElement.id");
  assertEquals(await focused(), "map");
  const before = await untilStill(page);
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("-");
  assertNotEquals(await untilStill(page), before);
  // The first tab leads past the map; every control has a name.
  await page.reload();
  await page.keyboard.press("Tab");
  assertEquals(await page.evaluate("document.activeElement.textContent"), "Skip the map");
  const nameless = await page.evaluate<string[]>(`
      [...document.querySelectorAll("button, input, [tabindex='0']")]
        .filter((it) => !it.ariaLabel && !it.textContent.trim()).map((it) => it.id)
    `);
  assertEquals(nameless, []);
  await says(page, "#count", /^2$/);
  const label = () => page.locator("#map").getAttribute("aria-label");
  await until(async () => /2 clients; 3 of 3 servers up/.test(await label() ?? ""));
  assertEquals(faults, []);
});

test("a server with a token gives an empty page, and the herd to who has the token", async () => {
  await using herd = await startHerd({ ...HERD, token: TOKEN });
  await exchange(herd.port("Ann"), `IAMAT kiwi +1+1 ${NOW()}\n`);
  await using browser = await startBrowser();
  const { page } = await browser.open(herd.url("Ann"));
  const dialog = page.locator("#token-dialog");
  await dialog.waitFor();
  assertEquals(await page.locator("#count").textContent(), "–");
  await page.locator("#token").fill("a-wrong-token-of-30-characters");
  await page.keyboard.press("Enter");
  await says(page, "#token-error", /not the server's token/);
  await page.locator("#token").fill(TOKEN);
  await page.keyboard.press("Enter");
  await says(page, "#count", /^1$/);
  assertEquals(await dialog.isVisible(), false);
  // The token stays in this tab alone: not in the address, which ends up in logs and histories.
  assertEquals(page.url(), herd.url("Ann"));
});

test("the page fits a phone, and goes light and dark", async () => {
  await using herd = await startHerd(HERD);
  await using browser = await startBrowser();
  const { page, faults } = await browser.open(herd.url("Ann"), {
    width: 360,
    height: 740,
    colorScheme: "light",
  });
  await says(page, "#up", /^3 of 3$/);
  const wide = await page.evaluate("document.documentElement.scrollWidth");
  assertEquals(wide, 360);
  const theme = () => page.evaluate<string>("document.documentElement.dataset.theme");
  assertEquals(await theme(), "light");
  await page.locator("#theme").click();
  assertEquals(await theme(), "dark");
  await page.reload();
  assertEquals(await theme(), "dark");
  assertMatch(
    await page.evaluate<string>("getComputedStyle(document.body).backgroundColor"),
    /10, 16, 25/,
  );
  assertEquals(faults, []);
});

test("a frame that cannot be drawn is told of, and does not end those after it", async () => {
  await using herd = await startHerd(HERD);
  await using browser = await startBrowser();
  const { page } = await browser.open(herd.url("Ann"));
  await says(page, "#connection", /^live$/);
  await page.evaluate(`(() => {
    const { prototype } = CanvasRenderingContext2D;
    const { arc } = prototype;
    prototype.arc = () => { throw new Error("no arc today"); };
    globalThis.mend = () => { prototype.arc = arc; };
  })()`);
  await exchange(herd.port("Ann"), `IAMAT kiwi -20.5+60.25 ${NOW()}\n`);
  await says(page, "#events", /The map cannot be drawn: Error: no arc today/);
  assertEquals(await page.locator("#events li.bad").count(), 1);
  await page.evaluate("mend()");
  await exchange(herd.port("Ann"), `IAMAT kiwi -20.5+60.25 ${NOW()}\n`);
  await page.locator("#map").focus();
  await page.keyboard.press("f");
  await until(async () => await drawnInMiddle(page) > 0);
});
