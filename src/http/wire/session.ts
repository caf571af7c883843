// One connection of the HTTP port: reads requests, has each answered, in order. Everything that a client
// makes the server wait for has an end, which the port's supervisor sees to.

import { awaitedLater, inBackground } from "../../base/background.ts";
import { encode } from "../../base/bytes.ts";
import { closeQuietly, writeAll } from "../../base/connection.ts";
import type { Supervised } from "../../server/clients/supervisor.ts";
import { Problem } from "../problem.ts";
import { type Head, HeadError } from "./head.ts";
import { Input } from "./input.ts";
import { listenForEnd } from "./listen_for_end.ts";
import { bytesOf, Output, textRoom } from "./output.ts";
import {
  formatChunk,
  formatReply,
  isStream,
  isUpgrade,
  type Reply,
  type ReplyFraming,
  type ReplyStream,
  type Upgrade,
} from "./reply.ts";
import { HttpRequest, type RequestSource } from "./request.ts";
import { type BodySource, RequestBody } from "./body/request_body.ts";
import type {
  HttpSessionContext,
  HttpTicket,
  HttpTransport,
  HttpWaiting,
  Task,
} from "./session_context.ts";
import { WebSocketConnection } from "./web_socket/connection.ts";

/** Work of so many milliseconds is enough to look whether others wait. */
const HEAVY_MS = 0.5;

/** Most of what comes behind a refused request is not read at all; this much is, in bytes. */
const MAX_PASSED_OVER_BYTES = 256 * 1024;

/** A body that is read in pieces makes progress by so many bytes. */
const PROGRESS_BYTES = 4 * 1024;

/** Of answers behind which the connection ends, and of those that make a WebSocket of it. */
const LAST_FRAMING = { method: "GET", minor: 1, isPersistent: false } as const;
const UPGRADE_FRAMING = { method: "GET", minor: 1, isPersistent: true } as const;
const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

/** One connection. */
export class HttpSession implements Supervised<HttpWaiting> {
  readonly #context: HttpSessionContext;
  readonly #connection: HttpTransport;
  readonly #source: RequestSource;
  readonly #ticket: HttpTicket;
  readonly #input: Input;
  #waitsFor: HttpWaiting = "head";
  #requests = 0;
  /** Pieces of answers that were taken. */
  #taken = 0;
  /** Bytes of bodies that were taken in pieces. */
  #takenBytes = 0;
  /** True while an answer is sent that began before its request had ended. */
  #isAnswering = false;
  readonly #output: Output;
  readonly #bodySource: BodySource;
  /** Work on requests since others had their turn, in milliseconds; not what others did meanwhile. */
  #workMs = 0;
  #socket: WebSocketConnection | undefined;
  #isEnding = false;
  #endReason: string | undefined;
  #hasJoined = false;

  /** `source` is where its requests come from. */
  constructor(
    context: HttpSessionContext,
    connection: HttpTransport,
    { source, ticket }: { readonly source: RequestSource; readonly ticket: HttpTicket },
  ) {
    this.#context = context;
    this.#connection = connection;
    this.#source = source;
    this.#ticket = ticket;
    this.#input = new Input(connection);
    const { unread, doors } = context;
    this.#output = new Output(connection, { unread, wrote: () => doors.rounds.wrote() });
    this.#bodySource = {
      input: this.#input,
      read: (maxBytes) => this.#readBody(maxBytes),
      invite: () => this.#put(CONTINUE),
      took: (bytes) => void (this.#takenBytes += bytes),
    };
  }

