// `/v1/clients`: tell where a client is, ask where it was last seen and what is near it, and who is
// near a point. Telling and asking go the ways that IAMAT and WHATSAT go.

import { encode } from "../../base/bytes.ts";
import { Instant } from "../../base/instant.ts";
import { MAX_LINE_BYTES } from "../../protocol/lines.ts";
import { parseLocation } from "../../protocol/location.ts";
import { parseRequest, Request as LineRequest } from "../../protocol/request.ts";
import { AT_PREFIX, MAX_BODY_GROWTH_BYTES, parseBody, Update } from "../../protocol/update.ts";
import { encodeClientId } from "./client_id.ts";
import { clientView } from "./client_view.ts";
import type { HttpContext } from "../context.ts";
import { Problem } from "../problem.ts";
import { clientIdOf, locationBody, nearQuery } from "./queries.ts";
import type { ClientView, ForgottenView } from "./views.ts";

const DEFAULT_PLACES_RADIUS_KM = "10";
const DEFAULT_PLACES_LIMIT = "5";

/** `GET /v1/clients`: the clients nearest to a point. */
export async function nearbyClients(
  query: Record<string, string>,
  { store, nearby }: HttpContext,
): Promise<Response> {
  const clients = await nearby.find(nearQuery(query), (record, metres) => ({
    ...clientView(store.read(record)),
    metres: Math.round(metres * 1000) / 1000,
  }));
  return Response.json({ clients });
}

/** `GET /v1/clients/{id}`: where a client was last seen. */
export function getClient(url: string, context: HttpContext): Response {
  const { store } = context;
  return Response.json(clientView(store.read(findClient(clientIdOf(url), context))));
}

/** `DELETE /v1/clients/{id}`: forgets a client everywhere. */
export async function deleteClient(url: string, context: HttpContext): Promise<Response> {
  const client = clientIdOf(url);
  refuseIfStopping(context);
  const forgotten: ForgottenView = { wasKnown: await orUnsaved(context.clients.forget(client)) };
  return Response.json(forgotten);
}

/**
 * `PUT /v1/clients/{id}/location`: the way of IAMAT. What is older than what is known is answered
 * all the same and changes nothing.
 */
export async function putLocation(request: Request, context: HttpContext): Promise<Response> {
  const { clients, store } = context;
  const client = clientIdOf(request.url);
  const { lat, lon, time } = await locationBody(request);
  refuseIfStopping(context);
  const received = new Instant();
  clients.clock.now(received);
  const line = joined(
    encode("IAMAT "),
    client,
    encode(` ${signed(lat)}${signed(lon)} ${time ?? received}`),
  );
  if (line.length > MAX_LINE_BYTES) {
    throw new Problem(400, `Id and time are too long: ${line.length} bytes of ${MAX_LINE_BYTES}`);
  }
  const iamat = new LineRequest();
  parseRequest(line, 0, line.length, iamat);
  const at = new Uint8Array(line.length + MAX_BODY_GROWTH_BYTES);
  const end = clients.takeIamat(received, iamat, line, at, 0);
  if (end < 0) throw new Problem(507, "This server has no room for more clients");
  const update = new Update();
  parseBody(at, AT_PREFIX.length, end - 1, update);
  const record = store.find(client, 0, client.length);
  const isStored = record !== 0 && isBodyOf(update, store.read(record));
  await orUnsaved(Promise.resolve(clients.whenSafe()));
  const view: ClientView & { isStored: boolean } = { ...clientView(update), isStored };
  return Response.json(view);
}

/** `GET /v1/clients/{id}/places`: the way of WHATSAT. */
export async function placesNearClient(
  url: string,
  query: Record<string, string>,
  context: HttpContext,
): Promise<Response> {
  const { store, clients } = context;
  const client = clientIdOf(url);
  const { radius = DEFAULT_PLACES_RADIUS_KM, limit = DEFAULT_PLACES_LIMIT } = query;
  const line = encode(`WHATSAT x ${radius} ${limit}`);
  const whatsat = new LineRequest();
  parseRequest(line, 0, line.length, whatsat);
  if (whatsat.kind !== "whatsat") {
    throw new Problem(400, "'radius' is 0 to 50 kilometres, 'limit' a whole number from 0 to 20");
  }
  const update = store.read(findClient(client, context));
  const view = clientView(update);
  const location = parseLocation(update.bytes, update.locationStart, update.locationEnd);
  const json = await clients.places(location, whatsat.radiusMetres, whatsat.bound);
  // What the provider gave is printed already, and goes on as it is.
  const body = joined(encode(`{"client":${JSON.stringify(view)},"places":`), json, encode("}"));
  return new Response(body, {
    headers: { "Content-Type": "application/json", "Cache-Control": "no-store" },
  });
}

/** The record of a client whose location is known; 404 if there is none. */
function findClient(client: Uint8Array, { store }: HttpContext): number {
  const record = store.locate(client, 0, client.length);
  if (record !== 0) return record;
  throw new Problem(404, `No client '${encodeClientId(client)}' is known`);
}

/** A server that is stopping changes nothing any more: its disk might have the last word already. */
function refuseIfStopping({ status }: HttpContext): void {
  if (status.isStopping) throw new Problem(503, "This server is stopping");
}

/** Waits for what makes a change as safe as is promised. */
async function orUnsaved<T>(saved: Promise<T>): Promise<T> {
  try {
    return await saved;
  } catch {
    throw new Problem(503, "This server stopped before that was saved");
  }
}

/** Degrees as the protocol has them, to a tenth of a millimetre: a sign, and no exponent. */
function signed(degrees: number): string {
  const digits = Math.abs(degrees).toFixed(9).replace(/\.?0+$/, "");
  return `${degrees < 0 ? "-" : "+"}${digits}`;
}

function isBodyOf(one: Update, other: Update): boolean {
  const length = one.end - one.start;
  if (other.end - other.start !== length) return false;
  for (let i = 0; i < length; i++) {
    if (one.bytes[one.start + i] !== other.bytes[other.start + i]) return false;
  }
  return true;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
