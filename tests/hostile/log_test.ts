// What clients and strangers send, in the log of a server: it stays what it is, one line an event, and
// nothing in it can pass for another line or do anything to a terminal.

import { SystemClock } from "../../src/server/system.ts";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { type LogFormatOption, startLogging } from "../../src/cli/logging/logging.ts";
import { startNode } from "../../src/server/node.ts";
import { exchange } from "../support/herds/client.ts";
import { until } from "../support/waiting.ts";
import { recordingLog } from "../support/fakes/log.ts";
import { openRawSocket } from "../support/load/raw_web_socket.ts";
import { startHttp } from "../support/herds/http.ts";
import { ManualClock } from "../support/fakes/manual_clock.ts";
import { clientFrame } from "../support/web_socket_frames.ts";
import { loneOptions } from "../support/herds/herd.ts";
import { testWith } from "../support/test.ts";

const test = testWith("sockets");
const TOKEN = "0".repeat(32);

/** A line of a log that was never written, in a few disguises. */
const FORGED = "2026-11-24T08:15:30.123Z INFO  Goloman  link up  neighbour=Evil";

/** What strangers send, as Latin-1. */
const HOSTILE = [
  Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join(""),
  `x\r${FORGED}\n`,
  `x\x1b[2K\x1b[1G${FORGED}\n`,
  `x\x85${FORGED}\x0b${FORGED}\x0c${FORGED}\n`,
  // U+2028, U+202E and a byte order mark, as UTF-8.
  `x\xe2\x80\xa8${FORGED}\xe2\x80\xae\xef\xbb\xbf\n`,
  `","level":"error","event":"forged"}\n{"event":"forged"}\n`,
  `IAMAT \x1b]0;title\x07\x9b31m +1+1 1\nWHATSAT \x1b]0;title\x07\x9b31m 1 1\n`,
];

/** First lines that ask for a link, with names that go into the log as the reason of a refusal. */
const FOLLOWS = ["\x1b[31mEvil", `Evil\r${FORGED.replaceAll(" ", "\xa0")}`, "\xe2\x80\xaelive"]
  .map((name) => `FOLLOW/1 test ${name} Goloman ${TOKEN} ${TOKEN}\n`);

/** Runs a server under attack that logs everything; gives the lines of its log. */
async function logOf(format: LogFormatOption): Promise<string[]> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const stderr = {
    writeSync(bytes: Uint8Array): number {
      chunks.push(bytes.slice());
      return bytes.length;
    },
    write: (bytes: Uint8Array) => Promise.resolve(stderr.writeSync(bytes)),
  };
  {
    await using logging = startLogging({
      server: "Goloman",
      clock: new SystemClock(),
      level: "debug",
      format,
      stderr,
    });
    await using node = startNode(loneOptions({ log: logging.log }));
    for (const text of [...HOSTILE, ...FOLLOWS]) {
      // Strangers may be cut off.
      await exchange(node.address.port, text).catch(() => "");
    }
    await until(() => node.status.clients.connections === 0);
  }
  const lines = (await new Blob(chunks).text()).split("\n");
  assertEquals(lines.pop(), "");
  return lines;
}

test("human lines of a log hold no control or invisible character, and cannot be forged", async () => {
  const lines = await logOf("human");
  for (const line of lines) {
    assertMatch(line, /^\d{4}-\d\d-\d\dT[\d:.]{12}Z (DEBUG|INFO |WARN ) Goloman {2}[a-z]/);
    assert(/^[^\p{C}\p{Zl}\p{Zp}\xa0]*$/u.test(line), JSON.stringify(line));
  }
  assertEquals(lines.filter((it) => it.startsWith(FORGED)), []);
  assert(lines.some((it) => it.includes("\\x1b[2K")));
  assert(lines.some((it) => it.includes("is not a neighbour") && it.includes("Evil")));
});

test("JSON lines of a log are one object each, with all that was sent inside of strings", async () => {
  const events = (await logOf("json")).map((line) => {
    assert(/^[^\p{C}\p{Zl}\p{Zp}]*$/u.test(line), JSON.stringify(line));
    return JSON.parse(line) as Record<string, unknown>;
  });
  assertEquals(events.filter((it) => it.event === "forged"), []);
  assertEquals(new Set(events.map((it) => it.server)), new Set(["Goloman"]));
  const kinds = new Set(events.map((it) => it.event));
  for (const kind of ["line.in", "line.out", "connection.opened", "link.refused"]) {
    assert(kinds.has(kind), kind);
  }
  assert(events.some((it) => String(it.line).includes('"event":"forged"')));
});

test("what strangers do on the HTTP port is a line a reason and minute, whatever they repeat", async () => {
  const log = recordingLog();
  const clock = new ManualClock();
  const node = startNode(loneOptions({ log, clock, limits: { drainMs: 0 } }));
  const http = startHttp(node, { token: "a-token-of-24-characters" });
  const { port } = http.port.address;
  const get = (...fields: string[]) =>
    ["GET /v1/status HTTP/1.1", "Host: localhost", "Connection: close", ...fields, "", ""]
      .join("\r\n");
  const strangers = async () => {
    for (let i = 0; i < 5; i++) {
      assertMatch(await exchange(port, get()), /^HTTP\/1\.1 401 /);
      assertMatch(await exchange(port, get("Authorization: Bearer no")), /^HTTP\/1\.1 401 /);
    }
  };
  const told = () => log.entries.filter((it) => it.event === "http.denied" && it.level === "info");
  await strangers();
  const first = told().length;
  assert(first >= 1 && first <= 2, `${first} lines`);
  await clock.pass(60_000);
  await strangers();
  assertEquals(told().length, 2 * first);
  assertEquals(told().at(-1)!.fields.status, 401);
  const closing = Promise.all([http.port.close(), node.stop()]);
  await clock.pass(2_000);
  await closing;
});

test("odd frames are a line a reason in the log, whatever is repeated", async () => {
  const log = recordingLog();
  await using node = startNode(loneOptions({ log }));
  await using http = startHttp(node);
  const { port } = http.port.address;
  for (let i = 0; i < 5; i++) {
    for (const odd of [clientFrame(1, "x", { isMasked: false }), clientFrame(3, "x")]) {
      using socket = await openRawSocket(port, "/v1/line");
      await socket.write(odd);
      assert(await socket.read(new Uint8Array(100)) !== null, "it says why it closes");
    }
  }
  const told = () => log.entries.filter((it) => it.event === "http.broken");
  await until(() => told().length === 10);
  const levels = told().map((it) => it.level);
  assertEquals(levels.filter((it) => it === "info").length, 2);
  assertEquals(levels.filter((it) => it === "debug").length, 8);
});
