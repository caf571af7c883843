// The head of an HTTP/1 request (RFC 9110 and 9112), read strictly: what two parsers might read in two
// ways is refused, since a proxy in front of this server may be the other one.

/** The longest head, with the empty line at its end, in bytes. An id alone may take 12 KiB of it. */
export const MAX_HEAD_BYTES = 32 * 1024;

/** The longest target, in characters. */
export const MAX_TARGET_CHARACTERS = 16 * 1024;

/** The most field lines in a head. */
export const MAX_FIELDS = 100;

/** The longest method, in characters. */
const MAX_METHOD_CHARACTERS = 32;

/** A head that was read. */
export interface Head {
  readonly method: string;
  /** The path as it was sent, percent-encoded; begins with a slash, or is `*`. */
  readonly path: string;
  /** The query without its question mark, percent-encoded; empty when there is none. */
  readonly search: string;
  /** Fields by name in lower case; several of one name are joined by `, `. */
  readonly fields: ReadonlyMap<string, string>;
  /** The minor version: HTTP/1.0 or HTTP/1.1. */
  readonly minor: 0 | 1;
  /** The bytes of the body that follows, or `chunked`. */
  readonly length: number | "chunked";
  /** True if the client waits for a `100 Continue` before it sends the body. */
  readonly expectsContinue: boolean;
  /** True if the client wants to use the connection for further requests. */
  readonly isPersistent: boolean;
}

/** A head that is none; the connection cannot go on after it. */
export class HeadError {
  /** `status` is the answer's; `detail` is for the client. */
  constructor(readonly status: 400 | 414 | 417 | 431 | 501 | 505, readonly detail: string) {}
}

const TOKEN = /^[!#$%&'*+.^_`|~\dA-Za-z-]+$/;
const REQUEST_LINE = /^(\S+) (\S+) HTTP\/(\d)\.(\d)$/;
const ABSOLUTE_FORM = /^https?:\/\/[^/?#]+/i;
/** Characters that no value has: control characters but the tab. */
// deno-lint-ignore no-control-regex
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;
const BEYOND_ASCII = /[^\x21-\x7e]/;

/** Fields of which a second one would be another opinion. */
const SINGLE = ["host", "content-length", "transfer-encoding", "content-type", "authorization"];

/**
 * Reads a head.
 *
 * @param text Its lines as Latin-1, without the empty line at the end.
 */
export function parseHead(text: string): Head | HeadError {
  const lines = text.split("\r\n");
  const line = parseRequestLine(lines[0]!);
  if (line instanceof HeadError) return line;
  const fields = parseFields(lines);
  if (fields instanceof HeadError) return fields;
  const { minor } = line;
  if (minor === 1 && !fields.has("host")) return new HeadError(400, "The field Host is missing");
  const length = bodyLength(fields, minor);
  if (length instanceof HeadError) return length;
  const expectation = fields.get("expect")?.toLowerCase();
  if (expectation !== undefined && expectation !== "100-continue") {
    return new HeadError(417, "The only expectation that is met is 100-continue");
  }
  const options = (fields.get("connection") ?? "").toLowerCase().split(",").map((it) => it.trim());
  return {
    ...line,
    fields,
    length,
    expectsContinue: expectation !== undefined && minor === 1,
    isPersistent: !options.includes("close") && (minor === 1 || options.includes("keep-alive")),
  };
}

function parseRequestLine(
  line: string,
): Pick<Head, "method" | "path" | "search" | "minor"> | HeadError {
  const [, method, target, major, minor] = REQUEST_LINE.exec(line) ?? [];
  if (method === undefined || !TOKEN.test(method) || method.length > MAX_METHOD_CHARACTERS) {
    return new HeadError(400, "The first line is no request of HTTP");
  }
  if (major !== "1" || minor !== "0" && minor !== "1") {
    return new HeadError(505, "This server speaks HTTP/1.1 and HTTP/1.0");
  }
  if (target!.length > MAX_TARGET_CHARACTERS) {
    return new HeadError(414, `The target is over ${MAX_TARGET_CHARACTERS} characters`);
  }
  const origin = originForm(target!);
  if (origin === undefined) return new HeadError(400, "The target is no path");
  const question = origin.indexOf("?");
  return {
    method,
    path: question < 0 ? origin : origin.slice(0, question),
    search: question < 0 ? "" : origin.slice(question + 1),
    minor: minor === "0" ? 0 : 1,
  };
}

/** Path and query of a target; bytes outside ASCII, which some clients send, are encoded. */
function originForm(target: string): string | undefined {
  const path = target.startsWith("/") || target === "*"
    ? target
    : ABSOLUTE_FORM.test(target)
    ? target.replace(ABSOLUTE_FORM, "").replace(/^(?!\/)/, "/")
    : undefined;
  if (path === undefined || path.includes("#") || CONTROL.test(path)) return undefined;
  if (!BEYOND_ASCII.test(path)) return path;
  return path.replaceAll(/[^\x21-\x7e]/g, (it) => {
    return `%${it.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  });
}

/** The fields in the lines from the second one on. */
export function parseFields(lines: readonly string[]): Map<string, string> | HeadError {
  if (lines.length - 1 > MAX_FIELDS) {
    return new HeadError(431, `The head has over ${MAX_FIELDS} fields`);
  }
  const fields = new Map<string, string>();
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i]!;
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon));
    // A space before the colon, or a line that goes on with the one before, is read in many ways.
    if (!TOKEN.test(name)) return new HeadError(400, "A line of the head is no field");
    const value = trimmed(line, colon + 1);
    if (CONTROL.test(value)) return new HeadError(400, `'${name}' has a control character`);
    const key = name.toLowerCase();
    const before = fields.get(key);
    if (before !== undefined && SINGLE.includes(key)) {
      return new HeadError(400, `The head has '${name}' twice`);
    }
    fields.set(key, before === undefined ? value : `${before}, ${value}`);
  }
  return fields;
}

/** The rest of the line, without the spaces and tabs around it. */
function trimmed(line: string, start: number): string {
  let end = line.length;
  while (start < end && isBlank(line.charCodeAt(start))) start++;
  while (start < end && isBlank(line.charCodeAt(end - 1))) end--;
  return line.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function bodyLength(
  fields: ReadonlyMap<string, string>,
  minor: 0 | 1,
): Head["length"] | HeadError {
  const coding = fields.get("transfer-encoding");
  const length = fields.get("content-length");
  if (coding !== undefined) {
    if (length !== undefined || minor === 0) {
      return new HeadError(400, "Where the body ends could be read in two ways");
    }
    if (coding.toLowerCase() === "chunked") return "chunked";
    return new HeadError(501, "The only transfer coding that is known is chunked");
  }
  if (length === undefined) return 0;
  return /^\d{1,15}$/.test(length)
    ? Number(length)
    : new HeadError(400, "Content-Length is no number");
}
