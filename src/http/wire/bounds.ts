// What bounds the connections of the HTTP port: who may connect, how long each may take, and how much may
// wait for all of them.

import { type EndedCounts, Supervisor } from "../../server/clients/supervisor.ts";
import type { Doors } from "../../server/doors.ts";
import { HttpAdmission } from "./admission.ts";
import type { HttpWaiting } from "./session_context.ts";

/** Longest time that a client may take to close a connection that is over, in milliseconds. */
const CLOSE_MS = 1_000;

/** Connections now, and since the start. */
export interface HttpConnections {
  /** Open connections, WebSockets among them. */
  readonly connections: number;
  /** Connections that found no place. */
  readonly refused: number;
  /** Connections that made room for others while they waited for their client. */
  readonly evicted: number;
  /** Connections that were ended because they took too long, by reason. */
  readonly ended: Readonly<EndedCounts>;
  /** Bytes of answers that wait to be taken. */
  readonly unreadBytes: number;
}

/** The bounds of one HTTP port. */
export class HttpBounds implements HttpConnections, Disposable {
  readonly admission: HttpAdmission;
  readonly supervisor: Supervisor<HttpWaiting>;

  /** Looks after connections from now on. */
  constructor(doors: Pick<Doors, "limits" | "clock" | "log">) {
    const { limits, clock } = doors;
    this.admission = new HttpAdmission(doors);
    this.supervisor = new Supervisor<HttpWaiting>({
      patience: {
        head: { ms: limits.httpHeadMs, kind: "slow", what: "sent no whole head" },
        body: { ms: limits.httpBodyMs, kind: "slow", what: "sent no whole body" },
        request: { ms: limits.httpIdleMs, kind: "idle", what: "was idle" },
        reader: { ms: limits.httpAnswerMs, kind: "unread", what: "took no whole answer" },
        close: { ms: CLOSE_MS, kind: undefined, what: "did not close" },
      },
      maxUnreadBytes: limits.maxHttpUnreadBytes,
    }, clock);
    this.supervisor.start();
  }

  get connections(): number {
    return this.admission.connections;
  }

  get refused(): number {
    return this.admission.refused;
  }

  get evicted(): number {
    return this.admission.evicted;
  }

  get ended(): Readonly<EndedCounts> {
    return this.supervisor.ended;
  }

  get unreadBytes(): number {
    return this.supervisor.unreadBytes;
  }

  /** Looks after nobody any more. */
  [Symbol.dispose](): void {
    this.admission[Symbol.dispose]();
    this.supervisor[Symbol.dispose]();
  }
}
