// Files that a browser loads before the page is of use: the files that it asks for at once, as they leave the
// server, compressed.

import { assert, assertEquals } from "@std/assert";
import { dashboardFile } from "../../../src/http/dashboard.ts";
import { HttpRequest } from "../../../src/http/wire/request.ts";
import { SteppingPace } from "../../support/fakes/stepping_pace.ts";
import { startHerd } from "../../support/herds/herd.ts";
import { BROWSER_PATH, startBrowser } from "../../support/processes/browser.ts";
import { testWith } from "../../support/test.ts";

/** The most bytes of all of them together. */
const MAX_BYTES = 300_000;

const FIRST_FILES = ["/", "/app.js", "/icon.svg", "/style.css", "/towns.json", "/world-110m.json"];

Deno.test("the page loads in 300 KB, compressed", async () => {
  let bytes = 0;
  for (const path of FIRST_FILES) {
    const fields = new Map([["accept-encoding", "gzip"]]);
    const head = { method: "GET", path, search: "", minor: 1 as const, fields };
    const request = new HttpRequest(head, { peer: "127.0.0.1:1", scheme: "http" });
    const { status, body } = await dashboardFile(request, new SteppingPace());
    assertEquals(status, 200, path);
    bytes += (body as Uint8Array).length;
  }
  assert(bytes <= MAX_BYTES, `${bytes} bytes`);
  assert(bytes > 50_000, `${bytes} bytes cannot be all of them`);
});

testWith("sockets", "processes", BROWSER_PATH !== undefined)(
  "a browser asks for those files at first, and for no other",
  async () => {
    await using herd = await startHerd({ links: [["Ann", "Bob"]], http: true });
    await using browser = await startBrowser();
    const { page } = await browser.open(herd.url("Ann"));
    const paths = new Set<string>();
    page.on("request", (it) => paths.add(new URL(it.url()).pathname));
    await page.reload({ waitUntil: "networkidle" });
    const files = [...paths].filter((it) => !it.startsWith("/v1/"));
    assertEquals(files.toSorted(), FIRST_FILES);
  },
);
