// An answer of an HTTP/1 server, read with bounds (RFC 9112): its head, and its body as a whole.

import type { ByteSource } from "../../base/connection.ts";
import { decodeLatin1 } from "../../base/bytes.ts";
import { enlarged } from "../../base/buffers.ts";
import { ChunkedBody } from "./body/chunked.ts";
import { MAX_HEAD_BYTES, parseFields } from "./head.ts";

const FIRST_BUFFER_BYTES = 4 * 1024;

/** The other side answers, and not as a server of the herd does. */
export class AnswerError extends Error {
  override readonly name = "AnswerError";
}

export interface AnswerHead {
  readonly status: number;
  /** Fields by name in lower case. */
  readonly fields: ReadonlyMap<string, string>;
}

/** Reads one answer. */
export class AnswerReader {
  readonly #source: ByteSource;
  readonly #maxBytes: number;
  #bytes = new Uint8Array(FIRST_BUFFER_BYTES);
  #length = 0;
  /** The offset at which the body begins. */
  #start = 0;

  /** Reads an answer of up to `maxBytes`. */
  constructor(source: ByteSource, maxBytes: number) {
    this.#source = source;
    this.#maxBytes = maxBytes;
  }

  /**
   * Reads the head.
   *
   * @throws {AnswerError} If it is none, or breaks off.
   */
  async head(): Promise<AnswerHead> {
    for (;;) {
      const seen = Math.min(this.#length, MAX_HEAD_BYTES);
      const text = decodeLatin1(this.#bytes.subarray(0, seen));
      const end = text.indexOf("\r\n\r\n");
      if (end >= 0) {
        this.#start = end + 4;
        return parseAnswerHead(text.slice(0, end));
      }
      if (seen === MAX_HEAD_BYTES) throw new AnswerError("its head is too long");
      await this.#fill();
    }
  }

  /**
   * Reads the body behind the head; a view.
   *
   * @throws {AnswerError} If it is out of form or too long, or breaks off.
   */
  async body({ fields }: AnswerHead): Promise<Uint8Array> {
    if (fields.get("transfer-encoding")?.toLowerCase() === "chunked") return await this.#chunks();
    const length = fields.get("content-length");
    if (length === undefined) {
      while (await this.#read());
      return this.rest;
    }
    if (!/^\d{1,15}$/.test(length)) throw new AnswerError("it is out of form");
    if (Number(length) > this.#maxBytes) throw new AnswerError("it is too long");
    const end = this.#start + Number(length);
    while (this.#length < end) await this.#fill();
    return this.#bytes.subarray(this.#start, end);
  }

  /** Bytes that have come behind the head; a view. */
  get rest(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#length);
  }

  async #chunks(): Promise<Uint8Array> {
    const body = new ChunkedBody(this.#maxBytes);
    for (let at = this.#start;;) {
      at = body.take(this.#bytes, at, this.#length);
      if (body.isWhole) return body.bytes;
      if (body.isBroken) throw new AnswerError("it is out of form");
      if (body.isTooLong) throw new AnswerError("it is too long");
      await this.#fill();
    }
  }

  async #fill(): Promise<void> {
    if (!await this.#read()) throw new AnswerError("it broke off");
  }

  /** Reads more; false at the end. */
  async #read(): Promise<boolean> {
    if (this.#length - this.#start > this.#maxBytes) throw new AnswerError("it is too long");
    if (this.#length === this.#bytes.length) {
      this.#bytes = enlarged(this.#bytes, this.#length * 2);
    }
    const count = await this.#source.read(this.#bytes.subarray(this.#length));
    this.#length += count ?? 0;
    return count !== null;
  }
}

function parseAnswerHead(text: string): AnswerHead {
  const lines = text.split("\r\n");
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(lines[0]!)?.[1];
  const fields = parseFields(lines);
  if (status === undefined || !(fields instanceof Map)) {
    throw new AnswerError("it is none of HTTP");
  }
  return { status: Number(status), fields };
}
