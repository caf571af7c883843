// The connection to `/v1/live`: opens it, opens it again when it breaks, and asks for the token when
// the server wants one.

import { bearerProtocol } from "../../token.ts";
import { inBackground } from "../../../base/background.ts";
import type { Client, HerdSnapshot } from "./herd.ts";
import type { Sample } from "../../api/status_schemas.ts";
import {
  decodePositions,
  LIVE_PROTOCOL,
  type LiveMessage,
  type Positions,
} from "../../sockets/live_protocol.ts";

const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 5_000;
/** The herd is told once a second: a connection that is silent for so long is dead. */
const SILENCE_MS = 5_000;
const TOKEN_KEY = "herd.token";

/** A text frame. */
export type Message = LiveMessage<HerdSnapshot, Client, Sample>;

/** A question; see live_protocol.ts. */
export type Question =
  | { readonly slots: readonly number[] }
  | { readonly find: string }
  | { readonly prefix: string };

/** The page's answers to what comes. */
export interface Listener {
  onState(state: "connecting" | "open" | "lost"): void;
  onMessage(message: Message): void;
  onPositions(positions: Positions): void;
  /** The server wants a token, or another one than it was given. */
  askToken(wasRefused: boolean): Promise<string>;
}

/** The header with the token of this tab, for requests beside the socket; none if there is none. */
export function tokenHeaders(): Record<string, string> {
  const token = sessionStorage.getItem(TOKEN_KEY);
  return token === null ? {} : { Authorization: `Bearer ${token}` };
}

/** Keeps a connection. */
export class Connection {
  readonly #listener: Listener;
  #socket: WebSocket | undefined;
  #retryMs = FIRST_RETRY_MS;
  /** Scopes of this tab's token. */
  #scopes: ReadonlySet<string> = new Set();

  /** Begins at once. */
  constructor(listener: Listener) {
    this.#listener = listener;
    inBackground(this.#keep());
  }

  /** Asks about slots, or for clients by an id or the start of one (percent-encoded). */
  ask(question: Question): void {
    if (!this.#scopes.has("read")) return;
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(question));
  }

  async #keep(): Promise<never> {
    for (;;) {
      this.#listener.onState("connecting");
      if (await this.#admit()) await this.#talk();
      this.#listener.onState("lost");
      await new Promise((resolve) => setTimeout(resolve, this.#retryMs));
      this.#retryMs = Math.min(this.#retryMs * 2, MAX_RETRY_MS);
    }
  }

  /** A socket does not say why it was refused: a request of the same rights does. */
  async #admit(): Promise<boolean> {
    try {
      for (let tries = 0;; tries++) {
        const { status, body } = await fetch("v1/status", { headers: tokenHeaders() });
        await body?.cancel();
        // A token that is good for clients alone may not see this.
        if (status !== 401) return status === 200 || status === 403;
        sessionStorage.setItem(TOKEN_KEY, await this.#listener.askToken(tries > 0));
      }
    } catch {
      return false;
    }
  }

  #talk(): Promise<void> {
    const token = sessionStorage.getItem(TOKEN_KEY);
    const url = new URL("v1/live", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const protocols = token === null ? [LIVE_PROTOCOL] : [LIVE_PROTOCOL, bearerProtocol(token)];
    const socket = this.#socket = new WebSocket(url, protocols);
    socket.binaryType = "arraybuffer";
    return new Promise((resolve) => {
      let timer = setTimeout(() => socket.close(), SILENCE_MS);
      socket.addEventListener("open", () => {
        this.#retryMs = FIRST_RETRY_MS;
        this.#listener.onState("open");
      });
      socket.addEventListener("message", ({ data }) => {
        clearTimeout(timer);
        this.#hear(data);
        // Of the herd is told to whom it may be told; clients may all stand still.
        if (!this.#scopes.has("status")) return;
        timer = setTimeout(() => socket.close(), SILENCE_MS);
      });
      socket.addEventListener("close", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #hear(data: string | ArrayBuffer): void {
    if (typeof data === "string") {
      const message: Message = JSON.parse(data);
      if (message.type === "hello") this.#scopes = new Set(message.scopes);
      return this.#listener.onMessage(message);
    }
    const positions = decodePositions(data);
    if (positions !== undefined) this.#listener.onPositions(positions);
  }
}
