// The byte stream to a NATS server, against sockets that do what a test says.

import { assertEquals, assertRejects } from "@std/assert";
import type { ConnectionOptions, Server } from "@nats-io/nats-core";
import { type NatsDialer, NatsTransport } from "../../../src/backbone/nats/transport.ts";
import type { Connection } from "../../../src/base/connection.ts";
import { decode, encode } from "../../../src/base/bytes.ts";
import { until } from "../../support/waiting.ts";

const server = { hostname: "nats.example", port: 4222 } as Server;
const INFO = 'INFO {"server_id":"x","proto":1}\r\n';

/** A socket that gives these chunks, then waits until it is closed. */
class FakeSocket implements Connection {
  readonly written: string[] = [];
  isClosed = false;
  readonly #chunks: (string | Error | null)[];
  #end: () => void = () => {};

  constructor(...chunks: (string | Error | null)[]) {
    this.#chunks = chunks;
  }

  async read(into: Uint8Array): Promise<number | null> {
    const chunk = this.#chunks.shift();
    if (this.isClosed) throw new Error("closed");
    if (chunk === undefined) await new Promise<void>((resolve) => this.#end = resolve);
    if (chunk === undefined || chunk instanceof Error) throw chunk ?? new Error("interrupted");
    if (chunk === null) return null;
    into.set(encode(chunk));
    return chunk.length;
  }

  /** Takes three bytes at a time. */
  write(bytes: Uint8Array): Promise<number> {
    this.written.push(decode(bytes.subarray(0, 3)));
    return Promise.resolve(Math.min(3, bytes.length));
  }

  close(): void {
    if (this.isClosed) throw new Error("closed twice");
    this.isClosed = true;
    this.#end();
  }
}

function dialerOf(socket: Connection, secure?: Connection) {
  const asked: unknown[][] = [];
  const dialer: NatsDialer = {
    connect: (...args) => {
      asked.push(args);
      return Promise.resolve(socket);
    },
    startTls: (_socket, ...args) => {
      asked.push(args);
      return secure === undefined ? Promise.reject(new Error("no")) : Promise.resolve(secure);
    },
  };
  return { dialer, asked };
}

async function connected(socket: Connection): Promise<NatsTransport> {
  const transport = new NatsTransport(dialerOf(socket).dialer);
  await transport.connect(server, {});
  return transport;
}

/** All that it reads, to its end. */
async function readAll(transport: NatsTransport): Promise<string> {
  let text = "";
  for await (const chunk of transport) text += decode(chunk);
  return text;
}

Deno.test("NatsTransport gives all that the server says, also what came with or in pieces of INFO", async () => {
  for (const chunks of [[INFO, "MSG"], [INFO + "MSG"], [...INFO, "MSG"]]) {
    const socket = new FakeSocket(...chunks, null);
    const transport = await connected(socket);
    assertEquals(await readAll(transport), `${INFO}MSG`);
    assertEquals(await transport.closed(), undefined);
    assertEquals({
      socketIsClosed: socket.isClosed,
      transportIsClosed: transport.isClosed,
      transportIsEncrypted: transport.isEncrypted(),
    }, { socketIsClosed: true, transportIsClosed: true, transportIsEncrypted: false });
  }
});

Deno.test("NatsTransport refuses a server that is none of NATS", async () => {
  for (const chunks of [["HTTP/1.1 400\r\n"], [null], ["INFO ", null], ["INFO nothing\r\n"]]) {
    const { dialer } = dialerOf(new FakeSocket(...chunks));
    const transport = new NatsTransport(dialer);
    await assertRejects(() => transport.connect(server, {}));
  }
  const endless = new FakeSocket(...Array.from({ length: 70 }, () => "x".repeat(1024)));
  await assertRejects(() => new NatsTransport(dialerOf(endless).dialer).connect(server, {}));
});

Deno.test("NatsTransport goes over to TLS where either side wants it, for the server's name", async () => {
  const table: [info: string, options: ConnectionOptions, ca: string | undefined][] = [
    ['INFO {"tls_required":true}\r\n', {}, undefined],
    ['INFO {"tls_available":true}\r\n', {}, undefined],
    ['INFO {"tls_required":true}\r\n', { tls: { ca: "PEM" } }, "PEM"],
  ];
  for (const [info, options, ca] of table) {
    const secure = new FakeSocket("PONG", null);
    const { dialer, asked } = dialerOf(new FakeSocket(info), secure);
    const transport = new NatsTransport(dialer);
    await transport.connect(server, options);
    assertEquals(asked, [["nats.example", 4222], ["nats.example", ca]]);
    assertEquals(transport.isEncrypted(), true);
    assertEquals(await readAll(transport), `${info}PONG`);
  }
  const plain = new NatsTransport(dialerOf(new FakeSocket(INFO)).dialer);
  await assertRejects(() => plain.connect(server, { tls: {} }), Error, "tls");
});

Deno.test("NatsTransport.send() writes frames whole and in order, and nothing after the end", async () => {
  const socket = new FakeSocket(INFO);
  const transport = await connected(socket);
  transport.send(encode("PING\r\n"));
  transport.send(encode("PUB\r\n"));
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(socket.written, ["PIN", "G\r\n", "PUB", "\r\n"]);
  await transport.close();
  transport.send(encode("late"));
  assertEquals(socket.written.length, 4);
});

Deno.test("NatsTransport ends once, with the reason, whoever ends it", async () => {
  const reset = new Error("reset");
  const failing = await connected(new FakeSocket(INFO, reset));
  assertEquals(await readAll(failing), INFO);
  assertEquals(await failing.closed(), reset);
  assertEquals(failing.closeError, reset);
  failing.disconnect();
  const socket = new FakeSocket(INFO);
  const closing = await connected(socket);
  const reading = readAll(closing);
  await closing.close(new Error("stale"));
  assertEquals(await reading, INFO);
  assertEquals((await closing.closed() as Error).message, "stale");
  assertEquals(socket.isClosed, true);
});

Deno.test("NatsTransport closes a connection that is made after it was given up", async () => {
  const socket = new FakeSocket(INFO);
  const dialled = Promise.withResolvers<Connection>();
  const { dialer } = dialerOf(socket);
  const transport = new NatsTransport({ ...dialer, connect: () => dialled.promise });
  const connecting = transport.connect(server, {});
  await transport.close(new Error("timeout"));
  dialled.resolve(socket);
  await assertRejects(() => connecting, Error, "closed before it was made");
  assertEquals(socket.isClosed, true);
});

Deno.test("NatsTransport lets others have their turn between what it reads, however little it is", async () => {
  const socket = new FakeSocket(INFO, ...Array(20).fill("PING\r\n"), null);
  let pauses = 0;
  const pause = () => (pauses++, Promise.resolve());
  const transport = new NatsTransport(dialerOf(socket).dialer, pause);
  await transport.connect(server, {});
  await readAll(transport);
  assertEquals(pauses, 20);
});

Deno.test("NatsTransport answers a storm of PING with as much as is taken", async () => {
  const socket = new FakeSocket(INFO);
  const transport = await connected(socket);
  const pong = encode("PONG\r\n");
  // The server reads nothing meanwhile.
  for (let i = 0; i < 10_000; i++) transport.send(pong);
  transport.send(encode("PUB x 0\r\n\r\n"));
  await until(() => socket.written.length >= 8);
  assertEquals(socket.written.join(""), "PONG\r\nPONG\r\nPUB x 0\r\n\r\n");
  transport.send(pong);
  await until(() => socket.written.length >= 10);
  assertEquals(socket.written.slice(8).join(""), "PONG\r\n");
  transport.discard();
});

Deno.test("NatsTransport ends when the client cannot make sense of what it reads", async () => {
  const transport = await connected(new FakeSocket(INFO, "nonsense"));
  await assertRejects(async () => {
    for await (const chunk of transport) if (decode(chunk) === "nonsense") throw new Error("what?");
  }, "what?");
  assertEquals((await transport.closed() as Error).message, "NATS sent what is out of form");
  assertEquals(transport.isClosed, true);
});
