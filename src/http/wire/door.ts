// The door of the HTTP port: takes connections in, has each served, sees to it that none takes too long,
// and ends them. What they ask for is for the application.

import { isBug, stackOf } from "../../base/errors.ts";
import { inBackground } from "../../base/background.ts";
import { formatAddress } from "../../base/address.ts";
import { closeQuietly } from "../../base/connection.ts";
import { after, waitFor } from "../../base/waiting.ts";
import { Supervisor, type SupervisorLimits } from "../../server/clients/supervisor.ts";
import type { Doors } from "../../server/doors.ts";
import type { Limits } from "../../server/limits.ts";
import { accepted, type Address, type Certificate, tune } from "../../server/tcp.ts";
import { HttpAdmission } from "./admission.ts";
import { type Application, HttpSession, type HttpWaiting } from "./session.ts";
import type { WebSocketConnection } from "./web_socket.ts";

/** How long a client may take to close a connection that is over, in milliseconds. */
const CLOSE_MS = 1_000;

/** The time between two looks for silent WebSockets, in milliseconds. */
const PING_LOOK_MS = 1_000;

/** How to open a door. */
export interface HttpDoorOptions {
  readonly address: Address;
  /** For HTTPS; plain HTTP when left out. */
  readonly certificate?: Certificate | undefined;
  readonly app: Application;
  readonly doors: Doors;
}

/** An open door. */
export class HttpDoor {
  readonly #app: Application;
  readonly #doors: Doors;
  readonly #scheme: "http" | "https";
  readonly #listener: Deno.Listener<Deno.TcpConn | Deno.TlsConn, Deno.NetAddr>;
  readonly #admission: HttpAdmission;
  readonly #supervisor: Supervisor<HttpWaiting>;
  readonly #sessions = new Map<HttpSession, Promise<void>>();
  readonly #sockets = new Set<WebSocketConnection>();
  readonly #accepting: Promise<void>;
  #cancelLook: () => void = () => {};

  /** Listens at once. Throws what `Deno.listen` throws. */
  constructor({ address, certificate, app, doors }: HttpDoorOptions) {
    this.#app = app;
    this.#doors = doors;
    this.#scheme = certificate === undefined ? "http" : "https";
    this.#listener = certificate === undefined
      ? Deno.listen(address)
      : Deno.listenTls({ ...address, ...certificate, alpnProtocols: ["http/1.1"] });
    this.#admission = new HttpAdmission(doors);
    this.#supervisor = new Supervisor(httpLimits(doors.limits), doors.clock);
    this.#supervisor.start();
    this.#lookLater();
    this.#accepting = inBackground(this.#accept());
  }

  /** Where it listens. */
  get address(): Deno.NetAddr {
    return this.#listener.addr;
  }

  /** Who may connect, and who was refused. */
  get admission(): HttpAdmission {
    return this.#admission;
  }

  /** Who takes too long, and was ended. */
  get supervisor(): Supervisor<HttpWaiting> {
    return this.#supervisor;
  }

  /** Takes no more connections, answers what was asked, for up to `ms`, and ends all. */
  async close(ms: number): Promise<void> {
    this.#listener.close();
    await this.#accepting;
    for (const socket of this.#sockets) socket.close();
    for (const session of this.#sessions.keys()) session.drain();
    const all = Promise.all(this.#sessions.values());
    await waitFor(all, after(this.#doors.clock, ms));
    for (const session of this.#sessions.keys()) session.abort("this server is stopping");
    await all;
    this.#cancelLook();
    this.#supervisor[Symbol.dispose]();
    this.#admission[Symbol.dispose]();
  }

  async #accept(): Promise<void> {
    for await (const connection of accepted(this.#listener, { ...this.#doors, port: "http" })) {
      this.#take(connection);
    }
  }

  #take(connection: Deno.TcpConn | Deno.TlsConn): void {
    const { hostname, port } = connection.remoteAddr;
    const ticket = this.#admission.enter(hostname, () => {
      session.abort("it made room for another connection");
    });
    if (ticket === undefined) return closeQuietly(connection);
    tune(connection);
    const session = new HttpSession(
      {
        app: this.#app,
        doors: this.#doors,
        unread: this.#supervisor,
        sockets: this.#sockets,
      },
      connection,
      { source: { peer: formatAddress(hostname, port), scheme: this.#scheme }, ticket },
    );
    this.#supervisor.add(session);
    const serving = inBackground(this.#serve(session)).finally(() => {
      ticket[Symbol.dispose]();
      this.#supervisor.remove(session);
      this.#sessions.delete(session);
    });
    this.#sessions.set(session, serving);
  }

  async #serve(session: HttpSession): Promise<void> {
    const { log } = this.#doors;
    try {
      await session.run();
    } catch (error) {
      if (isBug(error)) log.error("http.bug", { peer: session.peer, reason: stackOf(error) });
      const reason = session.endReason ?? String(error);
      if (log.debugEnabled) log.debug("http.closed", { peer: session.peer, reason });
    }
  }

  #lookLater(): void {
    this.#cancelLook = this.#doors.clock.after(PING_LOOK_MS, () => this.#look());
  }

  /** Pings WebSockets that are silent, and ends those that answer no ping. */
  #look(): void {
    this.#lookLater();
    const { clock, limits } = this.#doors;
    const nowMs = clock.monotonicMs();
    for (const socket of this.#sockets) {
      if (socket.checkAlive(nowMs, limits.webSocketPingMs) === "alive") continue;
      this.#supervisor.ended.idle++;
      socket.abort();
    }
  }
}

function httpLimits(limits: Limits): SupervisorLimits<HttpWaiting> {
  return {
    patience: {
      head: { ms: limits.httpHeadMs, kind: "slow", what: "sent no whole head" },
      body: { ms: limits.httpBodyMs, kind: "slow", what: "sent no whole body" },
      request: { ms: limits.httpIdleMs, kind: "idle", what: "was idle" },
      reader: { ms: limits.httpAnswerMs, kind: "unread", what: "took no whole answer" },
      close: { ms: CLOSE_MS, kind: "slow", what: "did not close" },
    },
    maxUnreadBytes: limits.maxHttpUnreadBytes,
  };
}
