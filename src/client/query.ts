// The queries of the API.

import type { Filters, Time } from "./forms.ts";
import { canonicalId } from "./ids.ts";

/** A query, with its question mark if it is not empty; what is undefined is left out. */
export function queryOf(parameters: Readonly<Record<string, string | number | undefined>>): string {
  const parts = Object.entries(parameters)
    .flatMap(([name, value]) => value === undefined ? [] : [`${name}=${value}`]);
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

export function filterParameters(
  { bbox, near, prefix, changedSince }: Filters,
): Record<string, string | number | undefined> {
  return {
    bbox: bbox?.map(decimal).join(","),
    near: near && `${decimal(near.lat)},${decimal(near.lon)}`,
    radius: near?.radius === undefined ? undefined : decimal(near.radius),
    prefix: prefix === undefined ? undefined : canonicalId(prefix),
    changedSince: changedSince === undefined
      ? undefined
      : encodeURIComponent(textOfTime(changedSince)),
  };
}

/** A time as it is sent. */
export function textOfTime(time: Time): string {
  return time instanceof Date ? time.toISOString() : String(time);
}

/** A number in a query, where `+` would be a space. */
function decimal(value: number): string {
  return String(value).replace("+", "");
}
