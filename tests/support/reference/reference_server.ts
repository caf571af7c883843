// A whole server once more, as plainly as it can be written: from all bytes that a client sends to all
// bytes that it gets. Latin-1 text throughout; the clock stands still.

import { formatSkew, referenceCompare, referenceParse, toNanos } from "./reference.ts";

/** What the reference needs to know of a server. */
export interface ReferenceServer {
  readonly name: string;
  /** Its clock, in nanoseconds. */
  readonly now: bigint;
  readonly maxLineBytes: number;
  /** The JSON for a WHATSAT, as the server's provider gives it whatever the radius. */
  places(location: string, bound: number): string;
}

/** All that a client gets which sends these bytes and half-closes. */
export function referenceReplies(server: ReferenceServer, sent: string): string {
  const lines = sent.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const records = new Map<string, string>();
  return lines.map((line) => replyTo(server, records, line)).join("");
}

function replyTo(server: ReferenceServer, records: Map<string, string>, line: string): string {
  if (line.length > server.maxLineBytes) return `? ${line.slice(0, server.maxLineBytes)}\n`;
  const request = referenceParse(line);
  if (request.kind === "iamat") {
    const { client, location, time, nanos } = request;
    const skew = formatSkew(server.now - nanos);
    const body = `${server.name} ${skew} ${client} ${location} ${time}`;
    const stored = records.get(client);
    const isTie = stored !== undefined && toNanos(stored.split(" ")[4]!) === nanos;
    if (stored === undefined || (!isTie && referenceCompare(body, stored) > 0)) {
      records.set(client, body);
    }
    return `AT ${body}\n`;
  }
  const stored = request.kind === "whatsat" ? records.get(request.client) : undefined;
  if (request.kind === "invalid" || stored === undefined) return `? ${line}\n`;
  const json = server.places(stored.split(" ")[3]!, request.bound);
  return `AT ${stored}\n${json}\n\n`;
}
