// The project's own files, for tests that read them.

/** The project's root. */
export const projectRoot = new URL("../../", import.meta.url);

/** The scripts in a folder and those in it, by their path from the project's root. */
export function sources(folder: string): string[] {
  return files(folder).filter((it) => /\.[jt]s$/.test(it));
}

/** All files in a folder and those in it, but for generated ones. */
export function files(folder: string): string[] {
  return [...Deno.readDirSync(new URL(`${folder}/`, projectRoot))].flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (!entry.isDirectory) return [path];
    return GENERATED.has(entry.name) ? [] : files(path);
  });
}

/** Folders with scripts that nobody writes. */
const GENERATED = new Set(["dist", "node_modules"]);
