// Measures frames of the page in a real browser, with 100,000 clients of which 1,000 move a second: as
// the machine is, and with its processor throttled four times. `deno task frames` prints what it saw.
// A machine without a graphics processor draws on its ordinary ones, and so takes longer than most.

import type { Page } from "playwright-core";
import { startBrowser } from "../../../support/processes/browser.ts";
import { SCENES, stage } from "./scenes.ts";

const MEASURED_MS = 8_000;
const LOAD_MS = 6_000;

/** Frames of one page. */
interface Frames {
  readonly aSecond: number;
  /** Milliseconds between two frames: the median, and what one of a hundred exceeds. */
  readonly medianMs: number;
  readonly p99Ms: number;
  /** The part of the time in which scripts ran. */
  readonly scriptShare: number;
}

if (import.meta.main) {
  const { herd, walkers } = await stage(SCENES.find((it) => it.name === "many")!);
  const ending = new AbortController();
  const moving = walkers.keepMoving(1_000, ending.signal);
  try {
    await using browser = await startBrowser();
    for (const slowdown of [1, 4]) {
      for (const movement of ["still", "pan"] as const) {
        const { page } = await browser.open(herd.url(herd.names[0]!));
        await page.waitForTimeout(LOAD_MS);
        const frames = await measure(page, slowdown, movement);
        await page.close();
        await Deno.stdout.write(new TextEncoder().encode(lineOf(slowdown, movement, frames)));
      }
    }
  } finally {
    ending.abort();
    await moving;
    await herd[Symbol.asyncDispose]();
  }
}

/** Counts animation frames, while somebody moves the map or does nothing. */
async function measure(page: Page, slowdown: number, movement: "still" | "pan"): Promise<Frames> {
  const devTools = await page.context().newCDPSession(page);
  await devTools.send("Emulation.setCPUThrottlingRate", { rate: slowdown });
  await devTools.send("Performance.enable");
  const scriptSeconds = async () => {
    const { metrics } = await devTools.send("Performance.getMetrics");
    return metrics.find((it) => it.name === "ScriptDuration")!.value;
  };
  const before = await scriptSeconds();
  const gaps = await page.evaluate<number[]>(`new Promise((resolve) => {
    const gaps = [];
    const startMs = performance.now();
    let lastMs;
    const map = document.querySelector("#map");
    const frame = (nowMs) => {
      if (lastMs !== undefined) gaps.push(nowMs - lastMs);
      lastMs = nowMs;
      if (${movement === "pan"}) {
        const key = Math.floor(nowMs / 1000) % 2 === 0 ? "ArrowLeft" : "ArrowRight";
        if (gaps.length % 6 === 0) map.dispatchEvent(new KeyboardEvent("keydown", { key }));
      }
      if (nowMs - startMs < ${MEASURED_MS}) requestAnimationFrame(frame);
      else resolve(gaps);
    };
    requestAnimationFrame(frame);
  })`);
  const seconds = gaps.reduce((sum, it) => sum + it, 0) / 1000;
  const sorted = gaps.toSorted((a, b) => a - b);
  return {
    aSecond: gaps.length / seconds,
    medianMs: sorted[sorted.length >> 1]!,
    p99Ms: sorted[Math.floor(sorted.length * 0.99)]!,
    scriptShare: (await scriptSeconds() - before) / seconds,
  };
}

function lineOf(slowdown: number, movement: string, frames: Frames): string {
  const { aSecond, medianMs, p99Ms, scriptShare } = frames;
  return `processor 1/${slowdown}, ${movement}: ${aSecond.toFixed(1)} frames/s, ` +
    `${medianMs.toFixed(1)} ms between two (median), ${p99Ms.toFixed(1)} ms (p99), ` +
    `scripts ${(100 * scriptShare).toFixed(0)} % of the time\n`;
}
