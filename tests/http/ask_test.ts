// Questions to an HTTP port that answers in all the ways in which servers, and others, may answer.

import { assertEquals, assertRejects } from "@std/assert";
import { ask, type HttpTarget } from "../../src/http/ask.ts";
import { AnswerError } from "../../src/http/wire/answer.ts";
import { readUntil, send } from "../support/herds/client.ts";
import { testWith } from "../support/test.ts";

const test = testWith("sockets");

/** Answers one connection with these bytes, and ends it unless it is to stay. */
class Answering implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new DisposableStack();
  readonly #serving: Promise<void>;
  /** The request that came. */
  request = "";

  constructor(text: string, { stays = false } = {}) {
    this.#serving = this.#serve(text, stays);
  }

  get target(): HttpTarget {
    return { host: "127.0.0.1", port: this.#listener.addr.port, trust: undefined };
  }

  async #serve(text: string, stays: boolean): Promise<void> {
    const connection = await this.#listener.accept();
    this.request = await readUntil(connection, "\r\n\r\n");
    await send(connection, text).catch(() => {});
    if (stays) this.#open.use(connection);
    else connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#serving;
    this.#open.dispose();
    this.#listener.close();
  }
}

const signal = new AbortController().signal;

test("ask() sends one request, with the token if there is one", async () => {
  await using server = new Answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
  const answer = await ask(server.target, "/v1/x?y=1", { method: "DELETE", token: "t", signal });
  assertEquals(answer, { status: 200, text: "{}" });
  assertEquals(
    server.request,
    `DELETE /v1/x?y=1 HTTP/1.1\r\nHost: 127.0.0.1:${server.target.port}\r\n` +
      "Accept: application/json\r\nConnection: close\r\nAuthorization: Bearer t\r\n\r\n",
  );
});

const GOOD: [what: string, answer: string, status: number, text: string][] = [
  ["a length", "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc and more", 200, "abc"],
  ["no length", "HTTP/1.0 404\r\n\r\nabc", 404, "abc"],
  [
    "chunks",
    "HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
    503,
    "abc",
  ],
  ["nothing", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", 204, ""],
  // Where to go instead is nobody's to say.
  ["a redirect", "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", 302, ""],
  ["much", `HTTP/1.1 200 OK\r\n\r\n${"x".repeat(1_000_000)}`, 200, "x".repeat(1_000_000)],
];

for (const [what, answer, status, text] of GOOD) {
  test(`ask() takes an answer with ${what}`, async () => {
    await using server = new Answering(answer);
    assertEquals(await ask(server.target, "/", { token: undefined, signal }), { status, text });
  });
}

const BAD: [what: string, answer: string, reason: string][] = [
  ["that is none", "? GET / HTTP/1.1\r\n\r\n", "none of HTTP"],
  ["that breaks off in its head", "HTTP/1.1 200 OK\r\n", "broke off"],
  ["that breaks off in its body", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "broke off"],
  ["without end", `HTTP/1.1 200 OK\r\nA: ${"x".repeat(100_000)}`, "its head is too long"],
  ["that is too long", "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", "too long"],
  ["of 17 MB without a length", `HTTP/1.1 200 OK\r\n\r\n${"x".repeat(17_000_000)}`, "too long"],
  [
    "of broken chunks",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
    "out of form",
  ],
];

for (const [what, answer, reason] of BAD) {
  test(`ask() refuses an answer ${what}`, async () => {
    await using server = new Answering(answer);
    await assertRejects(
      () => ask(server.target, "/", { token: undefined, signal }),
      AnswerError,
      reason,
    );
  });
}

test("ask() ends at the signal, wherever the other side hangs", async () => {
  for (const answer of ["", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"]) {
    await using server = new Answering(answer, { stays: true });
    await assertRejects(
      () => ask(server.target, "/", { token: undefined, signal: AbortSignal.timeout(50) }),
      DOMException,
      "timeout",
    );
  }
});
