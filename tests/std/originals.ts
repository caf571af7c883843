// Checks the types and runs the tests with the original standard library in place of the stand-ins,
// in a copy of the project: deno task originals <folder> [tests...]
//
// The folder has the packages as github.com/denoland/std has them: one folder each, with its
// deno.json. `log` and `io` are in its history until September 2025 and may be laid beside the others.

// deno-lint-ignore-file no-console

import project from "../../deno.json" with { type: "json" };

/** Tests of the sources' form, which the copy does not have. */
const LEFT_OUT = ["tests/project"];

const root = new URL("../../", import.meta.url).pathname;

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main([folder, ...tests]: string[]): Promise<number> {
  if (folder === undefined) {
    console.error("Usage: deno task originals <folder of the originals> [tests...]");
    return 2;
  }
  const originals = await findOriginals(folder);
  const copy = await Deno.makeTempDir({ prefix: "herd-originals-" });
  try {
    await copyProject(copy, originals);
    console.log(`With ${[...originals.keys()].join(", ")} in ${copy}`);
    const ignored = LEFT_OUT.map((it) => `--ignore=${it}`);
    return await deno(copy, ["check", "--quiet"]) ||
      await deno(copy, ["test", "-A", "--quiet", "--no-check", "--parallel", ...ignored, ...tests]);
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
}

/** The packages of a folder by name, with the path of each. */
async function findOriginals(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (!isDirectory) continue;
    const path = await Deno.realPath(`${folder}/${name}`);
    const text = await Deno.readTextFile(`${path}/deno.json`).catch(() => undefined);
    if (text !== undefined) found.set(JSON.parse(text).name, path);
  }
  const needed = Object.keys(project.imports).filter((it) => it.startsWith("@std/"));
  const missing = needed.filter((it) => !found.has(it));
  if (missing.length > 0) throw new Error(`${folder} lacks ${missing.join(", ")}`);
  return found;
}

/** Copies what git knows or would add, without the stand-ins, and links the originals. */
async function copyProject(copy: string, originals: Map<string, string>): Promise<void> {
  const { stdout } = await new Deno.Command("git", {
    args: ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    cwd: root,
  }).output();
  const paths = new TextDecoder().decode(stdout).split("\0").filter((it) => it !== "");
  for (const path of paths) {
    if (project.links.some((it) => `./${path}`.startsWith(`${it}/`))) continue;
    await Deno.mkdir(`${copy}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.copyFile(`${root}${path}`, `${copy}/${path}`);
  }
  const linked = { ...project, links: [...originals.values()] };
  await Deno.writeTextFile(`${copy}/deno.json`, JSON.stringify(linked, null, 2));
}

async function deno(cwd: string, args: string[]): Promise<number> {
  const { code } = await new Deno.Command(Deno.execPath(), { args, cwd }).spawn().status;
  return code;
}
