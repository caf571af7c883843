// Settings of phones' apps, to report to a server with a token.

import { decode } from "../../base/bytes.ts";
import { decodeClientId } from "../../protocol/client_id.ts";
import { formatAddress, isLoopbackHost } from "../../base/address.ts";
import type { ServerEntry } from "../../topology/topology.ts";

/** Parts of the entries. */
export interface AppSetupOptions {
  readonly server: ServerEntry & { readonly http: number };
  readonly isTls: boolean;
  readonly token: string;
  /** The token's: an id, or the beginning of ids with `*` behind it. */
  readonly subject: string;
}

/** Entries for each app, a line each. */
export function appSetup({ server, isTls, token, subject }: AppSetupOptions): string {
  const { host, http } = server;
  const isPrefix = subject.endsWith("*");
  // An example of an id that the token covers.
  const client = isPrefix ? `${subject.slice(0, -1)}phone` : subject;
  const [user, ...device] = client.split(/\/|%2F/i);
  const start = `${isTls ? "https" : "http"}://${formatAddress(host, http)}/v1/report`;
  const lines = [
    isPrefix ? `The client is '${client}' here; any that begins so will do.` : "",
    "OsmAnd: Plugins > Trip recording > Online tracking, Web address",
    `  ${start}/${token}/osmand?id=${client}&lat={0}&lon={1}&timestamp={2}`,
    "GPSLogger: Logging details > Log to custom URL, URL",
    `  ${start}/${token}/osmand?id=${client}&lat=%LAT&lon=%LON&timestamp=%TIMESTAMP`,
    "Traccar Client 9: Settings",
    `  Server URL         ${start}/${token}/traccar`,
    `  Device identifier  ${decode(decodeClientId(client)!)}`,
    "OwnTracks: Preferences > Connection, mode HTTP",
    `  URL        ${start}/owntracks`,
    `  User name  ${user}`,
    "  Password   the token",
    `  Device ID  ${device.join("/") || "phone"}`,
    warningOf(host, isTls),
  ];
  return lines.filter((it) => it !== "").map((it) => `${it}\n`).join("");
}

function warningOf(host: string, isTls: boolean): string {
  if (isLoopbackHost(host)) return `A phone cannot reach '${host}': put the address that it knows.`;
  if (isTls) return "";
  return "HTTP is plain here: whoever is on the way can read the token. 'tls.http' in the topology " +
    "makes it HTTPS.";
}
