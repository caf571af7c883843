// Takes pictures of the page in a real browser: those of the README, or every state in every size.
// `deno task screenshots` makes the README's; `--all <folder> [name ...]` the others, or those whose
// names begin so, such as `five` or `five-820-dark`.

import {
  startBrowser,
  type TestBrowser,
  type TestPageOptions,
} from "../../../support/processes/browser.ts";
import type { TestHerd } from "../../../support/herds/herd.ts";
import { type Scene, SCENES, stage } from "./scenes.ts";
import { pause } from "./walkers.ts";

const README = new URL("../../../../src/http/dashboard/screenshots/", import.meta.url).pathname;

/** The README's pictures. */
const PICTURES: readonly (TestPageOptions & { readonly scene: string; readonly file: string })[] = [
  { scene: "picture", file: "dark.png", width: 1440, height: 900, colorScheme: "dark" },
  { scene: "many", file: "100k.png", width: 1440, height: 900, colorScheme: "dark" },
  { scene: "five", file: "phone.png", width: 390, height: 844, colorScheme: "light" },
];

const WIDTHS = [390, 820, 1280, 1920];
const HEIGHTS: Readonly<Record<number, number>> = { 390: 844, 820: 1180, 1280: 800, 1920: 1080 };

/** Time that pages need before they look as they will. */
const SETTLE_MS = 2_500;

if (import.meta.main) {
  const [option, folder, ...names] = Deno.args;
  await using browser = await startBrowser();
  if (option === "--all" && folder !== undefined) {
    for (const scene of SCENES) {
      const looks = WIDTHS.flatMap((width) =>
        (["dark", "light"] as const).map((colorScheme) => ({
          width,
          height: HEIGHTS[width]!,
          colorScheme,
          name: `${scene.name}-${width}-${colorScheme}`,
        }))
      ).filter(({ name }) => names.length === 0 || names.some((it) => name.startsWith(it)))
        .map(({ name, ...look }) => ({ ...look, path: `${folder}/${name}.png` }));
      if (looks.length > 0) await take(browser, scene, looks);
    }
  } else {
    for (const { scene, file, ...look } of PICTURES) {
      const it = SCENES.find(({ name }) => name === scene)!;
      await take(browser, it, [{ ...look, path: `${README}${file}` }]);
    }
  }
}

/** Takes pictures of one scene, each of a page and a herd of its own where the scene needs that. */
async function take(
  browser: TestBrowser,
  scene: Scene,
  looks: readonly (TestPageOptions & { readonly path: string })[],
): Promise<void> {
  const isFresh = scene.act !== undefined;
  let staged = await stage(scene);
  try {
    for (const [i, { path, ...look }] of looks.entries()) {
      if (isFresh && i > 0) {
        await staged.herd[Symbol.asyncDispose]();
        staged = await stage(scene);
      }
      const { herd, walkers } = staged;
      const ending = new AbortController();
      const moving = Promise.all([
        walkers.keepMoving(scene.moves ?? 0, ending.signal),
        keepTalking(scene.moves === undefined ? undefined : herd, ending.signal),
      ]);
      const url = `${herd.url(herd.names[0]!)}${scene.hash ?? ""}`;
      const { page, faults } = await browser.open(url, look);
      await page.waitForTimeout(SETTLE_MS);
      await scene.act?.(page, herd);
      await page.screenshot({ path, fullPage: (look.width ?? 1280) <= 900 });
      await page.close();
      ending.abort();
      await moving;
      const noted = faults.length === 0 ? "" : ` ${faults.join("; ")}`;
      await Deno.stdout.write(new TextEncoder().encode(`${path}${noted}\n`));
    }
  } finally {
    await staged.herd[Symbol.asyncDispose]();
  }
}

/** Has a client tell its location over a connection again and again: times to reply come of that. */
async function keepTalking(herd: TestHerd | undefined, signal: AbortSignal): Promise<void> {
  if (herd === undefined) return;
  const connection = await Deno.connect(herd.address(herd.names[0]!));
  const replies = connection.readable.pipeTo(new WritableStream()).catch(() => {});
  while (!signal.aborted) {
    const seconds = (Date.now() / 1000).toFixed(6);
    await connection.write(new TextEncoder().encode(`IAMAT walker +34.07-118.44 ${seconds}\n`));
    await pause(50);
  }
  connection.close();
  await replies;
}
