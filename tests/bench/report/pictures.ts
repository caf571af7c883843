// The pictures of a run, as files.

import type { Report } from "../figures/result.ts";
import { growthPicture } from "./growth.ts";
import { latencyPicture } from "./latency.ts";
import { throughputPicture } from "./throughput.ts";

const PICTURES: Readonly<Record<string, (report: Report) => string | undefined>> = {
  "throughput.svg": throughputPicture,
  "latency.svg": latencyPicture,
  "growth.svg": growthPicture,
};

/** Writes those that the run has figures for to `folder`, which ends with a slash. */
export async function savePictures(report: Report, folder: string): Promise<string[]> {
  const written: string[] = [];
  for (const [name, draw] of Object.entries(PICTURES)) {
    const svg = draw(report);
    if (svg === undefined) continue;
    await Deno.writeTextFile(folder + name, svg);
    written.push(folder + name);
  }
  return written;
}
