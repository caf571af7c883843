import { assert, assertEquals } from "@std/assert";
import {
  type Head,
  HeadError,
  MAX_FIELDS,
  MAX_TARGET_CHARACTERS,
  parseHead,
} from "../../../src/http/wire/head.ts";

function headOf(...lines: string[]): Head {
  const head = parseHead(lines.join("\r\n"));
  assert(!(head instanceof HeadError), head instanceof HeadError ? head.detail : "");
  return head;
}

Deno.test("parseHead() reads a request of HTTP/1.1", () => {
  const head = headOf(
    "PUT /v1/clients/a%2Fb/location?x=1&y=?2 HTTP/1.1",
    "Host: localhost:13000",
    "content-TYPE:\t application/json \t",
    "Content-Length: 17",
    "Accept: a",
    "Accept: b",
    "Empty:",
  );
  assertEquals({ ...head, fields: Object.fromEntries(head.fields) }, {
    method: "PUT",
    path: "/v1/clients/a%2Fb/location",
    search: "x=1&y=?2",
    minor: 1,
    length: 17,
    expectsContinue: false,
    isPersistent: true,
    fields: {
      host: "localhost:13000",
      "content-type": "application/json",
      "content-length": "17",
      accept: "a, b",
      empty: "",
    },
  });
});

Deno.test("parseHead() knows whether the connection is to go on", () => {
  const table: [minor: 0 | 1, connection: string | undefined, isPersistent: boolean][] = [
    [1, undefined, true],
    [1, "close", false],
    [1, "Keep-Alive, Close", false],
    [1, "Upgrade", true],
    [0, undefined, false],
    [0, "keep-alive", true],
    [0, "close", false],
  ];
  for (const [minor, connection, isPersistent] of table) {
    const field = connection === undefined ? [] : [`Connection: ${connection}`];
    const head = headOf(`GET / HTTP/1.${minor}`, "Host: h", ...field);
    assertEquals(head.isPersistent, isPersistent, `HTTP/1.${minor} ${connection}`);
  }
});

Deno.test("parseHead() takes a target as clients and proxies write it", () => {
  const table: [target: string, path: string, search: string][] = [
    ["/", "/", ""],
    ["/?", "/", ""],
    ["*", "*", ""],
    ["http://host:1/a?b", "/a", "b"],
    ["HTTPS://host", "/", ""],
    ["http://host?b", "/", "b"],
    // The UTF-8 bytes of é, as Latin-1.
    ["/caf\xc3\xa9?\xc3\xa9", "/caf%C3%A9", "%C3%A9"],
    ["//double", "//double", ""],
  ];
  for (const [target, path, search] of table) {
    const head = headOf(`GET ${target} HTTP/1.1`, "Host: h");
    assertEquals([head.path, head.search], [path, search], target);
  }
});

Deno.test("parseHead() knows how long a body is, and who waits to send it", () => {
  const put = (...fields: string[]) => headOf("PUT / HTTP/1.1", "Host: h", ...fields);
  assertEquals(put().length, 0);
  assertEquals(put("Content-Length: 0").length, 0);
  assertEquals(put("Content-Length: 007").length, 7);
  assertEquals(put("Transfer-Encoding: Chunked").length, "chunked");
  assertEquals(put("Content-Length: 1", "Expect: 100-Continue").expectsContinue, true);
  assertEquals(headOf("PUT / HTTP/1.0", "Expect: 100-continue").expectsContinue, false);
});

const REFUSED: [status: number, why: string, ...lines: string[]][] = [
  [400, "nothing", ""],
  [400, "no version", "GET /", "Host: h"],
  [400, "two spaces", "GET  / HTTP/1.1", "Host: h"],
  [400, "a space behind", "GET / HTTP/1.1 ", "Host: h"],
  [400, "a method that is no token", "GE(T / HTTP/1.1", "Host: h"],
  [400, "a long method", `${"A".repeat(33)} / HTTP/1.1`, "Host: h"],
  [400, "another protocol", "GET / HTTPS/1.1", "Host: h"],
  [400, "a handshake of TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
  [400, "a line of ours", "IAMAT k +1+1 1"],
  [505, "the preface of HTTP/2", "PRI * HTTP/2.0"],
  [505, "HTTP/1.2", "GET / HTTP/1.2", "Host: h"],
  [400, "no path", "GET index.html HTTP/1.1", "Host: h"],
  [400, "an authority", "CONNECT host:443 HTTP/1.1", "Host: h"],
  [400, "another scheme", "GET ftp://host/ HTTP/1.1", "Host: h"],
  [400, "a fragment", "GET /#a HTTP/1.1", "Host: h"],
  [400, "a control character in the target", "GET /\x01 HTTP/1.1", "Host: h"],
  [414, "a long target", `GET /${"a".repeat(MAX_TARGET_CHARACTERS)} HTTP/1.1`, "Host: h"],
  [400, "no host", "GET / HTTP/1.1"],
  [400, "two hosts", "GET / HTTP/1.1", "Host: h", "Host: h"],
  [400, "no colon", "GET / HTTP/1.1", "Host: h", "field"],
  [400, "no name", "GET / HTTP/1.1", "Host: h", ": value"],
  [400, "a space before the colon", "GET / HTTP/1.1", "Host : h"],
  [400, "a folded line", "GET / HTTP/1.1", "Host: h", "A: b", " c"],
  [400, "a line feed within a line", "GET / HTTP/1.1", "Host: h\nA: b"],
  [400, "a return within a line", "GET / HTTP/1.1", "Host: h\rA: b"],
  [400, "a NUL", "GET / HTTP/1.1", "Host: h", "A: \0"],
  [431, "many fields", "GET / HTTP/1.1", "Host: h", ...Array(MAX_FIELDS).fill("A: b")],
  [400, "a length that is no number", "PUT / HTTP/1.1", "Host: h", "Content-Length: +1"],
  [400, "a length in hexadecimal", "PUT / HTTP/1.1", "Host: h", "Content-Length: 0x1"],
  [400, "two lengths in one", "PUT / HTTP/1.1", "Host: h", "Content-Length: 1, 1"],
  [400, "two lengths", "PUT / HTTP/1.1", "Host: h", "Content-Length: 1", "Content-Length: 1"],
  [400, "a huge length", "PUT / HTTP/1.1", "Host: h", `Content-Length: ${"9".repeat(16)}`],
  [
    400,
    "a length and chunks",
    "PUT / HTTP/1.1",
    "Host: h",
    "Content-Length: 1",
    "Transfer-Encoding: chunked",
  ],
  [400, "chunks in HTTP/1.0", "PUT / HTTP/1.0", "Transfer-Encoding: chunked"],
  [501, "another coding", "PUT / HTTP/1.1", "Host: h", "Transfer-Encoding: gzip"],
  [501, "two codings", "PUT / HTTP/1.1", "Host: h", "Transfer-Encoding: gzip, chunked"],
  [
    400,
    "two codings in two fields",
    "PUT / HTTP/1.1",
    "Host: h",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: identity",
  ],
  [417, "another expectation", "PUT / HTTP/1.1", "Host: h", "Expect: a-miracle"],
];

for (const [status, why, ...lines] of REFUSED) {
  Deno.test(`parseHead() refuses ${why}`, () => {
    const head = parseHead(lines.join("\r\n"));
    assert(head instanceof HeadError, JSON.stringify(head));
    assertEquals(head.status, status, head.detail);
  });
}
