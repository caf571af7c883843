// A file of locations, or standard input, read piece by piece: its form by its name, else by its beginning.

import { onAbort } from "../../base/waiting.ts";
import { type Format, FORMATS } from "./export_forms.ts";
import { JsonReader } from "./json_reader.ts";
import { NdjsonReader } from "./ndjson_reader.ts";
import type { Reader } from "./reader.ts";

/** The characters by which a form is told at most. */
const SNIFFED_CHARS = 64 * 1024;

const ENDINGS: Readonly<Record<string, Format>> = {
  csv: "csv",
  tsv: "csv",
  geojson: "geojson",
  ndjson: "ndjson",
  jsonl: "ndjson",
};

/** The form that a file's name tells; undefined if it tells none. */
export function formatOfName(path: string): Format | undefined {
  const ending = /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase();
  return ending === undefined || !Object.hasOwn(ENDINGS, ending) ? undefined : ENDINGS[ending];
}

/** The form of a text that begins so: JSON over many lines is an array or a FeatureCollection. */
export function formatOfText(text: string): Format {
  const start = text.trimStart();
  if (start.startsWith("[")) return "geojson";
  if (!start.startsWith("{")) return "csv";
  const line = /^[^\n]*/.exec(start)![0].trim();
  try {
    return JSON.parse(line)?.type === "FeatureCollection" ? "geojson" : "ndjson";
  } catch {
    // The first line is no JSON of its own, so it is one of many, or longer than what was read.
    return FORMATS[2];
  }
}

/** Makes the reader of a form; that of CSV is loaded only by who has CSV. */
export async function readerOf(format: Format): Promise<Reader> {
  if (format === "csv") return new (await import("./csv_reader.ts")).CsvReader();
  return format === "geojson" ? new JsonReader() : new NdjsonReader();
}

/** A text in pieces, and how many bytes of it were read. */
export class Source {
  readonly #stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #signal: AbortSignal;
  bytes = 0;

  /** Ends early, as if the stream ended, when the signal is aborted. */
  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>, signal: AbortSignal) {
    this.#stream = stream;
    this.#signal = signal;
  }

  /** The pieces, without a byte order mark. The first one has enough to tell the form by. */
  async *pieces(): AsyncGenerator<string, void> {
    const decoder = new TextDecoder();
    let head: string | undefined = "";
    for await (const chunk of this.#chunks()) {
      this.bytes += chunk.length;
      const text = decoder.decode(chunk, { stream: true });
      if (head === undefined) {
        yield text;
        continue;
      }
      head += text;
      if (head.length < SNIFFED_CHARS && !/\S[^\n]*\n/.test(head)) continue;
      yield head;
      head = undefined;
    }
    const rest = (head ?? "") + decoder.decode();
    if (rest !== "") yield rest;
  }

  async *#chunks(): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    const signal = this.#signal;
    const reader = this.#stream.getReader();
    // Nobody may type any more: a read that waits is given up.
    const forget = onAbort(signal, () => reader.releaseLock());
    try {
      while (!signal.aborted) {
        const { done, value } = await reader.read();
        if (done) return;
        yield value;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      forget();
      reader.releaseLock();
      // It closes a file that is not read to the end; input that still waits may never answer.
      this.#stream.cancel().catch(() => {});
    }
  }
}
