// A well-behaved client, as a process of its own so that attackers do not slow it down: asks one server
// one thing after the other until its standard input ends, and then prints how long replies took.
// deno run --allow-net=127.0.0.1 tests/hostile/probe.ts lines|http <port>

import { encode } from "../../src/base/bytes.ts";
import { AnswerReader } from "../../src/http/wire/answer.ts";

/** The wait between a reply and the next request, in milliseconds. */
const PAUSE_MS = 2;

const MAX_ANSWER_BYTES = 100_000;

/** What a probe found, in milliseconds. */
export interface ProbeResult {
  readonly requests: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Times that it had to connect again, which its waits include: one of HTTP may, as browsers do. */
  readonly reconnects: number;
  /** True if the connection ended before the probe did, or an answer was none. */
  readonly wasDropped: boolean;
}

/** Asks once; gives whether there was a good answer. */
type Ask = (connection: Deno.Conn) => Promise<boolean>;

const buffer = new Uint8Array(4_096);

/** An IAMAT. */
async function askLine(connection: Deno.Conn): Promise<boolean> {
  const time = (Date.now() / 1000).toFixed(3);
  await connection.write(encode(`IAMAT probe +34.068930-118.445127 ${time}\n`));
  for (;;) {
    const count = await connection.read(buffer);
    if (count === null) return false;
    if (buffer[count - 1] === 0x0a) return true;
  }
}

const BODY = '{"lat": 34.06893, "lon": -118.445127}';
const PUT = encode(
  "PUT /v1/clients/web-probe/location HTTP/1.1\r\nHost: localhost\r\n" +
    `Content-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`,
);
const GET = encode("GET /v1/clients/web-probe HTTP/1.1\r\nHost: localhost\r\n\r\n");
let isGet = false;

/** A PUT and a GET in turn. */
async function askHttp(connection: Deno.Conn): Promise<boolean> {
  await connection.write(isGet ? GET : PUT);
  const reader = new AnswerReader(connection, MAX_ANSWER_BYTES);
  const head = await reader.head();
  await reader.body(head);
  isGet = !isGet;
  return head.status === 200;
}

/** A kind of client: its way to ask, and its most new connections for one answer. */
const KINDS: Readonly<Record<string, { readonly ask: Ask; readonly tries: number }>> = {
  lines: { ask: askLine, tries: 0 },
  http: { ask: askHttp, tries: 5 },
};

async function connect(port: number): Promise<Deno.Conn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  connection.setNoDelay(true);
  return connection;
}

async function probe(port: number, kind: string): Promise<ProbeResult> {
  const { ask, tries } = KINDS[kind]!;
  let isOver = false;
  Deno.stdin.readable.pipeTo(new WritableStream()).finally(() => isOver = true);
  let connection = await connect(port);
  const tookMs: number[] = [];
  let reconnects = 0;
  let wasDropped = false;
  while (!isOver && !wasDropped) {
    const startMs = performance.now();
    let isAnswered = await ask(connection).catch(() => false);
    for (let i = 0; i < tries && !isAnswered; i++) {
      reconnects++;
      connection.close();
      connection = await connect(port);
      isAnswered = await ask(connection).catch(() => false);
    }
    wasDropped = !isAnswered;
    tookMs.push(performance.now() - startMs);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  connection.close();
  tookMs.sort((a, b) => a - b);
  const at = (share: number) => tookMs[Math.min(tookMs.length - 1, share * tookMs.length | 0)] ?? 0;
  const [p50, p99, max] = [at(0.5), at(0.99), at(1)];
  return { requests: tookMs.length, p50, p99, max, reconnects, wasDropped };
}

if (import.meta.main) {
  const [kind = "lines", port] = Deno.args;
  const result = await probe(Number(port), kind);
  await Deno.stdout.write(encode(`${JSON.stringify(result)}\n`));
  Deno.exit();
}
