// A real browser, as a value: `await using browser = await startBrowser()`. Debian's Chromium, driven
// over its pipe; it gets no network but what a page on loopback asks for.

import fs from "node:fs";
import type { Browser, Page } from "playwright-core";
import { granted } from "../permissions.ts";

const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where the browser is; undefined when there is none, or when tests may not look for it. */
export const BROWSER_PATH: string | undefined = granted({ name: "read" }, { name: "run" })
  ? PATHS.find((path) => isFile(path))
  : undefined;

/** A page, and what went wrong on it. */
export interface TestPage {
  readonly page: Page;
  /** Errors of scripts and of the console, and requests to any other host than loopback. */
  readonly faults: string[];
}

/** A running browser. */
export interface TestBrowser extends AsyncDisposable {
  /** Opens a page in a profile of its own. */
  open(url: string, options?: TestPageOptions): Promise<TestPage>;
}

/** How a page is looked at. */
export interface TestPageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: "light" | "dark";
}

/**
 * Playwright looks at parts of /proc that only those may see who may do everything, and asks in a way
 * that Deno answers with an error, not with "no".
 */
async function loadPlaywright(): Promise<typeof import("playwright-core")> {
  const { existsSync } = fs;
  fs.existsSync = (path) => {
    try {
      return existsSync(path);
    } catch {
      return false;
    }
  };
  try {
    return await import("playwright-core");
  } finally {
    fs.existsSync = existsSync;
  }
}

/** Starts it. */
export async function startBrowser(): Promise<TestBrowser> {
  const { chromium } = await loadPlaywright();
  const browser: Browser = await chromium.launch({
    executablePath: BROWSER_PATH!,
    // Root has no sandbox; a container's /dev/shm is small.
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  return {
    async open(url, { width = 1280, height = 800, colorScheme = "dark" } = {}) {
      const page = await browser.newPage({ viewport: { width, height }, colorScheme });
      const faults: string[] = [];
      page.on("pageerror", (error) => faults.push(String(error)));
      page.on("console", (it) => {
        if (it.type() === "error") faults.push(it.text());
      });
      page.on("request", (request) => {
        if (new URL(request.url()).hostname !== "127.0.0.1") faults.push(request.url());
      });
      await page.goto(url);
      return { page, faults };
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
