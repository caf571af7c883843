// Actions of people on the page beside moving its map, in a real browser.

import { assertEquals, assertMatch } from "@std/assert";
import type { Page } from "playwright-core";
import { BROWSER_PATH, startBrowser } from "../../../support/processes/browser.ts";
import { exchange } from "../../../support/herds/client.ts";
import { until } from "../../../support/waiting.ts";
import { startNode } from "../../../../src/server/node.ts";
import type { Scope } from "../../../../src/server/tokens/grant.ts";
import { type HerdOptions, loneOptions, placesOf, startHerd } from "../../../support/herds/herd.ts";
import { startHttp } from "../../../support/herds/http.ts";
import { tokenFor, tokenKeys } from "../../../support/herds/tokens.ts";
import { testWith } from "../../../support/test.ts";

const test = testWith("sockets", "processes", BROWSER_PATH !== undefined);

const HERD: HerdOptions = {
  locations: { Ann: "+34.07-118.44", Bob: "+51.51-0.13" },
  links: [["Ann", "Bob"]],
  http: true,
};
const now = () => (Date.now() / 1000).toFixed(6);

/** Waits until an element says what it should. */
async function says(page: Page, selector: string, expected: RegExp): Promise<void> {
  const element = page.locator(selector);
  await until(async () => expected.test(await element.textContent() ?? ""));
}

