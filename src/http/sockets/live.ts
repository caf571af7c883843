// `/v1/live`: everything a dashboard shows, as it happens, on a WebSocket. What is said and how is in
// live_protocol.ts.

import * as v from "valibot";
import { decode, encode } from "../../base/bytes.ts";
import { aborted, after, until } from "../../base/waiting.ts";
import { decodeClientId } from "../../protocol/client_id.ts";
import { clientView } from "../api/client_view.ts";
import type { HttpContext } from "../context.ts";
import { type EventMessage, LIVE_PROTOCOL, type LiveMessage } from "./live_protocol.ts";
import { recordsByPrefix } from "./prefix_search.ts";
import { LivePositions } from "./live_positions.ts";
import { Problem } from "../problem.ts";
import type { Client } from "../api/schemas.ts";
import type { HerdSnapshot, Sample } from "../api/status_schemas.ts";
import { POLICY_VIOLATION } from "../wire/web_socket/frames.ts";
import { LIVE_NEEDS, meets } from "../tokens/scopes.ts";
import type { Grant } from "../../server/tokens/grant.ts";
import type { Reply } from "../wire/reply.ts";
import type { HttpRequest } from "../wire/request.ts";
import type { WebSocketConnection } from "../wire/web_socket/connection.ts";
import { upgrade } from "./web_socket.ts";

/** The time between two looks at the feed, and between two tellings of the herd, in milliseconds. */
const POSITIONS_MS = 100;
const HERD_MS = 1_000;

/** The most watchers at one time. */
export const MAX_WATCHERS = 50;

/** The most slots in a question, and the longest question in bytes. */
const MAX_SLOTS = 1_000;
const MAX_QUESTION_BYTES = 16 * 1024;

type Message = LiveMessage<HerdSnapshot, Client, Sample>;

const QuestionSchema = v.union([
  v.strictObject({
    slots: v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(1))), v.maxLength(MAX_SLOTS)),
  }),
  v.strictObject({ find: v.string() }),
  v.strictObject({ prefix: v.string() }),
]);

type Question = v.InferOutput<typeof QuestionSchema>;

/**
 * Serves a watcher on a WebSocket.
 *
 * @throws {Problem} If the request asks for none, or there are too many watchers.
 */
export function liveSocket(request: HttpRequest, context: HttpContext): Reply {
  const { status, counts } = context;
  if (status.isStopping) throw new Problem(503, "This server is stopping");
  if (counts.liveSockets >= MAX_WATCHERS) {
    throw new Problem(503, `${MAX_WATCHERS} watch already`);
  }
  return upgrade(request, LIVE_PROTOCOL, () => {
    counts.liveSockets++;
    return {
      serve: (socket) => new Watcher(socket, context, request.grant).run(),
      end: () => void counts.liveSockets--,
    };
  });
}

/** One who watches. */
class Watcher {
  readonly #socket: WebSocketConnection;
  readonly #context: HttpContext;
  readonly #grant: Grant;
  readonly #positions: LivePositions;
  readonly #states = new Map<string, boolean>();

  constructor(socket: WebSocketConnection, context: HttpContext, grant: Grant) {
    this.#socket = socket;
    this.#context = context;
    this.#grant = grant;
    const servers = [...context.topology.servers.keys()];
    this.#positions = new LivePositions(context.store, { pace: context.pace, servers, grant });
  }

