// Has a herd forget a client: one server is told over HTTP, and the flood tells the others.

import type { Forgotten } from "../../http/api/schemas.ts";
import { decodeClientId, encodeClientId } from "../../protocol/client_id.ts";
import type { ServerEntry } from "../../topology/topology.ts";
import type { HttpAsker } from "./ask_http.ts";
import { Failure, UsageError } from "./errors.ts";

/**
 * The name of the first of these servers that knew the client, and has forgotten it.
 *
 * @param client The id as it is, or percent-encoded as answers give it.
 * @throws {UsageError} If that is no id.
 * @throws {Failure} If no server could forget it, with the reason of each.
 */
export async function forgetClient(
  client: string,
  { servers, asker }: { readonly servers: readonly ServerEntry[]; readonly asker: HttpAsker },
): Promise<string> {
  const ids = idsOf(client);
  const reasons: string[] = [];
  for (const it of servers) {
    let reason = "knows no such client";
    for (const id of ids) {
      const answer = await asker.ask<Forgotten>(it, pathOf(id), "DELETE");
      if (typeof answer === "string") {
        reason = answer;
        break;
      }
      if (answer.wasKnown) return it.name;
    }
    reasons.push(`${it.name}: ${reason}`);
  }
  throw new Failure([`No server could forget '${client}'`, ...reasons].join("\n"));
}

/**
 * The ids that a text may mean, percent-encoded: as answers give ids, and else as it stands.
 *
 * @throws {UsageError} If it is none.
 */
function idsOf(text: string): string[] {
  if (text.includes("\ufffd")) {
    throw new UsageError(
      "The id is not UTF-8: give it percent-encoded, such as '%FF', as answers do",
    );
  }
  const ids = [decodeClientId(text), decodeClientId(text.replaceAll("%", "%25"))]
    .filter((it) => it !== undefined)
    .map((it) => encodeClientId(it));
  if (ids.length === 0) throw new UsageError("The id has white space, or is too long");
  return [...new Set(ids)];
}

/** The path of a client; that of `.` and `..` may not end in them. */
function pathOf(id: string): string {
  return id === "." || id === ".." ? `/v1/clients/-?id=${id}` : `/v1/clients/${id}`;
}
