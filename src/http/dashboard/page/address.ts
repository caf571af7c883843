// The page's address behind its `#`: view and selection. So a view can be shared,
// and is there again after a reload.

import { project, unproject } from "../map/projection.ts";
import type { View } from "../map/view.ts";

/** Contents of an address; undefined where it has none. */
export interface Look {
  readonly at?: {
    readonly latitude: number;
    readonly longitude: number;
    readonly zoom: number;
  } | undefined;
  /** An id, percent-encoded. */
  readonly client?: string | undefined;
  readonly server?: string | undefined;
}

/** Reads the part of an address from its `#` on; what makes no sense is left out. */
export function parseLook(hash: string): Look {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const [latitude, longitude, zoom] = (fields.get("at") ?? "").split(",").map(Number);
  const isPlace = Math.abs(latitude!) <= 90 && Math.abs(longitude!) <= 180 && zoom! > 0;
  return {
    at: isPlace ? { latitude: latitude!, longitude: longitude!, zoom: zoom! } : undefined,
    client: fields.get("client") ?? undefined,
    server: fields.get("server") ?? undefined,
  };
}

/** The part of an address from its `#` on; empty if there is nothing to say. */
export function printLook({ at, client, server }: Look): string {
  const fields: string[] = [];
  if (at !== undefined) {
    const digits = Math.min(6, Math.max(2, Math.ceil(Math.log10(at.zoom)) + 2));
    const place = [at.latitude, at.longitude].map((it) => it.toFixed(digits));
    fields.push(`at=${place.join(",")},${Number(at.zoom.toPrecision(3))}`);
  }
  if (client !== undefined) fields.push(`client=${encodeURIComponent(client)}`);
  if (server !== undefined) fields.push(`server=${encodeURIComponent(server)}`);
  return fields.length === 0 ? "" : `#${fields.join("&")}`;
}

/** The part of the world that a view looks at; undefined if that is simply the world. */
export function placeOf(view: View): Look["at"] {
  if (!view.wasMoved) return undefined;
  const { x, y } = view.toUnits(view.width / 2, view.height / 2);
  const degrees = unproject(x, y);
  if (degrees === undefined) return undefined;
  return { longitude: degrees[0], latitude: degrees[1], zoom: view.zoom };
}

/** Has a view look there. */
export function lookAt(view: View, at: NonNullable<Look["at"]>): void {
  const [x, y] = project(at.longitude, at.latitude);
  view.jumpTo(x, y, at.zoom);
}
