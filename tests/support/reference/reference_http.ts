// The requests in a stream of HTTP/1 (RFC 9112), read from a whole text by regular expressions, and the
// frames in one of WebSockets (RFC 6455): what src/http/wire must agree with, however its input is split.

/** Result of a stream. */
export type StreamEnd =
  /** Nothing is left. */
  | "end"
  /** Something has begun that did not come whole. */
  | "cut"
  /** The next request is none, or has two meanings, or is too large: nothing is read behind it. */
  | "refused";

/** A request. */
export interface ReferenceRequest {
  readonly line: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

const MAX_HEAD = 32 * 1024;
const MAX_CODING = 64 * 1024;
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]";
const LINE = new RegExp(
  `^(${TOKEN}{1,32}) (?:https?://[^/?#\\s]+)?([^\\s#\\x00-\\x1f\\x7f]*) (HTTP/1\\.[01])$`,
  "i",
);
const FIELD = new RegExp(`^(${TOKEN}+):[ \\t]*((?:[^\\x00-\\x08\\x0a-\\x1f\\x7f])*?)[ \\t]*$`);
const ONCE = ["host", "content-length", "transfer-encoding", "content-type", "authorization"];

/** Reads requests with bodies of up to `maxBody` bytes out of Latin-1 text. */
export function referenceRequests(
  text: string,
  maxBody: number,
): { readonly requests: ReferenceRequest[]; readonly end: StreamEnd } {
  const requests: ReferenceRequest[] = [];
  for (let rest = text;;) {
    rest = rest.replace(/^(\r\n)+/, "");
    if (rest === "") return { requests, end: "end" };
    const length = rest.indexOf("\r\n\r\n");
    if (length < 0 ? rest.length >= MAX_HEAD : length + 4 > MAX_HEAD) {
      return { requests, end: "refused" };
    }
    if (length < 0) return { requests, end: "cut" };
    const head = readHead(rest.slice(0, length));
    if (head === undefined) return { requests, end: "refused" };
    const body = readBody(rest.slice(length + 4), head.fields, maxBody);
    if (typeof body === "string") return { requests, end: body };
    requests.push({ line: head.line, fields: [...head.fields], body: body.body });
    rest = body.rest;
  }
}

