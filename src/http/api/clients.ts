// `/v1/clients`: tell where a client is, ask where it was last seen and what is near it, and who is
// near a point. Telling and asking go the ways that IAMAT and WHATSAT go.

import { joined } from "../../base/buffers.ts";
import { encode } from "../../base/bytes.ts";
import { parseLocation } from "../../protocol/location.ts";
import { encodeClientId } from "./client_id.ts";
import { clientView } from "./client_view.ts";
import type { HttpContext } from "../context.ts";
import { Problem } from "../problem.ts";
import { jsonBody } from "./body.ts";
import { checked, clientIdOf, metresOf, NearQuery, PlacesQuery } from "./parameters.ts";
import { type Clients, type Forgotten, Location, type Taken } from "./schemas.ts";

/** `GET /v1/clients`: the clients nearest to a point. */
export async function nearbyClients(
  query: Record<string, string>,
  { store, nearby }: HttpContext,
): Promise<Response> {
  const { near, radius, limit } = checked(NearQuery, query);
  const wanted = { centre: near, metres: metresOf(radius), limit };
  const clients = await nearby.find(wanted, (record, metres) => ({
    ...clientView(store.read(record)),
    metres: Math.round(metres * 1000) / 1000,
  }));
  const answer: Clients = { clients };
  return Response.json(answer);
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
  const forgotten: Forgotten = { wasKnown: await orUnsaved(context.clients.forget(client)) };
  return Response.json(forgotten);
}

/**
 * `PUT /v1/clients/{id}/location`: the way of IAMAT. What is older than what is known is answered
 * all the same and changes nothing.
 */
export async function putLocation(request: Request, context: HttpContext): Promise<Response> {
  const { clients } = context;
  const client = clientIdOf(request.url);
  const { lat, lon, time } = await jsonBody(Location, request);
  refuseIfStopping(context);
  const location = { latitude: lat, longitude: lon };
  const taken = clients.take({ client, location, time });
  if (typeof taken === "string") throw new Problem(400, taken);
  const { update, applied } = taken;
  if (applied === "full") throw new Problem(507, "This server has no room for more clients");
  const answer: Taken = {
    ...clientView(update),
    isStored: applied === "newer" || applied === "same",
  };
  await orUnsaved(Promise.resolve(clients.whenSafe()));
  return Response.json(answer);
}

/** `GET /v1/clients/{id}/places`: the way of WHATSAT. */
export async function placesNearClient(
  url: string,
  query: Record<string, string>,
  context: HttpContext,
): Promise<Response> {
  const { store, clients } = context;
  const client = clientIdOf(url);
  const { radius, limit } = checked(PlacesQuery, query);
  const update = store.read(findClient(client, context));
  const view = clientView(update);
  const location = parseLocation(update.bytes, update.locationStart, update.locationEnd);
  const json = await clients.places(location, metresOf(radius), limit);
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
