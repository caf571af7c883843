// All clients that a herd knows, or those of an area, page by page along a server's feed.

import type { Clients } from "../../http/api/schemas.ts";
import { START } from "../../http/api/parameters.ts";
import { decodeClientId, encodeClientId } from "../../protocol/client_id.ts";
import { Failure, UsageError } from "../command/errors.ts";
import { EXPORT_FORMS, type Format } from "./export_forms.ts";
import type { HerdPort } from "./herd_port.ts";

/** Clients of a page: the most that a server gives. */
const CLIENTS_A_PAGE = 1_000;

/** The clients that are wanted, as the API's parameters have it. */
export interface Wanted {
  readonly bbox?: string | undefined;
  readonly near?: string | undefined;
  readonly radius?: string | undefined;
  readonly prefix?: string | undefined;
}

export interface ExportOptions {
  readonly port: HerdPort;
  readonly wanted: Wanted;
  readonly format: Format;
  /** Ends it early. */
  readonly signal: AbortSignal;
  /** Takes a piece of the text, and resolves when there is room for the next. */
  write(text: string): Promise<void>;
}

/**
 * Writes the clients and gives their number. Each client that stands still meanwhile is written once; one
 * that moves is written again.
 *
 * @throws {Failure} If the herd cannot be asked, or the server that began it cannot be asked any more.
 */
export async function exportClients(
  { port, wanted, format, signal, write }: ExportOptions,
): Promise<number> {
  const form = EXPORT_FORMS[format];
  await write(form.head);
  let after = START;
  let count = 0;
  while (!signal.aborted) {
    // Positions are of one server's feed, so another server cannot go on.
    const path = `/v1/clients?${queryOf(wanted)}limit=${CLIENTS_A_PAGE}&after=${after}`;
    const { clients, next, hasMore } = parsePage(
      await port.ask({ path, mayMove: after === START }),
    );
    if (after !== START && feedOf(next) !== feedOf(after)) {
      throw new Failure(`${port.server} was started again meanwhile: run this again`);
    }
    const texts = clients.map((it) => form.print(it));
    if (count > 0 && texts.length > 0) await write(form.separator);
    await write(texts.join(form.separator));
    count += clients.length;
    after = next;
    if (!hasMore) break;
  }
  await write(form.foot);
  return count;
}

function parsePage(text: string): Clients & { readonly next: string } {
  try {
    const page = JSON.parse(text);
    if (Array.isArray(page.clients) && typeof page.next === "string") return page;
  } catch {
    // Told below.
  }
  throw new Failure("What answers at the herd's HTTP port is no server of a herd");
}

function feedOf(position: string): string {
  return position.slice(0, position.indexOf(":"));
}

/** The parameters, each with `&` behind it. */
function queryOf({ prefix, ...others }: Wanted): string {
  const parameters = Object.entries(others)
    .map(([name, value]) => value === undefined ? "" : `${name}=${encodeURIComponent(value)}&`);
  return parameters.join("") + (prefix === undefined ? "" : `prefix=${encodedPrefix(prefix)}&`);
}

/**
 * The beginning of ids, percent-encoded: it may be given so, and else as it stands.
 *
 * @throws {UsageError} If no id begins so.
 */
function encodedPrefix(text: string): string {
  const bytes = decodeClientId(text) ?? decodeClientId(text.replaceAll("%", "%25"));
  if (bytes === undefined) throw new UsageError(`No id begins with '${text}': it has white space`);
  return encodeClientId(bytes);
}
