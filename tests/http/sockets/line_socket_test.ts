// The line protocol on a WebSocket.

import { assert, assertEquals, assertRejects } from "@std/assert";
import { bearerProtocol } from "../../../src/http/token.ts";
import { startNode } from "../../../src/server/node.ts";
import { settled, until, within } from "../../support/waiting.ts";
import { exchange as exchangeTcp } from "../../support/herds/client.ts";
import { loneOptions, NO_PLACES, placesOf } from "../../support/herds/herd.ts";
import { closed, startHttp } from "../../support/herds/http.ts";
import { testWith } from "../../support/test.ts";
import { fromLatin1, latin1 } from "../../support/reference/reference.ts";

const test = testWith("sockets");

/** Sends frames one after the other and collects replies until they end so. */
async function exchange(
  socket: WebSocket,
  frames: readonly (string | Uint8Array<ArrayBuffer>)[],
  ending: string,
): Promise<string> {
  let text = "";
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.onmessage = ({ data }) => {
    text += typeof data === "string" ? data : latin1(new Uint8Array(data));
    if (text.endsWith(ending)) resolve();
  };
  for (const frame of frames) socket.send(frame);
  await within(promise, `'${ending}' over the WebSocket`);
  return text;
}

async function close(socket: WebSocket): Promise<void> {
  const end = closed(socket);
  socket.close();
  await end;
}

test("/v1/line answers as the TCP port does, wherever frames are cut", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const socket = await http.open("/v1/line", { protocols: ["herd.line.v1"] });
  assertEquals(socket.protocol, "herd.line.v1");
  const frames = ["IAMAT k +1+1", " 1520023934\nHEL", "LO\nWHATSAT k 1", " 0\n"];
  const text = await exchange(socket, frames, "}\n\n");
  const at = /^AT Goloman \+\d+\.\d{9} k \+1\+1 1520023934\n/.exec(text)![0];
  assertEquals(
    text,
    `${at}? HELLO\n${at}{\n   "html_attributions" : [],\n   "results" : [],\n` +
      '   "status" : "ZERO_RESULTS"\n}\n\n',
  );
  assertEquals({
    connections: node.status.clients.connections,
    iamat: node.status.clients.requests.iamat,
  }, { connections: 1, iamat: 1 });
  await close(socket);
  await until(() => node.status.clients.connections === 0);
});

test("/v1/line gives back bytes for bytes and text for text", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const socket = await http.open("/v1/line");
  const kinds: string[] = [];
  socket.addEventListener("message", ({ data }) => kinds.push(typeof data));
  assertEquals(await exchange(socket, [fromLatin1("\xff\0\n")], "\n"), "? \xff\0\n");
  assertEquals(await exchange(socket, ["cafés à Köln\n"], "\n"), "? cafés à Köln\n");
  assertEquals(kinds, ["object", "string"]);
  await close(socket);
});

test("/v1/line does not become a link", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const socket = await http.open("/v1/line");
  const follow = "FOLLOW/1 test Hands Goloman 0 0";
  assertEquals(await exchange(socket, [`${follow}\n`], "\n"), `? ${follow}\n`);
  await close(socket);
});

test("/v1/line takes the token as a subprotocol, and a page's origin where there is none", async () => {
  await using node = startNode(loneOptions());
  const token = "a-token-with-a-/-and-a-=";
  {
    await using http = startHttp(node, { token });
    const socket = await http.open("/v1/line", {
      protocols: ["herd.line.v1", bearerProtocol(token)],
    });
    assertEquals(socket.protocol, "herd.line.v1");
    await close(socket);
    await assertRejects(
      () => http.open("/v1/line", { protocols: ["herd.line.v1"] }),
      Error,
      "401",
    );
  }
  await using http = startHttp(node);
  await assertRejects(
    () => http.open("/v1/line", { headers: { Origin: "http://example.com" } }),
    Error,
    "403",
  );
  await assertRejects(() => http.open("/v1/line", { protocols: ["soap"] }), Error, "400");
  await close(await http.open("/v1/line", { headers: { Origin: http.url } }));
});

test("/v1/line has a place of the HTTP port, and takes none of the clients of lines", async () => {
  const limits = { maxConnections: 1, maxHttpConnections: 1 };
  await using node = startNode(loneOptions({ limits }));
  await using http = startHttp(node);
  const first = await http.open("/v1/line");
  assertEquals(await exchange(first, ["x\n"], "\n"), "? x\n");
  await assertRejects(() => http.open("/v1/line"));
  assertEquals(await exchangeTcp(node.address.port, "z\n"), "? z\n");
  assertEquals(node.status.clients.refused, 0);
  assertEquals(await exchange(first, ["y\n"], "\n"), "? y\n");
  await close(first);
});

test("/v1/line reads no more of a client than it lets be answered, and goes on later", async () => {
  const { promise, resolve } = Promise.withResolvers<typeof NO_PLACES>();
  await using node = startNode(loneOptions({
    limits: { maxPlacesPerConnection: 1 },
    places: placesOf(() => promise),
  }));
  await using http = startHttp(node);
  const socket = await http.open("/v1/line");
  await exchange(socket, ["IAMAT k +1+1 1\n"], "\n");
  const replies = exchange(socket, ["WHATSAT k 1 1\nWHATSAT k 1 1\n"], "? end\n");
  const frame = new Uint8Array(1024 * 1024).fill(0x78);
  frame.fill(0x0a, -1);
  const frames = 64;
  for (let i = 0; i < frames; i++) socket.send(frame);
  socket.send("end\n");
  // The rest has no place in the kernels' buffers.
  const kept = await settled(() => socket.bufferedAmount);
  assert(kept > frames * frame.length / 2, `${kept} bytes are kept by the client`);
  assertEquals(node.status.clients.requests.invalid, 0);
  resolve(NO_PLACES);
  const text = await replies;
  assertEquals(text.split("\n? xxx").length - 1, frames);
  await close(socket);
});

test("/v1/line answers what was asked when the server stops, and says that it goes", async () => {
  const node = startNode(loneOptions());
  await using http = startHttp(node);
  const socket = await http.open("/v1/line");
  const end = closed(socket);
  const reply = exchange(socket, ["x\n"], "\n");
  const stopped = node.stop();
  assertEquals(await reply, "? x\n");
  await within(stopped, "the server to stop");
  assertEquals((await end).code, 1001);
  await assertRejects(() => http.open("/v1/line"), Error, "503");
  assert(node.status.isStopping);
});
