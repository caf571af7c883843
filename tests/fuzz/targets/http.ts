// Streams of HTTP requests: what is taken of them, in whatever pieces they come, beside the plain reference.

import { HeadError } from "../../../src/http/wire/head.ts";
import { Input } from "../../../src/http/wire/input.ts";
import { referenceRequests, type StreamEnd } from "../../support/reference/reference_http.ts";
import { Chance } from "../chance.ts";
import { expectSame, type Target } from "../target.ts";
import { getLatin1, hashOf, putLatin1 } from "../text.ts";

const MAX_BODY_BYTES = 4 * 1024;

/** The longest stream: it has room for a head that is too long, and one behind it. */
const MAX_STREAM = 96 * 1024;

const text = (bytes: Uint8Array) => getLatin1(bytes, 0, bytes.length);

/** One stream, read three times: as a whole, byte by byte, and in pieces of any length. */
export const http: Target = {
  name: "http",
  generate: stream,
  async check(input) {
    const given = input.slice(0, MAX_STREAM);
    const expected = referenceRequests(given, MAX_BODY_BYTES);
    const bytes = new Uint8Array(given.length);
    putLatin1(given, bytes, 0);
    const chance = new Chance(hashOf(given));
    const sizes = [() => MAX_STREAM, () => 1 + chance.below(chance.pick([3, 40, 5_000]))];
    // A promise for each byte is slow.
    if (given.length < 2_000) sizes.push(() => 1);
    for (const size of sizes) expectSame(await read(bytes, size), expected);
  },
};

/** Takes requests as a session does. */
async function read(bytes: Uint8Array, size: () => number) {
  let at = 0;
  const input = new Input({
    read(buffer) {
      const piece = bytes.subarray(at, at + Math.min(size(), buffer.length));
      buffer.set(piece);
      at += piece.length;
      return Promise.resolve(piece.length === 0 ? null : piece.length);
    },
  });
  const fill = () => input.fill();
  const requests: unknown[] = [];
  const ended = (end: StreamEnd) => ({ requests, end });
  for (;;) {
    let head = input.nextHead();
    while (head === undefined && await fill()) head = input.nextHead();
    if (head === undefined) return ended(input.isEmpty ? "end" : "cut");
    if (head instanceof HeadError) return ended("refused");
    const { method, path, search, minor, length } = head;
    if (length !== "chunked" && length > MAX_BODY_BYTES) return ended("refused");
    const body = length === "chunked"
      ? await input.takeChunked(MAX_BODY_BYTES, fill)
      : input.takeWhole(length) ?? await input.takeBody(length, fill);
    if (body === undefined) return ended("cut");
    if (typeof body === "string") return ended("refused");
    const target = search === "" ? path : `${path}?${search}`;
    requests.push({
      line: `${method} ${target} HTTP/1.${minor}`,
      fields: [...head.fields],
      body: text(body),
    });
  }
}

/** One to three requests, most often in form. */
function stream(chance: Chance): string {
  let all = chance.oneIn(8) ? "\r\n" : "";
  for (let left = 1 + chance.below(3); left > 0; left--) all += request(chance);
  return all;
}

function request(chance: Chance): string {
  const method = chance.pick(["GET", "HEAD", "PUT", "DELETE", "p~t", "G T", "x".repeat(33)]);
  const target = chance.pick([
    "/",
    "/v1/clients/a%2F?near=1,2",
    "*",
    "http://h:1",
    "HTTPS://h/?x",
    "/\xc3\xa0",
    "/a#b",
    "h",
    `/${"x".repeat(16_380 + chance.below(8))}`,
  ]);
  const version = chance.oneIn(8) ? chance.pick(["HTTP/1.0", "HTTP/2.0", "http/1.1"]) : "HTTP/1.1";
  const lines = [`${method} ${target} ${version}`, "Host: h"];
  for (let left = chance.below(4); left > 0; left--) lines.push(field(chance));
  if (chance.oneIn(30)) lines.push(...Array(96 + chance.below(6)).fill("a: b"));
  if (chance.oneIn(60)) lines.push(`A: ${"x".repeat(32_600 + chance.below(120))}`);
  let body = "";
  const kind = chance.below(4);
  if (kind === 0) {
    body = "x".repeat(chance.pick([0, 1, 17, 4_096, 4_097]));
    const length = chance.oneIn(6)
      ? chance.pick(["+5", "5,5", "0x5", "1e1", " 5", "05", "", "9".repeat(16), "9".repeat(15)])
      : String(body.length);
    lines.push(`Content-Length: ${length}`);
  } else if (kind === 1) {
    lines.push(
      `Transfer-Encoding: ${
        chance.oneIn(6)
          ? chance.pick(["gzip, chunked", "xchunked", "CHUNKED", "chunked,"])
          : "chunked"
      }`,
    );
    body = chunks(chance);
  }
  if (chance.oneIn(8)) lines.splice(1 + chance.below(lines.length), 0, field(chance));
  return `${lines.join(chance.oneIn(30) ? "\n" : "\r\n")}\r\n\r\n${body}`;
}

function field(chance: Chance): string {
  return chance.pick([
    "Connection: close",
    "Expect: 100-continue",
    "Expect: other",
    "Content-Length: 5",
    "Transfer-Encoding: chunked",
    "Host: other",
    "A:\t b \t",
    "A:",
    "A : b",
    " folded",
    "\tfolded: x",
    ": none",
    "A: b\0c",
    "A: b\nB: c",
    "A: b\rB: c",
    "A: \xff\x80",
    "Content-Length : 5",
    "Content_Length: 5",
  ]);
}

function chunks(chance: Chance): string {
  let all = "";
  for (let left = chance.below(4); left > 0; left--) {
    const size = chance.pick([1, 2, 16, 17, 2_000, 4_096]);
    const digits = size.toString(16);
    const printed = chance.oneIn(8)
      ? chance.pick([
        `0x${digits}`,
        ` ${digits}`,
        `${digits} `,
        `0000000${digits}`,
        "fffffff",
        "-1",
      ])
      : chance.pick([digits, digits.toUpperCase(), `0${digits}`]);
    const extension = chance.oneIn(4)
      ? chance.pick([
        ";a=b",
        ";",
        ';a="\t"',
        ";\n",
        ";a\rb",
        `;${"x".repeat(1_020 + chance.below(8))}`,
      ])
      : "";
    all += `${printed}${extension}\r\n${"y".repeat(size)}\r\n`;
  }
  const trailer = chance.oneIn(4)
    ? chance.pick(["A: b\r\n", "A\r\n", "\n\r\n", `${"x".repeat(8_180 + chance.below(16))}\r\n`])
    : "";
  return `${all}0\r\n${trailer}\r\n`;
}
