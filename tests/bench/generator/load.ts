// The load generator for machines without a compiler of C: takes the arguments of load.c and prints
// the same JSON. One process of Deno cannot saturate another one: it says so in the report.

import { parseArgs } from "@std/cli";
import process from "node:process";
import type { LoadKind } from "./generator.ts";
import { LatencyCounter } from "./histogram.ts";
import { fail, print } from "./output.ts";
import { replyLength, RequestSource } from "./requests.ts";

const PATIENCE_MS = 10_000;

const options = readOptions();
const source = new RequestSource(options);
const latencies = new LatencyCounter();
const encoder = new TextEncoder();
let sent = 0;
let answered = 0;
let isSending = true;

interface Waiting {
  readonly dueMs: number;
  readonly request: string;
}

/** One connection and what waits on it for a reply. */
class Load {
  readonly #connection: Deno.TcpConn;
  readonly #waiting: Waiting[] = [];
  #writing: Promise<void> = Promise.resolve();
  #onIdle = () => {};

  constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
    connection.setNoDelay(true);
  }

  /** Sends requests that were due at these times. */
  send(dueMs: readonly number[]): void {
    const requests = dueMs.map((due) => {
      const request = source.next();
      this.#waiting.push({ dueMs: due, request });
      return request;
    });
    sent += requests.length;
    const bytes = encoder.encode(requests.join(""));
    this.#writing = this.#writing.then(async () => {
      for (let at = 0; at < bytes.length;) {
        at += await this.#connection.write(bytes.subarray(at));
      }
    });
  }

  /** Keeps `depth` requests under way. */
  async keepBusy(): Promise<void> {
    while (maySend()) {
      const count = Math.min(options.depth, options.requests - sent);
      this.send(new Array(count).fill(performance.now()));
      await new Promise<void>((resolve) => this.#onIdle = resolve);
    }
  }

  /** Reads and checks replies until the connection is closed. */
  async receive(): Promise<void> {
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(256 * 1024);
    let text = "";
    for (;;) {
      const count = await this.#connection.read(buffer);
      if (count === null) throw new Error("the server closed a connection");
      text += decoder.decode(buffer.subarray(0, count), { stream: true });
      text = this.#take(text);
      if (this.#waiting.length === 0) this.#onIdle();
    }
  }

  #take(text: string): string {
    const now = performance.now();
    let at = 0;
    for (let oldest = this.#waiting[0]; at < text.length; oldest = this.#waiting[0]) {
      if (oldest === undefined) throw new Error(`a reply that was not asked for: '${text}'`);
      const length = replyLength(options.kind, oldest.request, text.slice(at, at + 65_536));
      if (length === 0) break;
      latencies.record(now - oldest.dueMs);
      this.#waiting.shift();
      answered++;
      at += length;
    }
    return text.slice(at);
  }
}

function maySend(): boolean {
  return isSending && sent < options.requests;
}

/** Sends what is due, until `endMs`. */
async function sendAtRate(loads: readonly Load[], endMs: number): Promise<void> {
  const startMs = performance.now();
  for (let scheduled = 0; maySend() && performance.now() < endMs;) {
    const dueBy = (performance.now() - startMs) * options.rate / 1000;
    for (; scheduled < dueBy && maySend(); scheduled++) {
      const dueMs = startMs + scheduled * 1000 / options.rate;
      loads[scheduled % loads.length]!.send([dueMs]);
    }
    await sleep(1);
  }
}

function readOptions() {
  const it = parseArgs(Deno.args, { string: ["ports", "kind", "tail", "in-order"] });
  return {
    ports: it.ports!.split(",").map(Number),
    kind: (it.kind ?? "iamat") as LoadKind,
    connections: it["connections"] as number | undefined ?? 1,
    depth: it["depth"] as number | undefined ?? 1,
    rate: it["rate"] as number | undefined ?? 0,
    seconds: it["seconds"] as number | undefined ?? 1,
    warmup: it["warmup"] as number | undefined ?? 0,
    requests: it["requests"] as number | undefined ?? Infinity,
    clients: it["clients"] as number | undefined ?? 10_000,
    first: it["first"] as number | undefined ?? 0,
    inOrder: it["in-order"] === "yes",
    tail: it.tail ?? "10 20",
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function until(isReached: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (!isReached()) {
    if (performance.now() > deadlineMs) throw new Error("replies are missing after 10 s");
    await sleep(1);
  }
}

async function measure(): Promise<void> {
  const { ports, connections, seconds, warmup, rate } = options;
  const loads: Load[] = [];
  for (let i = 0; i < connections; i++) {
    const port = ports[i % ports.length]!;
    loads.push(new Load(await Deno.connect({ hostname: "127.0.0.1", port })));
  }
  for (const load of loads) load.receive().catch(fail);
  const startMs = performance.now();
  if (rate === 0) loads.forEach((it) => it.keepBusy().catch(fail));
  else sendAtRate(loads, startMs + (warmup + seconds) * 1000).catch(fail);
  if (warmup > 0) {
    await sleep(warmup * 1000);
    latencies.clear();
  }
  const before = { answered, ms: performance.now(), cpu: cpuSeconds() };
  if (Number.isFinite(options.requests)) await until(() => answered >= options.requests);
  else await sleep(seconds * 1000);
  const requests = answered - before.answered;
  const measured = (performance.now() - before.ms) / 1000;
  const cpu = cpuSeconds() - before.cpu;
  isSending = false;
  await until(() => answered === sent);
  print({
    requests,
    allRequests: answered,
    seconds: measured,
    cpuSeconds: cpu,
    ...latencies.histogram,
  });
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

await measure().catch(fail);
