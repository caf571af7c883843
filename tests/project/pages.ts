// Reads Markdown pages as far as their links and the files that they name.

import { posix } from "node:path";

const FENCES = /^```.*?^```/gms;
const LINK = /\]\(([^)\s]+)\)/g;
const SOURCE = /`([\w./-]+\.(?:ts|js|yml|json|md))`/g;
/** Paths of the API, and files that commands make or people bring. */
const NOT_OURS = /^(?:\/|data\/|certs\/|dist\/|mine\.json|web\/)/;

/** Relative links that lead to no file or heading, as `page: link`. `files` maps paths to texts. */
export function brokenLinks(files: ReadonlyMap<string, string>): string[] {
  return findings(files, LINK, (page, link) => {
    if (/^[a-z]+:/.test(link)) return true;
    const [path = "", heading] = link.split("#");
    const target = path === "" ? page : posix.join(posix.dirname(page), path);
    if (!isThere(files, target)) return false;
    return heading === undefined || headings(files.get(target) ?? "").includes(heading);
  });
}

/** Files in backticks that are neither beside the page, nor in `src`, nor of that name anywhere. */
export function missingFiles(files: ReadonlyMap<string, string>): string[] {
  const paths = [...files.keys()];
  return findings(files, SOURCE, (_, name) => {
    if (NOT_OURS.test(name)) return true;
    return paths.some((path) => path === name || path.endsWith(`/${name}`));
  });
}

function findings(
  files: ReadonlyMap<string, string>,
  pattern: RegExp,
  isRight: (page: string, found: string) => boolean,
): string[] {
  return [...files].filter(([path]) => path.endsWith(".md")).flatMap(([page, text]) =>
    [...text.replace(FENCES, "").matchAll(pattern)].map((match) => match[1] ?? "")
      .filter((found) => !isRight(page, found)).map((found) => `${page}: ${found}`)
  );
}

function isThere(files: ReadonlyMap<string, string>, path: string): boolean {
  if (files.has(path)) return true;
  const folder = path.endsWith("/") ? path : `${path}/`;
  return [...files.keys()].some((it) => it.startsWith(folder));
}

/** The anchors that GitHub makes of a page's headings. */
function headings(text: string): string[] {
  return [...text.matchAll(/^#+ +(.*)$/gm)].map((match) =>
    (match[1] ?? "").toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-")
  );
}
