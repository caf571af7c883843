// What a run shows while it runs: on a terminal one line that says what is being done, which goes when
// something is to stay; in a file only what stays.

const CLEAR_LINE = "\r\x1b[K";

/** Standard output for results, standard error for progress. */
export class Terminal {
  readonly #isLive = Deno.stderr.isTerminal();
  #title = "";

  /** Begins a case. */
  title(text: string): void {
    this.#title = text;
    this.progress("");
  }

  /** Says what is being done now. */
  progress(text: string): void {
    if (!this.#isLive) return;
    const line = text === "" ? this.#title : `${this.#title}: ${text}`;
    write(Deno.stderr, `${CLEAR_LINE}${line.slice(0, Deno.consoleSize().columns - 1)}`);
  }

  /** Prints what stays. */
  print(text: string): void {
    if (this.#isLive) write(Deno.stderr, CLEAR_LINE);
    write(Deno.stdout, `${text}\n`);
  }
}

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
}
