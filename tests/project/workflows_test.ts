// The workflows run what CI runs here, on the version of Deno that CI pins.

import { assert, assertEquals } from "@std/assert";
import { parse } from "@std/yaml";
import { testWith } from "../support/test.ts";

const root = new URL("../../", import.meta.url);

interface Workflow {
  readonly jobs: Record<string, {
    readonly strategy?: { readonly matrix: { readonly target: readonly string[] } };
    readonly steps: readonly { readonly run?: string; readonly with?: Record<string, unknown> }[];
  }>;
}

async function workflow(name: string): Promise<Workflow> {
  return parse(await Deno.readTextFile(new URL(`.github/workflows/${name}.yml`, root))) as Workflow;
}

testWith("project")("workflows use the pinned Deno, and CI does what .ci/run does", async () => {
  const ci = await Deno.readTextFile(new URL(".ci/run", root));
  const [, pinned] = /deno@(\d+\.\d+\.\d+)/.exec(ci)!;
  const { pinned: job, canary } = (await workflow("ci")).jobs;
  assert(job!.steps.some((it) => it.run?.endsWith("bash .ci/run")));
  assert(canary!.steps.some((it) => it.run === "deno task ok"));
  const { binaries, image } = (await workflow("release")).jobs;
  const versions = binaries!.steps.flatMap((it) => it.with?.["deno-version"] ?? []);
  assertEquals(versions, [`v${pinned}`]);
  assertEquals(binaries!.strategy!.matrix.target.length, 5);
  assert(image!.steps.some((it) => it.run?.includes("src/ops/Containerfile")));
  const container = await Deno.readTextFile(new URL("src/ops/Containerfile", root));
  const images = [...container.matchAll(/denoland\/deno:(\S+)/g)].map(([, it]) => it);
  assertEquals(images, [pinned, pinned]);
});
