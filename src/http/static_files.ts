// Files that never change while a server runs: their bytes, tags and compressed forms are made once, when
// they are asked for first, and answers share them.

import type { Pace } from "../server/turns/pace.ts";
import type { Reply } from "./wire/reply.ts";
import type { HttpRequest } from "./wire/request.ts";

/** Bytes that are compressed at one time: less than 1 ms of work. */
const COMPRESSED_AT_ONCE_BYTES = 16 * 1024;

/** Smaller files would not get smaller by much. */
const MIN_COMPRESSED_BYTES = 1024;

/** One form of a file. */
interface Form {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Its ETag. */
  readonly tag: string;
}

export class StaticFile {
  readonly #type: string;
  readonly #plain: Form;
  readonly #gzip: Form | undefined;

  private constructor(type: string, plain: Form, gzip: Form | undefined) {
    this.#type = type;
    this.#plain = plain;
    this.#gzip = gzip;
  }

  /** Makes a file of this media type, at the pace of the server. */
  static async make(type: string, bytes: Uint8Array<ArrayBuffer>, pace: Pace): Promise<StaticFile> {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const name = digest.slice(0, 12).toHex();
    const compressed = bytes.length < MIN_COMPRESSED_BYTES ? bytes : await gzip(bytes, pace);
    const isSmaller = compressed.length < bytes.length;
    return new StaticFile(
      type,
      { bytes, tag: `"${name}"` },
      isSmaller ? { bytes: compressed, tag: `"${name}-gzip"` } : undefined,
    );
  }

  /** Answers a request: with the form that the client takes, or that it has that form. */
  reply(request: HttpRequest, headers: Readonly<Record<string, string>>): Reply {
    const isCompressed = this.#gzip !== undefined && acceptsGzip(request);
    const { bytes, tag } = isCompressed ? this.#gzip! : this.#plain;
    const all = { ...headers, "Cache-Control": "no-cache", ETag: tag, Vary: "Accept-Encoding" };
    if (tagsOf(request.header("if-none-match")).some((it) => it === tag || it === "*")) {
      return { status: 304, headers: all, body: "" };
    }
    const encoding = isCompressed ? { "Content-Encoding": "gzip" } : {};
    return {
      status: 200,
      headers: { ...all, ...encoding, "Content-Type": this.#type },
      body: bytes,
    };
  }
}

/** The tags of If-None-Match, without the mark that a proxy puts on what it compressed itself. */
function tagsOf(field: string | undefined): string[] {
  return (field ?? "").split(",").map((it) => it.trim().replace(/^W\//, ""));
}

/** True if a client takes gzip (RFC 9110, section 12.5.3). */
function acceptsGzip(request: HttpRequest): boolean {
  const codings = new Map(
    (request.header("accept-encoding") ?? "").toLowerCase().split(",").map((it) => {
      const [coding, ...parameters] = it.split(";").map((part) => part.trim());
      const weight = parameters.find((part) => part.startsWith("q="))?.slice(2) ?? "1";
      return [coding!, Number(weight) > 0];
    }),
  );
  return codings.get("gzip") ?? codings.get("x-gzip") ?? codings.get("*") ?? false;
}

async function gzip(bytes: Uint8Array<ArrayBuffer>, pace: Pace): Promise<Uint8Array<ArrayBuffer>> {
  let start = 0;
  const pieces = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      await pace.pause();
      if (start >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(start, start += COMPRESSED_AT_ONCE_BYTES));
    },
  }, { highWaterMark: 0 });
  const compressed = pieces.pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(compressed).arrayBuffer());
}
