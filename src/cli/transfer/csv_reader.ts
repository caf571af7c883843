// CSV with a first line of names: `id`, `lat`, `lon` and if wanted `time`, or other usual names of these.

import { Buffer } from "node:buffer";
import { parse } from "csv-parse/stream";
import { DECIMAL_NUMBER } from "../../base/text/numbers.ts";
import {
  columnsOf,
  type CsvRecord,
  faultOfColumns,
  faultOfQuoting,
  parserOptions,
  separatorOf,
  SYNONYMS,
  withPoint,
} from "../../places/file/csv_records.ts";
import { Failure } from "../command/errors.ts";
import type { Reader } from "./reader.ts";
import { type Told, toldOf } from "./told.ts";

const NEEDED = ["id", "lat", "lon"];

/** Other names of the columns of locations. */
const LOCATION_SYNONYMS: Readonly<Record<string, string>> = {
  ...SYNONYMS,
  client: "id",
  device: "id",
  device_id: "id",
  name: "id",
  timestamp: "time",
  date: "time",
};

/** The longest record, in bytes: more means that a quote is never closed. */
const MAX_RECORD_BYTES = 1024 * 1024;

const NUMBER = new RegExp(`^${DECIMAL_NUMBER}$`);

/** Reads CSV. */
export class CsvReader implements Reader {
  readonly unit = "line";
  /** Text in front of the end of the first line that says something, which tells the separator. */
  #head: string | undefined = "";
  #separator = ",";
  /** True if a carriage return was left out that may belong to the next piece's line feed. */
  #endsInReturn = false;
  #writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #records: CsvRecord[] = [];
  #columns: readonly string[] | undefined;
  #indexes: readonly number[] = [];

  async *read(piece: string): AsyncGenerator<Told, void> {
    let text = this.#endsInReturn ? `\r${piece}` : piece;
    this.#endsInReturn = text.endsWith("\r");
    if (this.#endsInReturn) text = text.slice(0, -1);
    text = text.replaceAll("\r\n", "\n");
    if (this.#head !== undefined) {
      this.#head += text;
      if (!/\S.*\n/.test(this.#head) && this.#head.length < MAX_RECORD_BYTES) return;
      text = this.#begin(this.#head);
    }
    await this.#parse((writer) => writer.write(Buffer.from(text)));
    yield* this.#take();
    if (this.#broken !== undefined) throw this.#broken;
  }

  async *end(): AsyncGenerator<Told, void> {
    if (this.#head !== undefined) {
      const text = this.#begin(this.#head);
      await this.#parse((writer) => writer.write(Buffer.from(text)));
    }
    if (this.#broken === undefined) await this.#parse((writer) => writer.close());
    yield* this.#take();
    if (this.#broken !== undefined) throw this.#broken;
    if (this.#columns === undefined) this.#name({ fields: [], line: 1 });
  }

  #broken: Failure | undefined;

  /** Makes the parser for a text that begins so, and gives the text. */
  #begin(text: string): string {
    this.#head = undefined;
    this.#separator = separatorOf(text);
    const options = parserOptions(this.#separator, (it) => void this.#records.push(it));
    const { writable, readable } = parse({ ...options, max_record_size: MAX_RECORD_BYTES });
    this.#writer = writable.getWriter();
    // What they reject with, writes reject with, too. Nothing is to be read: records are taken before.
    this.#writer.closed.catch(() => {});
    readable.getReader().closed.catch(() => {});
    return text;
  }

  /** Hands the parser something; what is wrong with the text then is kept. */
  async #parse(hand: (writer: WritableStreamDefaultWriter<Uint8Array>) => Promise<void>) {
    const writer = this.#writer!;
    try {
      await hand(writer);
      await writer.ready;
    } catch (error) {
      const { line, fault } = faultOfQuoting(error);
      this.#broken = new Failure(`line ${line}: ${fault}: put it right, and run this again`);
    }
  }

  *#take(): Generator<Told, void> {
    const records = this.#records;
    this.#records = [];
    for (const record of records) {
      if (this.#columns === undefined) this.#name(record);
      else yield this.#told(record, this.#columns.length);
    }
  }

  /** Takes the names of the columns. */
  #name({ fields, line }: CsvRecord): void {
    this.#columns = columnsOf(fields, LOCATION_SYNONYMS);
    const fault = faultOfColumns(this.#columns, NEEDED);
    if (fault !== undefined) {
      throw new Failure(
        `line ${line}: ${fault}: the first line of CSV names the columns id, lat, lon and time. ` +
          "--format says what the file is, if it is no CSV",
      );
    }
    this.#indexes = [...NEEDED, "time"].map((it) => this.#columns!.indexOf(it));
  }

  #told({ fields, line }: CsvRecord, columns: number): Told {
    if (fields.length !== columns) {
      return { at: line, fault: `has ${fields.length} fields, not ${columns}` };
    }
    const [id, lat, lon, time] = this.#indexes.map((it) => fields[it]?.trim());
    return toldOf(line, {
      id,
      lat: numberOf(withPoint(lat!, this.#separator)),
      lon: numberOf(withPoint(lon!, this.#separator)),
      time: time || undefined,
    });
  }
}

/** The number that a text is; a text that is none stays what it is. */
function numberOf(text: string): number | string {
  return NUMBER.test(text) ? Number(text) : text;
}
