// `/v1/live`: everything a dashboard shows, as it happens, on a WebSocket. What is said and how is in
// live_protocol.ts.

import * as v from "valibot";
import { decodeClientId } from "../api/client_id.ts";
import { clientView } from "../api/client_view.ts";
import type { HttpContext } from "../context.ts";
import { type EventMessage, LIVE_PROTOCOL, type LiveMessage } from "./live_protocol.ts";
import { LivePositions } from "./live_positions.ts";
import { Problem } from "../problem.ts";
import { untilSent, upgrade } from "./web_socket.ts";
import type { Client } from "../api/schemas.ts";
import type { HerdSnapshot } from "../api/status_schemas.ts";

/** The time between two looks at the feed, and between two tellings of the herd, in milliseconds. */
const POSITIONS_MS = 100;
const HERD_MS = 1_000;

/** What may wait to be sent: a watcher that is slower gets the newest positions later. */
const MAX_OUTPUT_BYTES = 1024 * 1024;

/** The most watchers at one time. */
const MAX_WATCHERS = 50;

/** The most slots in a question, and the longest question in characters. */
const MAX_SLOTS = 1_000;
const MAX_QUESTION_CHARACTERS = 16 * 1024;

const POLICY_VIOLATION = 1008;
const GOING_AWAY = 1001;

type Message = LiveMessage<HerdSnapshot, Client>;

const Question = v.union([
  v.strictObject({
    slots: v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(1))), v.maxLength(MAX_SLOTS)),
  }),
  v.strictObject({ find: v.string() }),
]);

/**
 * Serves a watcher on a WebSocket.
 *
 * @throws {Problem} If the request asks for none, or there are too many watchers.
 */
export function liveSocket(request: Request, context: HttpContext): Response {
  const { status, counts } = context;
  if (status.isStopping) throw new Problem(503, "This server is stopping");
  if (counts.liveSockets >= MAX_WATCHERS) {
    throw new Problem(503, `${MAX_WATCHERS} watch already`);
  }
  const { socket, response } = upgrade(request, LIVE_PROTOCOL);
  socket.addEventListener("open", () => {
    counts.liveSockets++;
    new Watcher(socket, context).run().finally(() => counts.liveSockets--);
  }, { once: true });
  return response;
}

/** One who watches. */
class Watcher {
  readonly #socket: WebSocket;
  readonly #context: HttpContext;
  readonly #positions: LivePositions;
  readonly #states = new Map<string, boolean>();
  #wake: () => void = () => {};

  constructor(socket: WebSocket, context: HttpContext) {
    this.#socket = socket;
    this.#context = context;
    const servers = [...context.topology.servers.keys()];
    this.#positions = new LivePositions(context.store, servers);
    socket.addEventListener("message", ({ data }) => this.#answer(data));
    socket.addEventListener("close", () => this.#wake());
    socket.addEventListener("error", () => this.#wake());
  }

  /** Tells until the socket or the port is closed. */
  async run(): Promise<void> {
    const { status, topology, version, ending } = this.#context;
    using positions = this.#positions;
    const stop = () => this.#wake();
    ending.addEventListener("abort", stop);
    this.#say({
      type: "hello",
      herd: topology.herd,
      self: status.name,
      version,
      servers: [...topology.servers.keys()],
    });
    let herdMs = -Infinity;
    while (this.#isOpen()) {
      const startedMs = performance.now();
      if (startedMs - herdMs >= HERD_MS) {
        herdMs = startedMs;
        this.#tellHerd();
      }
      const frame = positions.next();
      if (frame !== undefined) this.#socket.send(frame);
      await untilSent(this.#socket, MAX_OUTPUT_BYTES);
      await this.#pause(positions.isLevel ? POSITIONS_MS - (performance.now() - startedMs) : 0);
    }
    ending.removeEventListener("abort", stop);
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close(GOING_AWAY);
  }

  #isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN && !this.#context.ending.aborted;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, ms));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #tellHerd(): void {
    const herd = this.#context.view.look();
    this.#say({ type: "herd", herd });
    for (const { name, state } of herd.servers) {
      if (state !== "unknown") this.#compare("server", state === "up", name);
    }
    for (const { from, to, isUp } of herd.links) {
      if (isUp !== null) this.#compare("link", isUp, from, to);
    }
  }

  /** Tells of a state that is not what it was. */
  #compare(what: "server" | "link", isUp: boolean, server: string, follower?: string): void {
    const key = `${server} ${follower ?? ""}`;
    const wasUp = this.#states.get(key);
    this.#states.set(key, isUp);
    if (wasUp === undefined || wasUp === isUp) return;
    const event: EventMessage["event"] = `${what}.${isUp ? "up" : "down"}`;
    const time = new Date().toISOString();
    this.#say({
      type: "event",
      time,
      event,
      server,
      ...follower === undefined ? {} : { follower },
    });
  }

  #answer(data: unknown): void {
    const question = typeof data === "string" ? parseQuestion(data) : undefined;
    if (question === undefined) {
      return this.#socket.close(POLICY_VIOLATION, "that is no question");
    }
    // Who asks without reading gets no answers: he could make us keep them all.
    if (this.#socket.bufferedAmount > MAX_OUTPUT_BYTES) return;
    const slots = "slots" in question ? question.slots : this.#find(question.find);
    const { store } = this.#context;
    // A client that was told of may be removed or expired by now.
    const clients = slots.filter((slot) => this.#positions.isKnown(slot))
      .filter((slot) => !store.isRemoval(slot) && !store.isExpired(slot))
      .map((slot) => ({ slot, ...clientView(store.read(slot)) }));
    this.#say({ type: "clients", clients });
  }

  #find(text: string): number[] {
    const id = decodeClientId(text);
    if (id === undefined) return [];
    const slot = this.#context.store.locate(id, 0, id.length);
    return slot === 0 ? [] : [slot];
  }

  #say(message: Message): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}

function parseQuestion(text: string): v.InferOutput<typeof Question> | undefined {
  if (text.length > MAX_QUESTION_CHARACTERS) return undefined;
  try {
    const parsed = v.safeParse(Question, JSON.parse(text));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
