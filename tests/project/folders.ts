// Limits on the files of a folder and the lines of a file: beyond these nobody finds his way.

/** The most files of a folder, its README and the folders in it not counted. */
export const MAX_FILES = 14;

/** The folders with more files than that among these paths, each with how many it has. */
export function crowdedFolders(paths: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const path of paths) {
    const [, folder, name] = /^(.*)\/([^/]+)$/.exec(path) ?? [];
    if (folder === undefined || name === "README.md") continue;
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => count > MAX_FILES)
    .map(([folder, count]) => `${folder} has ${count} files: at most ${MAX_FILES}`).sort();
}

/** The most lines of a file of the sources. */
export const MAX_LINES = 400;

/** The files that are longer among these, each with the lines that it has. */
export function longFiles(texts: ReadonlyMap<string, string>): string[] {
  return [...texts].map(([path, text]) => ({ path, lines: text.split("\n").length - 1 }))
    .filter(({ lines }) => lines > MAX_LINES)
    .map(({ path, lines }) => `${path} has ${lines} lines: at most ${MAX_LINES}`).sort();
}
