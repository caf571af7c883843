// What broken, slow and malicious clients do to a server, over and over until they are told to stop.
// Run as a process: deno run --allow-net=127.0.0.1 tests/hostile/attacks.ts <name> <port> [<http port>]

import { encode } from "../../src/base/bytes.ts";
import { type Attack, close, each, pause, rate, stopped, writeAll } from "./attacking.ts";
import { HTTP_ATTACKS } from "./http_attacks.ts";
import { WATCH_ATTACKS } from "./watch_attacks.ts";
import { connectTo, sendAndReset, writeWithoutReading } from "../support/load/rude_client.ts";

const IDLE = 10_000;

const IAMAT = "IAMAT kiwi +34.068930-118.445127 1520023934.918963997\n";
const REQUESTS = `${IAMAT}WHATSAT kiwi 10 5\n`;

/** All attacks by name. */
export const ATTACKS = {
  async nothing(_port, stop) {
    await stopped(stop);
    return "";
  },

  async idle(port, stop) {
    using open = new DisposableStack();
    let count = 0;
    const connect = async () => {
      while (count < IDLE && !stop.aborted) {
        count++;
        open.use(await connectTo(port, stop));
      }
    };
    // Those under way when it is over are given up.
    await Promise.allSettled(Array.from({ length: 16 }, connect));
    await stopped(stop);
    return `${count.toLocaleString("en")} open`;
  },

  async churn(port, stop) {
    const startMs = performance.now();
    let count = 0;
    await each(32, stop, async () => {
      using connection = await connectTo(port, stop);
      if (count++ % 2 === 0) await connection.write(encode("IAMAT k"));
    });
    return `${rate(count, startMs)} connects a second`;
  },

  async drip(port, stop) {
    let count = 0;
    await each(500, stop, async () => {
      using connection = await connectTo(port, stop);
      for (const byte of IAMAT) {
        await connection.write(encode(byte));
        count++;
        await pause(1_000, stop);
        if (stop.aborted) return;
      }
    });
    return `500 clients, ${count.toLocaleString("en")} bytes`;
  },

  async greedy(port, stop) {
    const questions = encode(IAMAT + "WHATSAT kiwi 50 20\n".repeat(2_000));
    let sent = 0;
    await each(50, stop, async () => {
      const connection = await connectTo(port, stop);
      const writing = writeWithoutReading(connection, questions);
      await Promise.race([writing.ended, stopped(stop)]);
      sent += writing.sent;
      close(connection);
      await writing.ended;
    });
    return `50 clients, ${
      Math.round(sent / 19).toLocaleString("en")
    } WHATSAT taken or in the kernel`;
  },

  async flood(port, stop) {
    const startMs = performance.now();
    const requests = encode(IAMAT.repeat(1_000));
    let bytes = 0;
    await each(10, stop, async () => {
      const connection = await connectTo(port, stop);
      stop.addEventListener("abort", () => close(connection), { once: true });
      const writing = writeWithoutReading(connection, requests);
      const buffer = new Uint8Array(262_144);
      try {
        for (let n = await connection.read(buffer); n !== null; n = await connection.read(buffer)) {
          bytes += n;
        }
      } finally {
        close(connection);
        await writing.ended;
      }
    });
    return `10 clients, ${rate(bytes / 1e6, startMs)} MB of replies a second`;
  },

  async busy(port, stop) {
    const startMs = performance.now();
    const request = encode(IAMAT);
    let count = 0;
    await each(400, stop, async () => {
      const connection = await connectTo(port, stop);
      stop.addEventListener("abort", () => close(connection), { once: true });
      const buffer = new Uint8Array(1_024);
      try {
        for (; !stop.aborted; count++) {
          await writeAll(connection, request);
          await connection.read(buffer);
        }
      } finally {
        close(connection);
      }
    });
    return `400 clients, ${rate(count, startMs)} requests a second`;
  },

  async longline(port, stop) {
    const megabyte = new Uint8Array(2 ** 20).fill(0x78);
    let megabytes = 0;
    await each(1, stop, async () => {
      using connection = await connectTo(port, stop);
      for (let i = 0; i < 1_024 && !stop.aborted; i++, megabytes++) {
        await writeAll(connection, megabyte);
      }
      await connection.write(encode("\n"));
      await connection.read(megabyte);
    });
    return `${megabytes.toLocaleString("en")} MB in lines of 1 GB`;
  },

  async resets(port, stop) {
    const startMs = performance.now();
    let count = 0;
    await each(100, stop, async () => {
      await sendAndReset(port, REQUESTS.slice(0, count++ % (REQUESTS.length + 1)));
    });
    return `${rate(count, startMs)} resets a second`;
  },

  async crowd(port, stop) {
    const startMs = performance.now();
    let count = 0;
    await each(1_500, stop, async () => {
      using connection = await connectTo(port, stop);
      count++;
      const closed = connection.read(new Uint8Array(1)).catch(() => null);
      await Promise.race([closed, stopped(stop)]);
      close(connection);
      await closed;
    });
    return `1,500 clients, ${rate(count, startMs)} connects a second`;
  },

  async places(port, stop) {
    let count = 0;
    await each(500, stop, async () => {
      using connection = await connectTo(port, stop);
      const radius = (count++ % 500) / 10;
      await connection.write(encode(`${IAMAT}WHATSAT kiwi ${radius} ${1 + count % 20}\n`));
      const buffer = new Uint8Array(65_536);
      let text = "";
      while (!text.endsWith("}\n\n") && !stop.aborted) {
        const length = await connection.read(buffer);
        if (length === null) throw new Error("A WHATSAT was not answered");
        text += new TextDecoder().decode(buffer.subarray(0, length));
      }
    });
    return `500 clients, ${count.toLocaleString("en")} WHATSAT answered`;
  },
  async town(port, stop) {
    const startMs = performance.now();
    let count = 0;
    await each(4, stop, async () => {
      const connection = await connectTo(port, stop);
      stop.addEventListener("abort", () => close(connection), { once: true });
      const buffer = new Uint8Array(65_536);
      try {
        await writeAll(connection, encode(IAMAT));
        await connection.read(buffer);
        for (; !stop.aborted; count++) {
          await writeAll(connection, encode("WHATSAT kiwi 50 20\n"));
          // An empty line ends the answer.
          for (let tail = ""; !tail.endsWith("\n\n");) {
            const length = await connection.read(buffer);
            if (length === null) throw new Error("A WHATSAT was not answered");
            tail = String.fromCharCode(...buffer.subarray(Math.max(0, length - 2), length));
          }
        }
      } finally {
        close(connection);
      }
    });
    return `4 clients, ${rate(count, startMs)} answers a second`;
  },

  ...HTTP_ATTACKS,
  ...WATCH_ATTACKS,
} satisfies Record<string, Attack>;

if (import.meta.main) {
  const [name = "", port, http] = Deno.args;
  const stop = new AbortController();
  Deno.stdin.readable.pipeTo(new WritableStream()).finally(() => stop.abort());
  const did = await ATTACKS[name as keyof typeof ATTACKS](Number(port), stop.signal, Number(http));
  await Deno.stdout.write(encode(`${JSON.stringify(did)}\n`));
  Deno.exit();
}
