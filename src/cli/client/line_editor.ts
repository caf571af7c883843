// The line that a person edits at the prompt. Keys, history and completion are readline's; the search
// through the history is here, in front of it: a key that the search takes never reaches readline.

import { createInterface, emitKeypressEvents, type Interface, type Key } from "node:readline";
import { PassThrough } from "node:stream";
import { type History, HISTORY_LINES } from "./history.ts";
import { HistorySearch } from "./history_search.ts";
import type { Output } from "../command/context.ts";
import { dim, yellow } from "../command/style.ts";

/** The terminal that a person types on and reads. */
export interface Terminal {
  /** The keys as they are pressed. */
  readonly input: NodeJS.ReadableStream & { setRawMode?: (mode: boolean) => void };
  /** The typed line, as it is edited. */
  readonly output: NodeJS.WritableStream;
}

/** Readline's line, which may be set together with its cursor; and rows above that of the cursor. */
interface Edited {
  line: string;
  cursor: number;
  prevRows: number;
}

/** Lines as they are typed, below what is written meanwhile. */
export class LineEditor {
  readonly #typing: Interface & Edited;
  readonly #terminal: Terminal;
  readonly #stdout: Output;
  readonly #history: History;
  #prompt: string;
  #search: HistorySearch | undefined;
  /** The line from before the search. */
  #kept: Pick<Edited, "line" | "cursor"> = { line: "", cursor: 0 };
  #lastQuery = "";
  #isClosed = false;

  constructor(
    terminal: Terminal,
    { isDumb, prompt, stdout, history, complete }: {
      /** A dumb terminal moves no cursor, so nothing is edited or drawn anew there. */
      readonly isDumb: boolean;
      readonly prompt: string;
      readonly stdout: Output;
      readonly history: History;
      readonly complete: (line: string) => [choices: string[], completed: string];
    },
  ) {
    this.#terminal = terminal;
    this.#stdout = stdout;
    this.#history = history;
    this.#prompt = prompt;
    this.#typing = createInterface({
      input: isDumb ? terminal.input : this.#keys(),
      output: terminal.output,
      terminal: !isDumb,
      prompt,
      history: history.lines.toReversed(),
      historySize: HISTORY_LINES,
      removeHistoryDuplicates: true,
      completer: complete,
    }) as Interface & Edited;
    this.#typing.on("SIGINT", () => {
      if (this.#typing.line === "") return this.#typing.close();
      this.#typing.write(null, { ctrl: true, name: "e" });
      this.#typing.write(null, { ctrl: true, name: "u" });
    });
    this.#typing.on("close", () => {
      this.#isClosed = true;
      // Ctrl-D leaves the cursor behind the prompt.
      terminal.output.write("\n");
      terminal.input.pause();
    });
  }

  /** The lines, until the person leaves or the editor is closed. */
  [Symbol.asyncIterator](): AsyncIterator<string> {
    return this.#typing[Symbol.asyncIterator]();
  }

  /** Draws the prompt, and behind it what has been typed already. */
  prompt(): void {
    this.#typing.prompt(true);
  }

  /** Has another prompt from the next time on that it is drawn. */
  setPrompt(prompt: string): void {
    this.#prompt = prompt;
    if (this.#search === undefined) this.#typing.setPrompt(prompt);
  }

  /** Writes in place of the prompt and what is typed so far, and puts these below. */
  writeAbove(text: string): void {
    if (this.#isClosed) return this.#stdout.write(text);
    if (!this.#typing.terminal) {
      this.#stdout.write(`\n${text}`);
      return this.prompt();
    }
    this.#stdout.write(this.#erasure() + text);
    this.prompt();
  }

  /** Takes no more lines. */
  close(): void {
    this.#typing.close();
  }

  /** Keys for readline: those of the terminal but for what the search takes. */
  #keys(): NodeJS.ReadableStream {
    const { input } = this.#terminal;
    const keys = Object.assign(new PassThrough(), {
      setRawMode: (mode: boolean) => input.setRawMode?.(mode),
    });
    emitKeypressEvents(input);
    input.on("keypress", (text: string | undefined, key: Key) => {
      if (!this.#isClosed && !this.#take(text, key)) keys.emit("keypress", text, key);
    });
    input.on("end", () => keys.emit("end"));
    return keys;
  }

  /** True if the search takes a key for itself. Another key ends it with the line that was found. */
  #take(text: string | undefined, { name, ctrl = false, meta = false }: Key): boolean {
    const key = `${ctrl ? "ctrl-" : ""}${name}`;
    if (this.#search === undefined) {
      if (key !== "ctrl-r") return false;
      this.#kept = { line: this.#typing.line, cursor: this.#typing.cursor };
      this.#search = new HistorySearch(this.#history.lines, this.#lastQuery);
    } else if (key === "escape" || key === "ctrl-g" || key === "ctrl-c") {
      this.#end(this.#kept);
      return true;
    } else if (key === "ctrl-r") {
      this.#search.older();
    } else if (key === "ctrl-s") {
      this.#search.newer();
    } else if (!meta && (key === "backspace" || key === "ctrl-h")) {
      this.#search.erase();
    } else if (text && !/\p{Cc}/u.test(text)) {
      this.#search.type(text);
    } else {
      this.#end(this.#search.found ?? this.#kept);
      return false;
    }
    const { query, isFailed, found } = this.#search;
    const said = isFailed
      ? yellow("(failed reverse-i-search)", this.#stdout)
      : dim("(reverse-i-search)", this.#stdout);
    this.#draw(`${said}'${query}': `, found ?? this.#kept);
    return true;
  }

  #end(line: Pick<Edited, "line" | "cursor">): void {
    this.#lastQuery = this.#search?.query || this.#lastQuery;
    this.#search = undefined;
    this.#draw(this.#prompt, line);
  }

  #draw(prompt: string, { line, cursor }: Pick<Edited, "line" | "cursor">): void {
    this.#terminal.output.write(this.#erasure());
    this.#typing.setPrompt(prompt);
    this.#typing.line = line;
    this.#typing.cursor = cursor;
    this.prompt();
  }

  /** The text that erases the prompt and the line, which the next drawing then begins anew. */
  #erasure(): string {
    const { rows } = this.#typing.getCursorPos();
    this.#typing.prevRows = 0;
    return `${rows > 0 ? `\x1b[${rows}A` : ""}\r\x1b[J`;
  }
}
