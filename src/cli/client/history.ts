// Lines that were typed at the prompt in earlier sessions, in a file that its user alone may read. Where there
// is no permission to read or write it, the prompt has the history of its own session and says nothing.

import { dirname } from "node:path";

/** Lines that the file keeps. */
export const HISTORY_LINES = 1_000;

/** The variable with the folder for state, by the XDG Base Directory Specification. */
export const STATE_VARIABLE = "XDG_STATE_HOME";

const HOME_VARIABLE = "HOME";

/** The variables that the file's place is taken from. */
export const HISTORY_VARIABLES: readonly string[] = [STATE_VARIABLE, HOME_VARIABLE];

/** Only its user reads and writes what was typed. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/**
 * The file of the history, in the XDG folder for state; undefined where the environment names no such
 * folder, or one that no permission can be granted for.
 */
export function historyPath(env: (name: string) => string | undefined): string | undefined {
  const state = env(STATE_VARIABLE);
  const home = env(HOME_VARIABLE);
  const folder = isAbsolute(state) ? state : isAbsolute(home) ? `${home}/.local/state` : undefined;
  // A flag that grants paths has commas between them.
  return folder === undefined || folder.includes(",") ? undefined : `${folder}/herd/history`;
}

/** The lines of earlier sessions, and a place for those of this one. */
export class History {
  readonly #path: string | undefined;
  readonly #lines: string[] = [];

  /** Reads the file and shortens it; without a path, or a file that can be read, it is empty. */
  constructor(path: string | undefined) {
    this.#path = path;
    if (path === undefined) return;
    try {
      // Another kind of file, such as a pipe, could keep a reader waiting.
      if (!Deno.statSync(path).isFile) this.#path = undefined;
      else this.#read(path);
    } catch {
      // There is none yet, or it is not for this process.
    }
  }

  /** At most `HISTORY_LINES` lines, the newest last. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Adds a line, unless it is that of before. */
  add(line: string): void {
    if (!isKept(line) || line === this.#lines.at(-1)) return;
    this.#lines.push(line);
    if (this.#lines.length > HISTORY_LINES) this.#lines.shift();
    if (this.#path === undefined) return;
    try {
      Deno.mkdirSync(dirname(this.#path), { recursive: true, mode: FOLDER_MODE });
      Deno.writeTextFileSync(this.#path, `${line}\n`, { append: true, mode: FILE_MODE });
    } catch {
      // As for reading it.
    }
  }

  #read(path: string): void {
    const all = Deno.readTextFileSync(path).split("\n").filter(isKept);
    this.#lines.push(...all.slice(-HISTORY_LINES));
    Deno.chmodSync(path, FILE_MODE);
    if (all.length <= HISTORY_LINES) return;
    // A rename, so that no crash leaves a part of it.
    const shorter = `${path}.new`;
    Deno.writeTextFileSync(shorter, this.#lines.map((it) => `${it}\n`).join(""), {
      mode: FILE_MODE,
    });
    Deno.renameSync(shorter, path);
  }
}

function isAbsolute(path: string | undefined): path is string {
  return path?.startsWith("/") ?? false;
}

/** True for a line that says something and that a terminal can show. */
function isKept(line: string): boolean {
  return line.trim() !== "" && !/(?!\t)\p{Cc}/u.test(line);
}
