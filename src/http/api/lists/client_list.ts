// `GET /v1/clients`: the clients of the world, of a box or of a circle, page by page; or the nearest ones.

import { parseLocation } from "../../../protocol/location.ts";
import { distanceOf } from "../../../server/readers/area.ts";
import type { Update } from "../../../protocol/update.ts";
import type { Store } from "../../../store/store.ts";
import { clientView } from "../client_view.ts";
import type { HttpContext } from "../../context.ts";
import { ClientsQuery, type Extra, metresOf, positionOf } from "../parameters.ts";
import type { ListedClient } from "../schemas.ts";
import { rfc3339 } from "../times.ts";
import type { Reply } from "../../wire/reply.ts";
import type { HttpRequest } from "../../wire/request.ts";
import { areaOf, checkedQuery, filterOf, USUAL_RADIUS_KM } from "./filters.ts";
import { formOf, printList } from "./forms.ts";

/** `GET /v1/clients`: in pages; near a point the nearest, unless `after` asks for pages. */
export async function listClients(request: HttpRequest, context: HttpContext): Promise<Reply> {
  const { store, nearby, pages } = context;
  const query = checkedQuery(ClientsQuery, request.search, request.query());
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
