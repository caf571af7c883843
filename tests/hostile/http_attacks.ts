// Attacks of strangers on a server's HTTP port, over and over until they are told to stop.

import { encode } from "../../src/base/bytes.ts";
import { AnswerReader } from "../../src/http/wire/answer.ts";
import { openRawSocket } from "../support/load/raw_web_socket.ts";
import { connectTo } from "../support/load/rude_client.ts";
import { clientFrame } from "../support/web_socket_frames.ts";
import { fillTown, TOWN } from "./town.ts";
import { type Attack, close, each, pause, rate, stopped, writeAll } from "./attacking.ts";

const TEXT = 1;
const CONTINUATION = 0;

const MAX_ANSWER_BYTES = 10_000_000;

const get = (path: string, method = "GET") =>
  encode(`${method} ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);

/** A request that comes byte by byte. */
const SLOW_HEAD = `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ${"x".repeat(200)}\r\n\r\n`;
const BODY_HEAD = "PUT /v1/clients/slow/location HTTP/1.1\r\nHost: localhost\r\n" +
  "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n";

/** The attacks by name. */
export const HTTP_ATTACKS = {
  /** Idle clients of lines take all descriptors, and a health check comes. */
  async starve(port, stop, http) {
    let checks = 0;
    let answered = 0;
    const checking = each(1, stop, async () => {
      checks++;
      using connection = await connectTo(http, stop);
      await writeAll(connection, get("/healthz"));
      const reader = new AnswerReader(connection, MAX_ANSWER_BYTES);
      await reader.body(await reader.head());
      answered++;
      await pause(20, stop);
    });
    await Promise.all([
      checking,
      crowd(1_100, stop, () => connectTo(port, stop)),
    ]);
    return `1,100 clients, ${answered} of ${checks} health checks answered`;
  },

  async silence(_port, stop, http) {
    const count = await crowd(3_000, stop, () => connectTo(http, stop));
    return `${count.toLocaleString("en")} silent connections`;
  },

  async endless(_port, stop, http) {
    const bytes = new Uint8Array(65_536).fill(0x78);
    let fragments = 0;
    const startMs = performance.now();
    const fill = (path: string) =>
      each(2, stop, async () => {
        using socket = await openRawSocket(http, path);
        const unread = closeAtEnd(socket, stop);
        await writeAll(socket, clientFrame(TEXT, bytes, { isFinal: false }));
        const next = clientFrame(CONTINUATION, bytes, { isFinal: false });
        for (; !stop.aborted; fragments++) await writeAll(socket, next);
        await unread;
      });
    await Promise.all([fill("/v1/line"), fill("/v1/live")]);
    return `${rate(fragments / 16, startMs)} MB/s taken`;
  },

  async tiny(_port, stop, http) {
    const frame = clientFrame(TEXT, "x");
    const frames = new Uint8Array(frame.length * 10_000);
    for (let at = 0; at < frames.length; at += frame.length) frames.set(frame, at);
    const startMs = performance.now();
    let sent = 0;
    await each(4, stop, async () => {
      using socket = await openRawSocket(http, "/v1/line");
      const unread = closeAtEnd(socket, stop);
      for (; !stop.aborted; sent += 10_000) await writeAll(socket, frames);
      await unread;
    });
    return `4 sockets, ${rate(sent, startMs)} frames/s taken`;
  },

  async map(_port, stop, http) {
    const question = get("/world-10m.json");
    const count = await crowd(3_000, stop, async () => {
      const connection = await connectTo(http, stop);
      await writeAll(connection, question);
      return connection;
    });
    return `${count.toLocaleString("en")} asked and read nothing`;
  },

  async heads(_port, stop, http) {
    const startMs = performance.now();
    let count = 0;
    await each(16, stop, async () => {
      using connection = await connectTo(http, stop);
      for (let i = 0; i < 20 && !stop.aborted; i++) {
        await writeAll(connection, get("/v1/changes", "HEAD"));
        await new AnswerReader(connection, MAX_ANSWER_BYTES).head();
        count++;
      }
    });
    return `${rate(count, startMs)} HEAD of a stream a second`;
  },

  async streams(_port, stop, http) {
    let refused = 0;
    const open = await crowd(200, stop, async () => {
      const connection = await connectTo(http, stop);
      await writeAll(connection, get("/v1/changes?since=0"));
      const { status } = await new AnswerReader(connection, MAX_ANSWER_BYTES).head();
      if (status !== 200) refused++;
      return connection;
    });
    return `${open} of /v1/changes that read nothing, ${refused} refused`;
  },

  async slowHeads(_port, stop, http) {
    return await drip(http, stop, { text: SLOW_HEAD, clients: 500 });
  },

  async slowBodies(_port, stop, http) {
    return await drip(http, stop, { first: BODY_HEAD, text: "x".repeat(1_000), clients: 500 });
  },

  async near(port, stop, http) {
    await fillTown(port);
    const question = get("/v1/clients?near=34.0689,-118.4451&radius=100&limit=1000");
    const startMs = performance.now();
    let count = 0;
    await each(8, stop, async () => {
      using connection = await connectTo(http, stop);
      const ended = () => close(connection);
      stop.addEventListener("abort", ended, { once: true });
      for (; !stop.aborted; count++) {
        await writeAll(connection, question);
        const reader = new AnswerReader(connection, MAX_ANSWER_BYTES);
        await reader.body(await reader.head());
      }
      stop.removeEventListener("abort", ended);
    });
    return `8 clients, ${rate(count, startMs)} answers/s of 1,000 among ${
      TOWN.toLocaleString("en")
    }`;
  },
} satisfies Record<string, Attack>;

/** Opens connections one after the other, and holds them until the signal; gives how many there were. */
async function crowd(
  size: number,
  stop: AbortSignal,
  open: () => Promise<Deno.Conn>,
): Promise<number> {
  const held: Deno.Conn[] = [];
  let tries = 0;
  await Promise.all(Array.from({ length: 16 }, async () => {
    while (tries++ < size && !stop.aborted) {
      try {
        held.push(await open());
      } catch {
        // Refused, as it may be.
      }
    }
  }));
  await stopped(stop);
  for (const connection of held) close(connection);
  return held.length;
}

/** Clients that send `first` at once and then a byte of `text` each half second. */
async function drip(
  port: number,
  stop: AbortSignal,
  { first = "", text, clients }: {
    readonly first?: string;
    readonly text: string;
    readonly clients: number;
  },
): Promise<string> {
  let count = 0;
  await each(clients, stop, async () => {
    using connection = await connectTo(port, stop);
    await writeAll(connection, encode(first));
    for (const byte of text) {
      if (stop.aborted) return;
      await writeAll(connection, encode(byte));
      count++;
      await pause(500, stop);
    }
  });
  return `${clients} clients, ${count.toLocaleString("en")} bytes`;
}

/** Takes what comes, until the other side or the signal ends it. */
async function closeAtEnd(connection: Deno.Conn, stop: AbortSignal): Promise<void> {
  stop.addEventListener("abort", () => close(connection), { once: true });
  const buffer = new Uint8Array(65_536);
  try {
    while (await connection.read(buffer) !== null);
  } catch {
    // Closed.
  }
}
