// The door of the HTTP port: takes connections in, has each served, sees to it that none takes too long,
// and ends them. What they ask for is for the application.

import { isBug, stackOf } from "../../base/errors.ts";
import { inBackground } from "../../base/background.ts";
import { hostOf } from "../../base/address.ts";
import { LimitedLog } from "../../base/limited_log.ts";
import { closeQuietly } from "../../base/connection.ts";
import { after, waitFor } from "../../base/waiting.ts";
import type { Doors } from "../../server/doors.ts";
import type { Address, Certificate } from "../../server/tcp.ts";
import { TcpPort } from "../../server/tcp_port.ts";
import { isTlsError } from "../../server/tls/server_tls.ts";
import type { HttpBounds } from "./bounds.ts";
import { HttpSession } from "./session.ts";
import type { Application, HttpTransport } from "./session_context.ts";
import type { WebSocketConnection } from "./web_socket/connection.ts";

/** The time between two looks for silent WebSockets, in milliseconds. */
const PING_LOOK_MS = 1_000;

export interface HttpDoorOptions {
  readonly address: Address;
  /** For HTTPS; plain HTTP when left out. */
  readonly certificate?: Certificate | undefined;
  readonly app: Application;
  readonly bounds: HttpBounds;
  readonly doors: Doors;
}

/** An open door. */
export class HttpDoor {
  readonly #app: Application;
  readonly #doors: Doors;
  readonly #log: LimitedLog;
  readonly #scheme: "http" | "https";
  readonly #port: TcpPort;
  readonly #bounds: HttpBounds;
  readonly #sessions = new Map<HttpSession, Promise<void>>();
  readonly #sockets = new Set<WebSocketConnection>();
  #cancelLook: () => void = () => {};

  /** Listens at once. Throws what `Deno.listen` throws. */
  constructor({ address, certificate, app, bounds, doors }: HttpDoorOptions) {
    this.#app = app;
    this.#doors = doors;
    this.#log = new LimitedLog(doors);
    this.#scheme = certificate === undefined ? "http" : "https";
    this.#bounds = bounds;
    this.#port = new TcpPort(address, {
      ...doors,
      port: "http",
      certificate,
      alpnProtocols: ["http/1.1"],
      accept: (connection, peer) => this.#take(connection, peer),
    });
    this.#lookLater();
  }

  /** Address at which it listens. */
  get address(): Deno.NetAddr {
    return this.#port.address;
  }

  /** Takes no more connections, answers what was asked, for up to `ms`, and ends all. */
  async close(ms: number): Promise<void> {
    await this.#port.close();
    for (const socket of this.#sockets) socket.close();
    for (const session of this.#sessions.keys()) session.drain();
    const all = Promise.all(this.#sessions.values());
    await waitFor(all, after(this.#doors.clock, ms));
    for (const session of this.#sessions.keys()) session.close("this server is stopping");
    await all;
    this.#cancelLook();
  }

  #take(connection: HttpTransport, peer: string): void {
    const ticket = this.#bounds.admission.enter(hostOf(peer), () => {
      session.close("it made room for another connection");
    });
    if (ticket === undefined) return closeQuietly(connection);
    const session = new HttpSession(
      {
        app: this.#app,
        doors: this.#doors,
        unread: this.#bounds.supervisor,
        sockets: this.#sockets,
      },
      connection,
      { source: { peer, scheme: this.#scheme }, ticket },
    );
    this.#bounds.supervisor.add(session);
    const serving = inBackground(this.#serve(session)).finally(() => {
      ticket[Symbol.dispose]();
      this.#bounds.supervisor.remove(session);
      this.#sessions.delete(session);
    });
    this.#sessions.set(session, serving);
  }

  async #serve(session: HttpSession): Promise<void> {
    const log = this.#log;
    const { peer } = session;
    try {
      await session.run();
      if (session.fault !== undefined) log.info("http.broken", { peer, reason: session.fault });
    } catch (error) {
      const reason = session.endReason ?? String(error);
      if (isBug(error)) log.error("http.bug", { peer, reason: stackOf(error) });
      else if (isTlsError(error)) log.info("http.broken", { peer, reason });
      else if (log.debugEnabled) log.debug("http.closed", { peer, reason });
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
      this.#bounds.supervisor.ended.idle++;
      socket.abort();
    }
  }
}
