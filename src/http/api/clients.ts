// `/v1/clients/{id}`: tell where a client is, ask where it was last seen and what is near it. Telling and
// asking go the ways that IAMAT and WHATSAT go.

import { joined } from "../../base/buffers.ts";
import { encode } from "../../base/bytes.ts";
import { parseLocation } from "../../protocol/location.ts";
import { encodeClientId } from "../../protocol/client_id.ts";
import { clientView } from "./client_view.ts";
import type { Log } from "../../base/log.ts";
import type { HttpContext } from "../context.ts";
import { Problem } from "../problem.ts";
import { json, type Reply } from "../wire/reply.ts";
import type { HttpRequest } from "../wire/request.ts";
import { jsonBody } from "./body.ts";
import { checked, clientIdOf, metresOf, PlacesQuery } from "./parameters.ts";
import { posixTime } from "./times.ts";
import { refuseUncovered } from "../tokens/coverage.ts";
import { type Forgotten, Location, type Taken } from "./schemas.ts";

/** `GET /v1/clients/{id}`: where a client was last seen. */
export function getClient(request: HttpRequest, context: HttpContext): Reply {
  const { store } = context;
  return json(clientView(store.read(findClient(coveredClient(request), context))));
}

/** `DELETE /v1/clients/{id}`: forgets a client everywhere. */
export async function deleteClient(request: HttpRequest, context: HttpContext): Promise<Reply> {
  const client = coveredClient(request);
  refuseIfStopping(context);
  refuseToDate(context);
  const answer = await orUnsaved(context.clients.forget(client));
  if (answer === "full") throw new Problem(507, "This server keeps no more removals");
  auditForget(request, { client, log: context.log, wasKnown: answer === "forgotten" });
  const forgotten: Forgotten = { wasKnown: answer === "forgotten" };
  return json(forgotten);
}

/**
 * `PUT /v1/clients/{id}/location`: the way of IAMAT. What is not newer than what is known is answered
 * all the same, changes nothing, and the answer says why.
 */
export function putLocation(request: HttpRequest, context: HttpContext): Reply | Promise<Reply> {
  const { clients } = context;
  const client = coveredClient(request);
  const { lat, lon, time: given } = jsonBody(Location, request);
  const time = given === undefined ? undefined : posixTime(given);
  refuseIfStopping(context);
  if (time === undefined) refuseToDate(context);
  const location = { latitude: lat, longitude: lon };
  const taken = clients.take({ client, location, time });
  if (typeof taken === "string") throw new Problem(400, taken);
  const { update, applied } = taken;
  if (applied === "full") throw new Problem(507, "This server has no room for more clients");
  const answer: Taken = applied === "newer" || applied === "same"
    ? { ...clientView(update), isStored: true }
    : { ...clientView(update), isStored: false, because: applied };
  const saved = clients.whenSafe();
  return saved === undefined ? json(answer) : orUnsaved(saved).then(() => json(answer));
}

/** `GET /v1/clients/{id}/places`: the way of WHATSAT. */
export async function placesNearClient(
  request: HttpRequest,
  context: HttpContext,
): Promise<Reply> {
  const { store, clients } = context;
  const client = coveredClient(request);
  const { radius, limit } = checked(PlacesQuery, request.query());
  const update = store.read(findClient(client, context));
  const view = clientView(update);
  const location = parseLocation(update.bytes, update.locationStart, update.locationEnd);
  const places = await clients.places(location, metresOf(radius), limit);
  // What the provider gave is printed already, and goes on as it is.
  const body = joined(encode(`{"client":${JSON.stringify(view)},"places":`), places, encode("}"));
  return { status: 200, headers: { "Content-Type": "application/json" }, body };
}

/** The client of a request's path; 403 if whoever asks has a token for others alone. */
function coveredClient(request: HttpRequest): Uint8Array<ArrayBuffer> {
  const client = clientIdOf(request);
  refuseUncovered(request.grant, client);
  return client;
}

/** The record of a client whose location is known; 404 if there is none. */
function findClient(client: Uint8Array, { store }: HttpContext): number {
  const record = store.locate(client, 0, client.length);
  if (record !== 0) return record;
  throw new Problem(404, `No client '${encodeClientId(client)}' is known`);
}

/** A server that is stopping changes nothing any more: its disk might have the last word already. */
export function refuseIfStopping({ status }: HttpContext): void {
  if (status.isStopping) throw new Problem(503, "This server is stopping");
}

/** A date of a clock that is off rules the herd for as long as the clock is ahead. */
export function refuseToDate({ clients }: HttpContext): void {
  const reason = clients.whyNotDate();
  if (reason === undefined) return;
  throw new Problem(503, `${reason}, so it dates nothing itself. Ask another server`);
}

/** Waits for what makes a change as safe as is promised. */
export async function orUnsaved<T>(saved: Promise<T>): Promise<T> {
  try {
    return await saved;
  } catch {
    throw new Problem(503, "This server stopped before that was saved");
  }
}

/** An order that nobody can take back leaves a line in the log: whose token it was, never the token. */
function auditForget(
  { grant: { subject, tokenId = "-" }, peer }: HttpRequest,
  { client, log, wasKnown }: {
    readonly client: Uint8Array;
    readonly log: Log;
    readonly wasKnown: boolean;
  },
): void {
  log.info("client.forgotten", {
    client: encodeClientId(client),
    known: wasKnown,
    subject,
    token: tokenId,
    peer,
  });
}
