// `GET /v1/clients`: the clients of the world, of a box or of a circle, page by page; or the nearest ones.

import { startsWith } from "../../../base/bytes.ts";
import { Instant } from "../../../base/instant.ts";
import { parseLocation } from "../../../protocol/location.ts";
import { parseTime } from "../../../protocol/time.ts";
import { encode } from "../../../base/bytes.ts";
import { type Area, boxArea, circleArea, distanceOf } from "../../../server/readers/area.ts";
import type { Grant } from "../../../server/tokens/grant.ts";
import type { Update } from "../../../protocol/update.ts";
import type { Store } from "../../../store/store.ts";
import { decodeClientId } from "../../../protocol/client_id.ts";
import { clientView } from "../client_view.ts";
import type { HttpContext } from "../../context.ts";
import {
  checked,
  ClientsQuery,
  type Extra,
  metresOf,
  positionOf,
  rawParameter,
} from "../parameters.ts";
import { Problem } from "../../problem.ts";
import type { ListedClient } from "../schemas.ts";
import { posixTime, rfc3339 } from "../times.ts";
import type { Reply } from "../../wire/reply.ts";
import type { HttpRequest } from "../../wire/request.ts";
import { formOf, printList } from "./forms.ts";

/** The radius of a circle without one, in kilometres. */
const USUAL_RADIUS_KM = 10;

/** `GET /v1/clients`: in pages; near a point the nearest, unless `after` asks for pages. */
export async function listClients(request: HttpRequest, context: HttpContext): Promise<Reply> {
  const { store, nearby, pages } = context;
  const prefix = rawParameter(request.search, "prefix");
  const given = request.query();
  const query = checked(ClientsQuery, prefix === undefined ? given : { ...given, prefix });
  const { near, limit, after } = query;
  const form = formOf(request);
  const area = areaOf(query);
  const wants = filterOf(query, { store, grant: request.grant });
  const view = viewOf(query, store);
  if (near !== undefined && after === undefined) {
    const metres = metresOf(query.radius ?? USUAL_RADIUS_KM);
    const wanted = { centre: near, metres, limit, covers: wants };
    return printList(form, { clients: await nearby.find(wanted, view) });
  }
  const position = after === undefined ? undefined : positionOf(after);
  const page = await pages.page({ area, after: position, limit, wants: wants ?? all }, view);
  const { clients, next: { feedId, position: end }, hasMore } = page;
  const next = `${feedId}:${end}`;
  return printList(form, { clients, next, hasMore }, hasMore ? nextPage(request, next) : undefined);
}

const all = () => true;

/**
 * The area of a query; undefined for the whole world.
 *
 * @throws {Problem} 400 if its parameters do not go together.
 */
function areaOf({ bbox, near, radius }: ClientsQuery): Area | undefined {
  if (bbox !== undefined && near !== undefined) {
    throw new Problem(400, "'bbox' and 'near' do not go together: ask for a box or for a circle");
  }
  if (radius !== undefined && near === undefined) {
    throw new Problem(400, "'radius' goes with 'near', such as near=34.07,-118.45");
  }
  if (bbox !== undefined) return boxArea(bbox);
  return near === undefined ? undefined : circleArea(near, metresOf(radius ?? USUAL_RADIUS_KM));
}

/** True for the records that a query and a grant let through; undefined if that is all. */
function filterOf(
  { prefix, changedSince }: ClientsQuery,
  { store, grant }: { readonly store: Store; readonly grant: Grant },
): ((record: number) => boolean) | undefined {
  const tests: ((update: Update) => boolean)[] = [];
  if (!grant.coversAll) {
    tests.push(({ bytes, clientStart, clientEnd }) => grant.covers(bytes, clientStart, clientEnd));
  }
  const beginning = prefix === undefined ? undefined : decodeClientId(prefix);
  if (beginning !== undefined) {
    tests.push(({ bytes, clientStart, clientEnd }) =>
      startsWith(bytes, clientStart, clientEnd, beginning)
    );
  }
  const since = changedSince === undefined ? undefined : instantOf(posixTime(changedSince)!);
  if (since !== undefined) {
    tests.push(({ time: { seconds, nanos } }) =>
      seconds > since.seconds || seconds === since.seconds && nanos >= since.nanos
    );
  }
  if (tests.length === 0) return undefined;
  return (record) => {
    const update = store.read(record);
    return tests.every((it) => it(update));
  };
}

function instantOf(time: string): Instant {
  const instant = new Instant();
  const bytes = encode(time);
  parseTime(bytes, 0, bytes.length, instant);
  return instant;
}

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Makes the views that a query asks for. */
function viewOf(
  { near, with: extras }: ClientsQuery,
  store: Store,
): (record: number, metres?: number) => ListedClient {
  const has = (extra: Extra) => extras.split(",").includes(extra);
  const withText = has("text"), withDate = has("date");
  return (record, metres) => {
    const update = store.read(record);
    const client = clientView(update);
    if (near !== undefined) metres ??= distanceOf(near, coordinatesOf(update));
    return {
      ...client,
      metres: metres === undefined ? undefined : Math.round(metres * 1000) / 1000,
      text: withText ? textOf(update) : undefined,
      date: withDate ? rfc3339(client.time) : undefined,
    };
  };
}

function coordinatesOf({ bytes, locationStart, locationEnd }: Update) {
  return parseLocation(bytes, locationStart, locationEnd);
}

/** The id as text; undefined if it is not UTF-8. */
function textOf({ bytes, clientStart, clientEnd }: Update): string | undefined {
  try {
    return strictUtf8.decode(bytes.subarray(clientStart, clientEnd));
  } catch {
    return undefined;
  }
}

/** The address of the next page, as the present one was asked for. */
function nextPage({ path, search }: HttpRequest, next: string): string {
  const rest = search.split("&").filter((it) => it !== "" && !it.startsWith("after="));
  return `${path}?${[...rest, `after=${next}`].join("&")}`;
}
