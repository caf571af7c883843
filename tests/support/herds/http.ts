// The HTTP port of a server in this process, on a free port: `await using http = startHttp(node)`.

import type { HttpContext } from "../../../src/http/context.ts";
import { createContext, HttpPort } from "../../../src/http/port.ts";
import { HttpBounds } from "../../../src/http/wire/bounds.ts";
import type { TokenKeys } from "../../../src/server/tokens/token_keys.ts";
import type { HerdNode } from "../../../src/server/node.ts";
import type { AllowedOrigins } from "../../../src/http/origins/allowed_origins.ts";
import { parseTopology, type Topology } from "../../../src/topology/topology.ts";
import { within } from "../waiting.ts";

/** An open port, and requests to it. */
export interface TestHttp extends AsyncDisposable {
  readonly port: HttpPort;
  /** Such as `http://127.0.0.1:40123`. */
  readonly url: string;
  /** Asks a path. The body must be read or cancelled. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Opens a WebSocket and waits until it is open; fails where it cannot be. */
  open(path: string, options?: TestSocketOptions): Promise<WebSocket>;
}

/** How to open a WebSocket. */
export interface TestSocketOptions {
  readonly protocols?: string[];
  readonly headers?: Record<string, string>;
  /** Told of every message from the first on. */
  readonly onMessage?: (data: string | ArrayBuffer) => void;
}

/** What a test may choose. */
export interface TestHttpOptions {
  readonly topology?: Topology;
  readonly token?: string;
  readonly tokens?: TokenKeys;
  readonly origins?: AllowedOrigins;
  readonly hostname?: string;
  readonly port?: number;
}

/** Opens the HTTP port of a node. */
export function startHttp(node: HerdNode, options: TestHttpOptions = {}): TestHttp {
  const { topology = loneTopology(node.name), token, hostname = "127.0.0.1" } = options;
  const port = new HttpPort({
    doors: node.doors,
    topology,
    hostname,
    port: options.port ?? 0,
    token,
    tokens: options.tokens,
    origins: options.origins,
    version: "0.0.0",
  });
  port.serve(node);
  const url = `http://127.0.0.1:${port.address.port}`;
  return {
    port,
    url,
    fetch: (path, init) => within(fetch(url + path, init), `a response to ${path}`),
    async open(path, { protocols = [], headers = {}, onMessage } = {}) {
      const socket = new WebSocket(url.replace("http", "ws") + path, { protocols, headers });
      socket.binaryType = "arraybuffer";
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      if (onMessage) socket.onmessage = ({ data }) => onMessage(data);
      socket.onopen = () => resolve();
      socket.onerror = (event) => reject(new Error((event as ErrorEvent).message));
      await within(promise, `a WebSocket at ${path}`);
      socket.onopen = socket.onerror = null;
      return socket;
    },
    [Symbol.asyncDispose]: () => port.close(),
  };
}

/** What handlers share, without a port. */
export function httpContext(node: HerdNode): HttpContext & Disposable {
  const shared = new DisposableStack();
  const bounds = shared.use(new HttpBounds(node.doors));
  const topology = loneTopology(node.name);
  const options = { node, bounds, topology, token: undefined, version: "0.0.0" };
  const context = createContext(options, new AbortController().signal, shared);
  return { ...context, [Symbol.dispose]: () => shared.dispose() };
}

/** A topology of one server; nobody listens at its addresses. */
export function loneTopology(name: string): Topology {
  const servers = { [name]: { host: "127.0.0.1", port: 1, http: 2 } };
  return parseTopology(JSON.stringify({ herd: "test", servers, links: [] }));
}

/** Waits until a WebSocket is closed. */
export function closed(socket: WebSocket): Promise<{ code: number; reason: string }> {
  const end = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.addEventListener("close", ({ code, reason }) => resolve({ code, reason }));
  });
  return within(end, `the end of the WebSocket ${socket.url}`);
}