  get waitsFor(): HttpWaiting {
    if (this.#socket !== undefined) return this.#socket.isSending ? "reader" : "others";
    return this.#waitsFor;
  }

  get progress(): number {
    return this.#requests + this.#taken + Math.floor(this.#takenBytes / PROGRESS_BYTES) +
      (this.#socket?.progress ?? 0);
  }

  get unreadBytes(): number {
    return this.#output.unreadBytes + (this.#socket?.unsentBytes ?? 0);
  }

  /** The client's address, `host:port`. */
  get peer(): string {
    return this.#source.peer;
  }

  /** The reason why it was aborted, if it was. */
  get endReason(): string | undefined {
    return this.#endReason;
  }

  /** The client's fault against the protocol of WebSockets; undefined if it kept to it. */
  get fault(): string | undefined {
    return this.#socket?.problem;
  }

  /** Serves the connection until it is over, and closes it. Rejects when it fails. */
  async run(): Promise<void> {
    try {
      while (await this.#serveNext());
      await this.#flush();
    } finally {
      this.#leaveRounds();
      this.#output.forget();
      closeQuietly(this.#connection);
    }
  }

  /** Ends it: one who was slow to ask is told so before. */
  abort(reason: string): void {
    const isSlow = this.#waitsFor === "body" || this.#waitsFor === "head" && !this.#input.isEmpty;
    if (!isSlow || this.#isAnswering || this.#output.length > 0) return this.close(reason);
    this.#endReason ??= reason;
    this.#waitsFor = "close";
    inBackground(this.#sayLate());
  }

  /** Ends it at once, whatever it waits for. */
  close(reason: string): void {
    this.#endReason ??= reason;
    this.#socket?.abort();
    closeQuietly(this.#connection);
  }

  /** Ends it as soon as what was asked is answered. */
  drain(): void {
    this.#isEnding = true;
    if (this.#waitsFor === "request" || this.#waitsFor === "head") {
      this.close("this server is stopping");
    }
  }

  async #sayLate(): Promise<void> {
    try {
      const text = this.#refusal(new Problem(408, "The request did not come in time"));
      await writeAll(this.#connection, encode(text));
      await this.#connection.closeWrite();
    } catch {
      // It is gone.
    }
  }

  /** Waits for a request and answers it; false when there is none, or none can follow. */
  async #serveNext(): Promise<boolean> {
    const head = this.#input.nextHead() ?? await this.#nextHead();
    if (head === undefined) return false;
    this.#requests++;
    this.#waitsFor = "others";
    if (head instanceof HeadError) return await this.#refuse(head);
    const request = new HttpRequest(head, this.#source);
    const { app, doors: { clock } } = this.#context;
    const routedMs = clock.monotonicMs();
    const routed = app.route(request);
    const task = routed instanceof Promise ? await routed : routed;
    this.#workMs += clock.monotonicMs() - routedMs;
    if (!("run" in task)) return await this.#send(task, head, head.length === 0);
    const { maxBodyBytes } = task;
    if (maxBodyBytes === "in pieces") return await this.#serveInPieces(task, request, head);
    if (head.length !== 0) {
      const pending = new RequestBody(head, this.#bodySource);
      const body = pending.come(maxBodyBytes) ?? await pending.whole(maxBodyBytes);
      if (body instanceof Problem) return await this.#send(app.refuse(body, request), head, false);
      if (body === undefined) {
        if (this.#endReason !== undefined) return false;
        const problem = new Problem(400, "The body ended before its end");
        return await this.#send(app.refuse(problem, request), head, false);
      }
      request.body = body;
    }
    const begunMs = clock.monotonicMs();
    let reply = task.run();
    this.#workMs += clock.monotonicMs() - begunMs;
    if (reply instanceof Promise) {
      // The client may be gone, or slow to take what came before.
      awaitedLater(reply);
      await this.#flush();
      this.#waitsFor = "others";
      reply = await reply;
    }
    return await this.#send(reply, head, true);
  }

  /** Waits for the head of a request; undefined at the end of the stream. */
  async #nextHead(): Promise<Head | HeadError | undefined> {
    const { pace, rounds } = this.#context.doors;
    for (;;) {
      await this.#flush();
      if (this.#workMs >= HEAVY_MS) {
        this.#workMs = 0;
        await pace.pause();
      }
      const others = rounds.whenNext();
      if (others !== undefined) await others;
      this.#waitsFor = this.#requests > 0 && this.#input.isEmpty ? "request" : "head";
      this.#ticket.idle();
      if (this.#isEnding || !await this.#input.fill()) return undefined;
      if (this.#endReason !== undefined) return await this.#passOver();
      this.#ticket.busy();
      if (this.#hasJoined) rounds.serve();
      else {
        this.#hasJoined = true;
        rounds.join();
      }
      const head = this.#input.nextHead();
      if (head !== undefined) return head;
    }
  }

  /** Waits for more of a body. */
  async #readBody(maxBytes: number): Promise<boolean> {
    await this.#flush();
    await this.#context.doors.pace.pause();
    this.#waitsFor = "body";
    if (!await this.#input.fill(maxBytes)) return false;
    if (this.#endReason !== undefined) await this.#passOver();
    this.#waitsFor = "others";
    return this.#endReason === undefined;
  }

  /** Answers a request whose handler reads the body itself, perhaps while it answers. */
  async #serveInPieces(task: Task, request: HttpRequest, head: Head): Promise<boolean> {
    await this.#flush();
    const body = request.pieces = new RequestBody(head, this.#bodySource);
    const reply = await task.run();
    if (!isStream(reply.body)) return await this.#send(reply, head, body.isRead);
    this.#isAnswering = true;
    const isPersistent = await this.#send(reply, head, true);
    this.#isAnswering = false;
    if (isPersistent && !body.isRead) await this.#end(false);
    return isPersistent && body.isRead;
  }

  /** Sends an answer; false when it is the last one. */
  async #send(reply: Reply, head: Head, isBodyRead: boolean): Promise<boolean> {
    const { method, minor } = head;
    const { body } = reply;
    if (isUpgrade(body)) return await this.#upgrade(reply, body);
    // Nobody asks for more behind a stream without end, and only its end ends one for an old client.
    const isLast = isStream(body) && method !== "HEAD" && (!body.readsBody || minor === 0);
    const isPersistent = head.isPersistent && isBodyRead && !this.#isEnding && !isLast;
    const framing = { method, minor, isPersistent };
    if (isStream(body)) {
      await this.#put(formatReply(reply, framing));
      if (method === "HEAD") body[Symbol.dispose]();
      else await this.#sendStream(body, minor === 1);
    } else {
      await this.#sendWhole(reply, framing, body);
    }
    if (!isPersistent) await this.#end(isBodyRead);
    return isPersistent;
  }

  /** Sends an answer whose body is there; a small one leaves with those that come after it. */
  #sendWhole(
    reply: Reply,
    framing: ReplyFraming,
    body: string | Uint8Array,
  ): Promise<void> | undefined {
    const output = this.#output;
    const bytes = bytesOf(body);
    const head = formatReply(reply, framing, bytes.length);
    const isHead = framing.method === "HEAD";
    if (!output.hasRoom(textRoom(head) + bytes.length)) {
      return this.#sendLarge(
        head,
        isHead ? new Uint8Array(0) : typeof body === "string" ? encode(body) : body,
        reply.isShared,
      );
    }
    output.putText(head);
    if (!isHead) output.put(bytes);
    return undefined;
  }

  async #sendLarge(head: string, body: Uint8Array, isShared = false): Promise<void> {
    await this.#flush();
    this.#output.putText(head);
    this.#waitsFor = "reader";
    await this.#output.send(body, isShared ? 0 : body.length);
    this.#taken++;
  }

  /** Answers what is no request, or none that can be read to its end. */
  async #refuse({ status, detail }: HeadError): Promise<false> {
    await this.#put(this.#refusal(new Problem(status, detail)));
    await this.#end(false);
    return false;
  }

  /** An answer that is the last one, as a text. */
  #refusal(problem: Problem): string {
    const reply = this.#context.app.refuse(problem);
    const body = String(reply.body);
    return formatReply(reply, LAST_FRAMING, encode(body).length) + body;
  }

  /** Sends a body piece by piece, until its end or the client's. */
  async #sendStream(stream: ReplyStream, isInChunks: boolean): Promise<void> {
    using _ended = stream;
    await this.#flush();
    if (!stream.readsBody) {
      inBackground(listenForEnd(this.#connection, stream, MAX_PASSED_OVER_BYTES));
    }
    for (let isOver = false; !isOver;) {
      this.#waitsFor = "others";
      const piece = await stream.next();
      isOver = piece === undefined;
      this.#waitsFor = "reader";
      if (isInChunks) await this.#output.send(formatChunk(piece));
      else if (piece !== undefined) await this.#output.send(piece);
      this.#taken++;
    }
  }

  /** Becomes a WebSocket, until that is over. */
  async #upgrade(reply: Reply, upgrade: Upgrade): Promise<false> {
    using _taken = upgrade;
    const { doors, unread, sockets } = this.#context;
    await this.#put(formatReply(reply, UPGRADE_FRAMING));
    await this.#flush();
    this.#leaveRounds();
    const pause = () => doors.pace.pause();
    const context = { side: "server", clock: doors.clock, unread, pause } as const;
    const socket = new WebSocketConnection(this.#connection, this.#input.takeRest(), context);
    this.#socket = socket;
    sockets.add(socket);
    try {
      if (this.#isEnding) socket.close();
      await upgrade.serve(socket);
      await socket.finish();
    } finally {
      sockets.delete(socket);
      socket.abort();
    }
    return false;
  }

  /** Ends the connection so that the client can take the last answer. */
  async #end(isInputRead: boolean): Promise<void> {
    await this.#flush();
    if (isInputRead && this.#input.isEmpty) return;
    // Closed with input that was not read, it would be reset, and the answer might be lost.
    await this.#connection.closeWrite();
    await this.#passOver();
  }

  /** Takes what still comes of a client that has had its last answer, up to its end. */
  async #passOver(): Promise<undefined> {
    this.#waitsFor = "close";
    for (let left = MAX_PASSED_OVER_BYTES; left > 0;) {
      left -= this.#input.takeRest().length;
      if (!await this.#input.fill()) return;
      await this.#context.doors.pace.pause();
    }
  }

  async #put(text: string): Promise<void> {
    if (!this.#output.hasRoom(textRoom(text))) await this.#flush();
    this.#output.putText(text);
  }

  /** Sends all that is known. */
  async #flush(): Promise<void> {
    if (this.#output.length === 0) return;
    this.#waitsFor = "reader";
    await this.#output.flush();
    this.#taken++;
    this.#waitsFor = "others";
  }

  #leaveRounds(): void {
    if (this.#hasJoined) this.#context.doors.rounds.leave();
    this.#hasJoined = false;
  }
}
