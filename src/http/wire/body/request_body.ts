// The body of one request, which is read when it is asked for: as a whole, or piece by piece.

import { Problem } from "../../problem.ts";
import { ChunkedBody } from "./chunked.ts";
import type { Head } from "../head.ts";
import type { Input } from "../input.ts";

/** The most of a body that is read at one time and given as a piece, in bytes. */
export const PIECE_BYTES = 64 * 1024;

/** The source of a body's further bytes. */
export interface BodySource {
  readonly input: Input;
  /** Waits until more has come; false at the end of the stream. */
  read(maxBytes: number): Promise<boolean>;
  /** Tells a client that waits for it that the body is wanted. */
  invite(): Promise<void>;
  /** Notes that so many bytes of a body were taken piece by piece. */
  took(bytes: number): void;
}

/** A body that a handler reads piece by piece. */
export interface BodyStream {
  /**
   * The next piece, good until the next call; undefined at the end.
   *
   * @throws {Problem} 400 if the body ends before its end, or is not in chunks though it says so.
   */
  next(): Promise<Uint8Array | undefined>;
}

/** One body. */
export class RequestBody implements BodyStream {
  readonly #source: BodySource;
  readonly #chunks: ChunkedBody | undefined;
  /** Bytes that have not come yet, of a body whose length is known. */
  #left: number;
  #expectsContinue: boolean;

  /** The body of the request with this head; nothing of it was taken. */
  constructor({ length, expectsContinue }: Head, source: BodySource) {
    this.#source = source;
    this.#chunks = length === "chunked" ? new ChunkedBody(PIECE_BYTES) : undefined;
    this.#left = length === "chunked" ? 0 : length;
    this.#expectsContinue = expectsContinue;
  }

  /** True if all of it was taken. */
  get isRead(): boolean {
    return this.#chunks?.isWhole ?? this.#left === 0;
  }

  /** Takes it as a whole if it came with the head, without copying it: good until the next read. */
  come(maxBytes: number): Uint8Array<ArrayBuffer> | undefined {
    const isTaken = this.#chunks === undefined && this.#left <= maxBytes;
    return isTaken ? this.#source.input.takeWhole(this.#left) : undefined;
  }

  /** Takes it as a whole. Gives why it is not taken; undefined when it does not come. */
  async whole(maxBytes: number): Promise<Uint8Array<ArrayBuffer> | Problem | undefined> {
    const tooLong = () => new Problem(413, `The body is over ${maxBytes} bytes`);
    if (this.#left > maxBytes) return tooLong();
    await this.#invite();
    const { input } = this.#source;
    const read = () => this.#source.read(0);
    if (this.#chunks === undefined) return await input.takeBody(this.#left, read);
    const body = await input.takeChunked(maxBytes, read);
    if (body === "too long") return tooLong();
    return body === "broken" ? new Problem(400, "The body is not in chunks") : body;
  }

  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const piece = this.#take();
      if (piece.length > 0) {
        this.#source.took(piece.length);
        return piece;
      }
      if (this.isRead) return undefined;
      await this.#invite();
      if (!await this.#source.read(PIECE_BYTES)) {
        throw new Problem(400, "The body ended before its end");
      }
    }
  }

  #take(): Uint8Array {
    const { input } = this.#source;
    if (this.#chunks === undefined) {
      const piece = input.takeSome(this.#left);
      this.#left -= piece.length;
      return piece;
    }
    input.decode(this.#chunks);
    if (this.#chunks.isBroken) throw new Problem(400, "The body is not in chunks");
    return this.#chunks.takeOut();
  }

  async #invite(): Promise<void> {
    if (!this.#expectsContinue) return;
    this.#expectsContinue = false;
    await this.#source.invite();
  }
}
