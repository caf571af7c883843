// Where an export goes: a stream, or a file that takes its name when it is whole.

import { encode } from "../../base/bytes.ts";

/** Takes text with back-pressure. Disposing of one that is not finished removes its file. */
export class Sink implements AsyncDisposable {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  /** The file's name, if it is one. */
  readonly #path: string | undefined;
  #isFinished = false;

  private constructor(
    stream: WritableStream<Uint8Array<ArrayBuffer>>,
    path: string | undefined = undefined,
  ) {
    this.#writer = stream.getWriter();
    this.#path = path;
  }

  /** To a stream, which stays open. */
  static to(stream: WritableStream<Uint8Array<ArrayBuffer>>): Sink {
    return new Sink(stream);
  }

  /** To a file, under another name until `finish`. Rejects if that cannot be made. */
  static async toFile(path: string): Promise<Sink> {
    const file = await Deno.open(partOf(path), { write: true, create: true, truncate: true });
    return new Sink(file.writable, path);
  }

  /** The files that it takes to write one. */
  static filesOf(path: string): string[] {
    return [path, partOf(path)];
  }

  /** Writes a text; resolves when it is taken. */
  async write(text: string): Promise<void> {
    if (text !== "") await this.#writer.write(encode(text));
  }

  /** Gives a file its name. */
  async finish(): Promise<void> {
    if (this.#path !== undefined) {
      await this.#writer.close();
      await Deno.rename(partOf(this.#path), this.#path);
    }
    this.#isFinished = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#path !== undefined && !this.#isFinished) {
      await this.#writer.abort().catch(() => {});
      await Deno.remove(partOf(this.#path)).catch(() => {});
    }
    this.#writer.releaseLock();
  }
}

/** The name of a file that is not whole. */
function partOf(path: string): string {
  return `${path}.part`;
}
