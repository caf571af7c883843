// `/v1/report`: what phone apps report, each in its own way, taken the one way of IAMAT.

import { encode, isSpace } from "../../base/bytes.ts";
import { MAX_LINE_BYTES } from "../../protocol/lines.ts";
import { orUnsaved, refuseIfStopping, refuseToDate } from "../api/clients.ts";
import type { HttpContext } from "../context.ts";
import { Problem } from "../problem.ts";
import { refuseUncovered } from "../tokens/coverage.ts";
import type { Reply } from "../wire/reply.ts";
import type { HttpRequest } from "../wire/request.ts";
import type { Format, Point } from "./formats.ts";

/** The largest report, in bytes: some hundred locations that a phone kept while it was offline. */
export const MAX_REPORT_BYTES = 64 * 1024;

/** The answer that an app takes for success. */
export const EMPTY_REPLY: Reply = { status: 200, headers: {}, body: "" };
export const NOTHING_NEAR: Reply = {
  status: 200,
  headers: { "Content-Type": "application/json" },
  body: "[]",
};

/** One kind of app. */
export interface App {
  readonly format: Format;
  readonly reply: Reply;
  /** True for an app whose names are only a way to write a token's client; others have to say the same. */
  readonly isNamedByToken: boolean;
}

/**
 * Takes a report. Of a batch what is no location is left out, if there is one that is: the app would
 * send all of it again for ever.
 *
 * @throws {Problem} 400 if it has no location; 403 if the token is not for the client; 503 or 507 if
 * this server can take none.
 */
export function report(
  request: HttpRequest,
  { format, reply, isNamedByToken }: App,
  context: HttpContext,
): Reply | Promise<Reply> {
  const reported = format(request);
  if (typeof reported === "string") throw new Problem(400, reported);
  const { points, faults } = reported;
  if (points.length === 0 && faults.length > 0) throw new Problem(400, faults[0]!);
  const { only } = request.grant;
  const named = points.map((point) => ({
    point,
    client: isNamedByToken && only !== undefined ? only : clientOf(point, only),
  }));
  for (const { client } of named) refuseUncovered(request.grant, client);
  refuseIfStopping(context);
  if (points.some(({ time }) => time === undefined)) refuseToDate(context);
  const refusals = named.map(({ client, point }) => take(client, point, context))
    .filter((it) => it !== undefined);
  if (refusals.length > 0 && refusals.length === points.length) throw refusals[0]!;
  const saved = points.length === 0 ? undefined : context.clients.whenSafe();
  return saved === undefined ? reply : orUnsaved(saved).then(() => reply);
}

/** The id of a point's client: the one that it names, or the only one that the token is for. */
function clientOf({ client }: Point, only: Uint8Array | undefined): Uint8Array {
  if (client === undefined || client === "") {
    if (only !== undefined) return only;
    throw new Problem(400, "The report names no client, and the token is for more than one");
  }
  const bytes = encode(client);
  if (bytes.length > MAX_LINE_BYTES || bytes.some(isSpace)) {
    throw new Problem(400, "The client's name has white space, or is too long");
  }
  return bytes;
}

/** Takes one point; gives the reason why it was not taken. Older news than what is known is no such reason. */
function take(
  client: Uint8Array,
  { latitude, longitude, time }: Point,
  { clients }: HttpContext,
): Problem | undefined {
  const taken = clients.take({ client, location: { latitude, longitude }, time });
  if (typeof taken === "string") return new Problem(400, taken);
  if (taken.applied !== "full") return undefined;
  return new Problem(507, "This server has no room for more clients");
}