test("a client is found by the start of its id, with the nearest town, and by keys alone", async () => {
  await using herd = await startHerd(HERD);
  const near = `IAMAT moa/2 +48.86+2.35 ${now()}\nIAMAT moa/1 +34.02-118.49 ${now()}\n`;
  await exchange(herd.port("Ann"), `${near}IAMAT kea +1+1 ${now()}\n`);
  await using browser = await startBrowser();
  const { page, faults } = await browser.open(herd.url("Ann"));
  await says(page, "#count", /^3$/);
  await page.keyboard.press("/");
  await page.keyboard.type("MO");
  await says(page, "#results li:nth-child(1)", /moa\/1.*(Santa Monica|Los Angeles)/);
  await says(page, "#results li:nth-child(2)", /moa\/2.*in Paris/);
  const selected = () => page.locator("#results [aria-selected=true]").textContent();
  assertMatch(await selected() ?? "", /^moa\/1/);
  await page.keyboard.press("ArrowDown");
  assertMatch(await selected() ?? "", /^moa\/2/);
  assertEquals(
    await page.locator("#query").getAttribute("aria-activedescendant"),
    await page.locator("#results [aria-selected=true]").getAttribute("id"),
  );
  await page.keyboard.press("Enter");
  await says(page, "#client [data-field=id]", /^moa\/2$/);
  await says(page, "#client [data-field=where]", /^in Paris$/);
  assertEquals(await page.locator("#query").inputValue(), "");
  assertEquals(await page.locator("#results").isVisible(), false);

  // A client that is not there is told of, until somebody does something else.
  await page.keyboard.press("/");
  await page.keyboard.type("x");
  await says(page, "#found", /^No client's id begins with 'x'$/);
  await page.keyboard.press("Escape");
  await says(page, "#found", /^$/);
  assertEquals(faults, []);
});

test("the address holds view, client and server, and a reload shows them again", async () => {
  await using herd = await startHerd(HERD);
  const at = `IAMAT a%2Fb +48.86+2.35 ${now()}\n`;
  await exchange(herd.port("Bob"), at);
  await using browser = await startBrowser();
  const { page, faults } = await browser.open(herd.url("Ann"));
  assertEquals(page.url(), herd.url("Ann"));
  await says(page, "#count", /^1$/);
  await page.locator("#query").fill("a%");
  await page.keyboard.press("Enter");
  await says(page, "#client [data-field=id]", /^a%2Fb$/);
  await page.getByRole("button", { name: "Bob", exact: true }).click();
  await says(page, "#only", /through Bob/);
  await until(() => /at=48\.86.*,2\.3.*client=a%25252Fb&server=Bob$/.test(page.url()));
  const url = page.url();
  await page.reload();
  await says(page, "#client [data-field=id]", /^a%2Fb$/);
  await says(page, "#only", /through Bob/);
  await until(() => page.url() === url);
  await page.keyboard.press("Escape");
  await page.keyboard.press("0");
  await page.locator("#only").click();
  await until(() => page.url() === herd.url("Ann"));
  assertEquals(faults, []);
});

test("the card says how a client moves and what is near it", async () => {
  const result = {
    name: "A <b>library</b>",
    geometry: { location: { lat: 10.001, lng: 10 } },
  };
  const places = placesOf(() => ({
    html_attributions: [],
    results: [result] as never,
    status: "OK",
  }));
  await using herd = await startHerd({ ...HERD, options: { places } });
  await exchange(herd.port("Ann"), `IAMAT kiwi +10+10 ${now()}\n`);
  await using browser = await startBrowser();
  const { page, faults } = await browser.open(herd.url("Ann"));
  await says(page, "#count", /^1$/);
  await page.locator("#query").fill("kiwi");
  await page.keyboard.press("Enter");
  await says(page, "#client [data-field=moves]", /^none/);
  await page.locator("[data-action=near]").click();
  await says(page, "#client [data-field=places]", /^A <b>library<\/b>111 m$/);
  await page.locator("[data-action=follow]").click();
  assertEquals(await page.locator("[data-action=follow]").getAttribute("aria-pressed"), "true");
  for (let i = 1; i <= 2; i++) {
    await exchange(herd.port("Ann"), `IAMAT kiwi +${10 + i}+10 ${now()}\n`);
    await says(page, "#client [data-field=moves]", new RegExp(`^${i} seen`));
  }
  await says(page, "#client [data-field=motion]", /^(jumped 111 km|[\d,]+ km\/h, north)$/);
  // Whoever moves the map does not follow any more.
  await page.locator("#map").focus();
  await page.keyboard.press("ArrowLeft");
  assertEquals(await page.locator("[data-action=follow]").getAttribute("aria-pressed"), "false");
  await herd.node("Ann").clients.forget(new TextEncoder().encode("kiwi"));
  await says(page, "#count", /^0$/);
  await page.locator("#client [data-field=gone]").waitFor();
  assertEquals(faults, []);
});

test("clients in view are listed, sorted as one likes, and chosen with keys", async () => {
  await using herd = await startHerd(HERD);
  await exchange(herd.port("Ann"), `IAMAT c10 +48.86+2.35 ${now()}\nIAMAT c9 +1+1 ${now()}\n`);
  await exchange(herd.port("Bob"), `IAMAT c1 +35.69+139.69 ${now()}\n`);
  await using browser = await startBrowser();
  const { page, faults } = await browser.open(herd.url("Ann"));
  await says(page, "#count", /^3$/);
  await page.keyboard.press("l");
  const ids = () => page.locator("#client-table tbody th").allTextContents();
  const are = (expected: string) => until(async () => (await ids()).join(" ") === expected);
  await are("c1 c9 c10");
  await page.getByRole("button", { name: "client", exact: true }).click();
  await are("c10 c9 c1");
  await page.getByRole("button", { name: "through", exact: true }).click();
  await until(async () => (await ids()).at(-1) === "c1");
  const sorted = await page.locator("#client-table th[aria-sort=ascending]").textContent();
  assertEquals(sorted?.trim(), "through");
  await page.getByRole("button", { name: "Bob", exact: true }).click();
  await are("c1");
  await page.locator("#client-table tbody button").focus();
  await page.keyboard.press("Enter");
  await says(page, "#client [data-field=id]", /^c1$/);
  await says(page, "#client [data-field=where]", /Tokyo|of /);
  assertEquals(faults, []);
});

test("keys are listed, charts begin with what the server kept, and a lost server is said", async () => {
  await using herd = await startHerd(HERD);
  await until(() =>
    herd.http("Ann").fetch("/v1/history").then(async (it) => (await it.json()).samples.length > 0)
  );
  await using browser = await startBrowser();
  const { page } = await browser.open(herd.url("Ann"));
  await says(page, "#connection", /^live$/);
  await page.keyboard.press("?");
  await says(page, "#keys", /find a client by the start of its id/);
  assertEquals(await page.locator("#keys").isVisible(), true);
  await page.keyboard.press("Escape");
  assertEquals(await page.locator("#keys").isVisible(), false);
  await says(page, "#charts figure:first-child .value", /^0$/);
  await herd.stop("Ann");
  await says(page, "#lost-text", /^Ann does not answer since \d\d:\d\d:\d\d\. What is shown is/);
  assertEquals(await page.locator("#lost-others a").getAttribute("href"), herd.url("Bob"));
  await herd.start("Ann");
  await until(async () => !await page.locator("#lost").isVisible());
});

test("an address that names nobody is said to, and let go", async () => {
  await using herd = await startHerd(HERD);
  await using browser = await startBrowser();
  const { page, faults } = await browser.open(`${herd.url("Ann")}#client=no%2520body&server=Eve`);
  await says(page, "#events", /No client is named 'no body'/);
  await until(() => page.url() === herd.url("Ann"));
  assertEquals(await page.locator("#only").isVisible(), false);
  assertEquals(faults, []);
});

test("a server that is looked at stays so when the connection comes back", async () => {
  await using herd = await startHerd(HERD);
  await using browser = await startBrowser();
  const { page } = await browser.open(`${herd.url("Ann")}#server=Bob`);
  await says(page, "#only", /through Bob/);
  await herd.stop("Ann");
  await says(page, "#connection", /^(no connection|connecting)$/);
  await herd.start("Ann");
  await says(page, "#connection", /^live$/);
  await says(page, "#up", /^2 of 2$/);
  assertEquals(await page.locator("#only").isVisible(), true);
});

test("on a phone every target has 44 pixels, and nothing is wider than the page", async () => {
  const long = "a".repeat(64);
  await using herd = await startHerd({ links: [[long, "7"]], http: true });
  await exchange(herd.port("7"), `IAMAT ${"k".repeat(300)} +48.86+2.35 ${now()}\n`);
  await using browser = await startBrowser();
  const { page, faults } = await browser.open(herd.url("7"), { width: 360, height: 740 });
  await says(page, "#count", /^1$/);
  await page.locator("#query").fill("k");
  await page.keyboard.press("Enter");
  await page.locator("#client").waitFor();
  await page.locator("#client-list summary").click();
  await page.locator("#client-table tbody tr").waitFor();
  const small = await page.evaluate<string[]>(`
    [...document.querySelectorAll("button, input, summary")].flatMap((it) => {
      const { width, height } = it.getBoundingClientRect();
      if (width === 0 || (width >= 44 && height >= 44)) return [];
      return [it.outerHTML.slice(0, 60) + ": " + width + " x " + height];
    })
  `);
  assertEquals(small, []);
  assertEquals(await page.evaluate("document.documentElement.scrollWidth"), 360);
  assertEquals(faults, []);
});

test("a token for reading alone shows clients, and neither servers nor a way to forget", async () => {
  const node = startNode(loneOptions());
  await using _node = node;
  await using http = startHttp(node, { tokens: tokenKeys() });
  await exchange(node.address.port, `IAMAT kiwi +48.86+2.35 ${now()}\nIAMAT kea +1+1 ${now()}\n`);
  await using browser = await startBrowser();
  const open = async (...scopes: Scope[]) => {
    const { page } = await browser.open(`${http.url}/`);
    await page.locator("#token").fill(await tokenFor("k*", ...scopes));
    await page.keyboard.press("Enter");
    await says(page, "#connection", /^live$/);
    return page;
  };
  const choose = async (page: Page) => {
    await says(page, "#count", /^2$/);
    await page.locator("#query").fill("kiwi");
    await page.keyboard.press("Enter");
    await says(page, "#client [data-field=id]", /^kiwi$/);
  };
  const reading = await open("read");
  await choose(reading);
  assertEquals(await reading.locator("[data-action=forget]").isVisible(), false);
  assertEquals(await reading.locator("#servers").isVisible(), false);
  assertEquals(await reading.locator("#without-status").isVisible(), true);

  const looking = await open("status");
  await says(looking, "#up", /^1 of 1$/);
  assertEquals(await looking.locator("#search").isVisible(), false);
  assertEquals(await looking.locator("#without-read").isVisible(), true);

  const ruling = await open("read", "status", "forget");
  await choose(ruling);
  await ruling.locator("[data-action=forget]").click();
  await says(ruling, "[data-action=forget]", /^Forget for good\?$/);
  await says(ruling, "#count", /^2$/);
  await ruling.locator("[data-action=forget]").click();
  await says(ruling, "#count", /^1$/);
  await says(reading, "#count", /^1$/);
});