  /** Tells until the socket or the port is closed. */
  async run(): Promise<void> {
    using _positions = this.#positions;
    try {
      // Either ends with the socket, and ends it.
      await Promise.all([this.#tell(), this.#listen()].map((it) => it.finally(() => this.#end())));
    } catch (error) {
      if (this.#socket.isOpen) throw error;
    }
  }

  /** True if whoever watches may have a message, and ask for it. */
  #may(message: keyof typeof LIVE_NEEDS): boolean {
    return meets(this.#grant, LIVE_NEEDS[message]);
  }

  #end(): void {
    this.#socket.close();
  }

  /** Tells what is new, as fast as the watcher takes it: a slow one gets the newest positions later. */
  async #tell(): Promise<void> {
    const { status, topology, version, ending, clock, recent, tokens } = this.#context;
    const showsPositions = this.#may("positions");
    const servers = [...topology.servers.keys()];
    const { name: self } = status;
    const scopes = [...this.#grant.scopes];
    await this.#say({ type: "hello", herd: topology.herd, self, version, servers, scopes });
    if (this.#may("history")) await this.#say({ type: "history", samples: recent.samples });
    let herdMs = -Infinity;
    while (this.#socket.isOpen && !ending.aborted && tokens.isGood(this.#grant)) {
      const startedMs = clock.monotonicMs();
      if (startedMs - herdMs >= HERD_MS) {
        herdMs = startedMs;
        if (this.#may("herd")) await this.#tellHerd();
      }
      const frame = showsPositions ? await this.#positions.next() : undefined;
      if (frame !== undefined) await this.#socket.send(new Uint8Array(frame), false);
      const restMs = POSITIONS_MS - (clock.monotonicMs() - startedMs);
      const pauseMs = this.#positions.isLevel || !showsPositions ? Math.max(0, restMs) : 0;
      await until(after(clock, pauseMs), aborted(ending), this.#socket.over);
    }
  }

  /** Answers questions, one after the other: who does not read the answers is not read from either. */
  async #listen(): Promise<void> {
    for (;;) {
      const message = await this.#socket.readMessage(MAX_QUESTION_BYTES);
      if (message === undefined) return;
      const question = message.isText ? parseQuestion(decode(message.bytes)) : undefined;
      if (question === undefined) {
        return this.#socket.close(POLICY_VIOLATION, "that is no question");
      }
      if (!this.#may("clients")) {
        return this.#socket.close(POLICY_VIOLATION, "the token has no scope 'read'");
      }
      await this.#answer(question);
    }
  }

  async #tellHerd(): Promise<void> {
    await this.#context.pace.pause();
    const herd = this.#context.view.look();
    await this.#say({ type: "herd", herd, latest: this.#context.recent.newest });
    for (const { name, state } of herd.servers) {
      if (state !== "unknown") await this.#compare("server", state === "up", name);
    }
    for (const { from, to, isUp } of herd.links) {
      if (isUp !== null) await this.#compare("link", isUp, from, to);
    }
  }

  /** Tells of a state that is not what it was. */
  async #compare(
    what: "server" | "link",
    isUp: boolean,
    server: string,
    follower?: string,
  ): Promise<void> {
    const key = `${server} ${follower ?? ""}`;
    const wasUp = this.#states.get(key);
    this.#states.set(key, isUp);
    if (wasUp === undefined || wasUp === isUp) return;
    const event: EventMessage["event"] = `${what}.${isUp ? "up" : "down"}`;
    const time = new Date().toISOString();
    await this.#say({
      type: "event",
      time,
      event,
      server,
      follower,
    });
  }

  async #answer(question: Question): Promise<void> {
    const { store, pace } = this.#context;
    const slots = "slots" in question
      ? question.slots
      : "find" in question
      ? this.#find(question.find)
      : await recordsByPrefix({ store, pace, grant: this.#grant }, question.prefix);
    // A client that was told of may be removed or expired by now.
    const clients = slots.filter((slot) => this.#positions.isKnown(slot))
      .filter((slot) => store.isLocated(slot))
      .map((slot) => ({ slot, ...clientView(store.read(slot)) }));
    const prefix = "prefix" in question ? question.prefix : undefined;
    await this.#say({ type: "clients", clients, prefix });
  }

  #find(text: string): number[] {
    const id = decodeClientId(text);
    if (id === undefined) return [];
    const slot = this.#context.store.locate(id, 0, id.length);
    return slot === 0 ? [] : [slot];
  }

  #say(message: Message): Promise<void> {
    return this.#socket.send(encode(JSON.stringify(message)), true);
  }
}

function parseQuestion(text: string): Question | undefined {
  try {
    const parsed = v.safeParse(QuestionSchema, JSON.parse(text));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