function readHead(text: string) {
  const [first, ...lines] = text.split("\r\n");
  const [, method, target, version] = LINE.exec(first!) ?? [];
  if (method === undefined || lines.length > 100 || !/^HTTP/.test(version!)) return undefined;
  const isAbsolute = / https?:\/\/[^/?#\s]/i.test(first!);
  if (!isAbsolute && target !== "*" && !target!.startsWith("/")) return undefined;
  if (first!.split(" ")[1]!.length > 16 * 1024) return undefined;
  const fields = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = FIELD.exec(line) ?? [];
    if (name === undefined) return undefined;
    const key = name.toLowerCase();
    if (fields.has(key) && ONCE.includes(key)) return undefined;
    fields.set(key, fields.has(key) ? `${fields.get(key)}, ${value}` : value!);
  }
  if (version === "HTTP/1.1" && !fields.has("host")) return undefined;
  if (/^(?!100-continue$)/i.test(fields.get("expect") ?? "100-continue")) return undefined;
  const path = isAbsolute && !target!.startsWith("/") ? `/${target}` : target!;
  const encoded = path.replaceAll(
    /[^\x21-\x7e]/g,
    (it) => `%${it.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
  const coding = fields.get("transfer-encoding");
  const length = fields.get("content-length");
  if (coding !== undefined) {
    if (length !== undefined || version === "HTTP/1.0" || !/^chunked$/i.test(coding)) return;
  } else if (!/^\d{1,15}$/.test(length ?? "0")) return;
  return { line: `${method} ${encoded} ${version}`, fields };
}

function readBody(
  text: string,
  fields: ReadonlyMap<string, string>,
  maxBody: number,
): { readonly body: string; readonly rest: string } | StreamEnd {
  if (fields.has("transfer-encoding")) return readChunks(text, maxBody);
  const length = Number(fields.get("content-length") ?? 0);
  if (length > maxBody) return "refused";
  if (text.length < length) return "cut";
  return { body: text.slice(0, length), rest: text.slice(length) };
}

/** Text that may still become a chunk's first line or a trailer line, or is one. */
const SIZE = /^([0-9a-f]{1,7})(?:;[^\r\n]{0,1024})?\r\n/i;
const SIZE_BEGUN = /^(?:[0-9a-f]{1,7}(?:;[^\r\n]{0,1024})?\r?)?$/i;
const TRAILER = /^(?:[^\r\n]+\r\n)*\r\n/;
const TRAILER_BEGUN = /^(?:[^\r\n]+\r\n)*[^\r\n]*\r?$/;

function readChunks(text: string, maxBody: number) {
  let body = "";
  for (let rest = text;;) {
    const line = SIZE.exec(rest);
    if (line === null) return SIZE_BEGUN.test(rest) ? "cut" : "refused";
    const size = parseInt(line[1]!, 16);
    const data = rest.slice(line[0].length);
    if (size === 0) {
      const trailer = TRAILER.exec(data)?.[0];
      if ((trailer ?? data).length > 8 * 1024) return "refused";
      if (trailer !== undefined) return { body, rest: data.slice(trailer.length) };
      return TRAILER_BEGUN.test(data) ? "cut" : "refused";
    }
    body += data.slice(0, size);
    if (body.length > maxBody || text.length - rest.length > maxBody + MAX_CODING) return "refused";
    const end = data.slice(size, size + 2);
    if (data.length < size || end === "" || end === "\r") return "cut";
    if (end !== "\r\n") return "refused";
    rest = data.slice(size + 2);
  }
}

/** Reads frames of a client: a text for each message and control frame, and what is left of a message. */
export function referenceFrames(
  bytes: Uint8Array<ArrayBuffer>,
): { readonly events: string[]; readonly end: StreamEnd } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const events: string[] = [];
  let message: { readonly isText: boolean; data: number[]; decoder: TextDecoder } | undefined;
  const left = (end: StreamEnd) => {
    if (message !== undefined && message.data.length > 0) events.push(`part ${message.data}`);
    return { events, end };
  };
  for (let at = 0;;) {
    if (at === bytes.length) return left(message === undefined ? "end" : "cut");
    if (at + 2 > bytes.length) return left("cut");
    const [first, second] = [bytes[at]!, bytes[at + 1]!];
    if (second < 0x80) return left("refused");
    const short = second - 0x80;
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (at + head + 4 > bytes.length) return left("cut");
    const length = short < 126
      ? short
      : short === 126
      ? view.getUint16(at + 2)
      : Number(view.getBigUint64(at + 2));
    const opcode = first % 16;
    const isFinal = first >= 0x80;
    if (first & 0x70 || length >= 2 ** 48) return left("refused");
    if (short === 126 && length < 126 || short === 127 && length < 65_536) return left("refused");
    if (![0, 1, 2, 8, 9, 10].includes(opcode)) return left("refused");
    if (opcode >= 8 && (!isFinal || length > 125)) return left("refused");
    if (opcode < 8 && (opcode === 0) !== (message !== undefined)) return left("refused");
    const start = at + head + 4;
    const payload = [...bytes.subarray(start, Math.min(start + length, bytes.length))]
      .map((it, i) => it ^ bytes[at + head + i % 4]!);
    const isCut = start + length > bytes.length;
    if (opcode >= 8) {
      if (isCut) return left("cut");
      events.push(`control ${opcode} ${payload}`);
    } else {
      message ??= {
        isText: opcode === 1,
        data: [],
        decoder: new TextDecoder("utf-8", { fatal: true }),
      };
      message.data.push(...payload);
      const isWhole = isFinal && !isCut;
      try {
        const all = new Uint8Array(payload);
        if (message.isText) message.decoder.decode(all, { stream: !isWhole });
      } catch {
        message = undefined;
        return left("refused");
      }
      if (isCut) return left("cut");
      if (isWhole) {
        events.push(`${message.isText ? "text" : "bytes"} ${message.data}`);
        message = undefined;
      }
    }
    at = start + length;
  }
}
