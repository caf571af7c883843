// An upstream for places on this machine, as a value: `await using upstream = startPlacesUpstream()`.
// Speaks Google's two formats and Overpass's, each at its own path, and fails in every way asked for.

import type { Json } from "../../../src/places/provider.ts";
import { within } from "../waiting.ts";

/** A request as it arrived. */
export interface Arrival {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
}

/** Answers a request; `stopped` resolves when the upstream stops. */
export type Behaviour = (
  arrival: Arrival,
  stopped: Promise<void>,
) => Response | Promise<Response>;

/** A running upstream. */
export interface PlacesUpstream extends AsyncDisposable {
  /** Base URL for Google's formats. */
  readonly url: string;
  /** URL for Overpass. */
  readonly overpassUrl: string;
  /** Every request so far. */
  readonly arrivals: readonly Arrival[];
  /** How to answer from now on: each for one request, the last one for all after it too. */
  behave(...behaviours: [Behaviour, ...Behaviour[]]): void;
  /** Waits until so many requests have arrived since the start. */
  arrived(count: number): Promise<void>;
}

/** Starts an upstream that finds three places. */
export function startPlacesUpstream(): PlacesUpstream {
  const arrivals: Arrival[] = [];
  const stopped = Promise.withResolvers<void>();
  let arrival = Promise.withResolvers<void>();
  let behaviours: Behaviour[] = [finding(3)];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { method, url, headers } = request;
      const seen = { method, url: new URL(url), headers, body: await request.text() };
      arrivals.push(seen);
      arrival.resolve();
      arrival = Promise.withResolvers();
      const behaviour = behaviours.length > 1 ? behaviours.shift()! : behaviours[0]!;
      return await behaviour(seen, stopped.promise);
    },
  );
  const url = `http://127.0.0.1:${server.addr.port}`;
  return {
    url,
    overpassUrl: `${url}/api/interpreter`,
    arrivals,
    behave: (...next) => behaviours = next,
    async arrived(count) {
      while (arrivals.length < count) await within(arrival.promise, `request ${count}`);
    },
    async [Symbol.asyncDispose]() {
      stopped.resolve();
      await server.shutdown();
    },
  };
}

/** Finds so many places, in the format of the path that is asked. */
export function finding(count: number): Behaviour {
  return ({ url }) => {
    const each = <T>(place: (index: number) => T) =>
      Array.from({ length: count }, (_, i) => place(i));
    switch (url.pathname) {
      case "/v1/places:searchNearby":
        return Response.json(count === 0 ? {} : { places: each(googlePlace) });
      case "/maps/api/place/nearbysearch/json":
        return Response.json({
          html_attributions: [],
          next_page_token: "token",
          results: each(legacyPlace),
          status: count === 0 ? "ZERO_RESULTS" : "OK",
        });
      case "/api/interpreter":
        return Response.json({ version: 0.6, osm3s: {}, elements: each(overpassElement) });
      default:
        return new Response("Not found", { status: 404 });
    }
  };
}

/** Answers with this text, or this value as JSON. */
export function saying(body: Json, init: ResponseInit = {}): Behaviour {
  return () => new Response(typeof body === "string" ? body : JSON.stringify(body), init);
}

/** Answers with this status and Google's form of an error. */
export function refusing(status: number, headers: Record<string, string> = {}): Behaviour {
  const error = { code: status, message: `${SECRET_TEXT} (key=${TEST_KEY})`, status: "FAILED" };
  return () => Response.json({ error }, { status, headers });
}

/** Never answers. */
export const hanging: Behaviour = async (_, stopped) => {
  await stopped;
  return new Response(null, { status: 503 });
};

/** Answers when told to. */
export function slow(until: Promise<void>, then: Behaviour): Behaviour {
  return async (arrival, stopped) => {
    await Promise.race([until, stopped]);
    return then(arrival, stopped);
  };
}

/** Begins to answer, and then does not go on. */
export const stalling: Behaviour = (_, stopped) =>
  new Response(
    new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode('{"places": [')),
      async pull(controller) {
        await stopped;
        controller.close();
      },
    }, { highWaterMark: 0 }),
  );

/** Promises more than it sends, and ends the connection. */
export const breakingOff: Behaviour = () =>
  new Response(ReadableStream.from([new TextEncoder().encode('{"places": [')]), {
    headers: { "Content-Length": "1000" },
  });

/** Answers without end. */
export const flooding: Behaviour = () =>
  new Response(
    new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(32)),
    }),
  );

/** The key that tests send: nothing that a client or a log sees may hold it. */
export const TEST_KEY = "AIzaTestKeyThatNobodyMaySee";

/** In the upstream's own error texts, which nobody may see either. */
export const SECRET_TEXT = "Request received from IP address 192.0.2.1 for project 123456789";

/** A place of Google's new API with every field that has a place in the legacy shape. */
export function googlePlace(index: number): Json {
  return {
    id: `place-${index}`,
    displayName: { text: `Place ${index}`, languageCode: "en" },
    location: { latitude: 34 + index / 1_000, longitude: -118 },
    types: ["cafe", "point_of_interest"],
    shortFormattedAddress: `${index} Main Street, Los Angeles`,
  };
}

/** A place of Google's legacy API, with a field that nobody knows. */
export function legacyPlace(index: number): Json {
  return {
    geometry: { location: { lat: 34 + index / 1_000, lng: -118 } },
    name: `Place ${index}`,
    opening_hours: { open_now: true },
    place_id: `place-${index}`,
    unheard_of: [null, 1.5, { deep: "field" }],
    vicinity: `${index} Main Street, Los Angeles`,
  };
}

/** An element of OpenStreetMap; the first is the farthest. */
export function overpassElement(index: number): Json {
  return {
    type: "node",
    id: index,
    lat: 34.1 - index / 1_000,
    lon: -118,
    tags: { name: `Place ${index}`, amenity: "cafe" },
  };
}
