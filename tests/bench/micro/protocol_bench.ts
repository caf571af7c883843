// What 1,000 lines cost in the parser alone. `deno task bench:micro`.

import { Instant } from "../../../src/base/instant.ts";
import { LineReader } from "../../../src/protocol/lines.ts";
import { parseRequest, Request } from "../../../src/protocol/request.ts";
import { parseBody, Update, writeBody } from "../../../src/protocol/update.ts";
import { encode } from "../../../src/base/bytes.ts";
import { bodies, iamatLines, LINES, lineStarts } from "./lines.ts";

const bytes = iamatLines(0);
const starts = lineStarts(bytes);
const request = new Request();
const update = new Update();
const origin = encode("Goloman");
const received = new Instant();
received.set(1_520_023_935, 0);
const out = new Uint8Array(4096);
const ats = bodies(0);

Deno.bench({
  name: `LineReader, ${LINES} lines`,
  group: "protocol",
  async fn() {
    let at = 0;
    let count = 0;
    const reader = new LineReader({
      read(buffer) {
        const end = Math.min(at + buffer.length, bytes.length);
        if (at === end) return Promise.resolve(null);
        buffer.set(bytes.subarray(at, end));
        const length = end - at;
        at = end;
        return Promise.resolve(length);
      },
    });
    for await (const lines of reader) while (lines.nextLine()) count++;
    if (count !== LINES) throw new Error("lines are missing");
  },
});

Deno.bench({
  name: `parseRequest(), ${LINES} lines`,
  group: "protocol",
  fn() {
    for (let i = 0; i < LINES; i++) parseRequest(bytes, starts[i]!, starts[i + 1]! - 1, request);
    if (request.kind !== "iamat") throw new Error("the lines are not IAMAT");
  },
});

Deno.bench({
  name: `parseRequest() and writeBody(), ${LINES} lines`,
  group: "protocol",
  fn() {
    for (let i = 0; i < LINES; i++) {
      parseRequest(bytes, starts[i]!, starts[i + 1]! - 1, request);
      writeBody(origin, received, request, bytes, out, 0, update);
    }
  },
});

Deno.bench({
  name: `parseBody(), ${LINES} AT lines`,
  group: "protocol",
  fn() {
    for (const body of ats) {
      if (!parseBody(body, 0, body.length, update)) throw new Error("a body is out of form");
    }
  },
});
