// The clients that a query means: an area, and a test of records.

import { encode, startsWith } from "../../../base/bytes.ts";
import { Instant } from "../../../base/instant.ts";
import { parseTime } from "../../../protocol/time.ts";
import type { Update } from "../../../protocol/update.ts";
import { type Area, boxArea, circleArea } from "../../../server/readers/area.ts";
import type { Grant } from "../../../server/tokens/grant.ts";
import type { Store } from "../../../store/store.ts";
import { decodeClientId } from "../../../protocol/client_id.ts";
import { checked, type Filters, metresOf, rawParameter } from "../parameters.ts";
import { Problem } from "../../problem.ts";
import { posixTime } from "../times.ts";
import type * as v from "valibot";

/** The radius of a circle without one, in kilometres. */
export const USUAL_RADIUS_KM = 10;

/**
 * A query by its schema, whose `prefix` is taken as it was sent.
 *
 * @throws {Problem} 400 with every fault.
 */
export function checkedQuery<const S extends v.GenericSchema>(
  schema: S,
  search: string,
  query: Readonly<Record<string, string>>,
): v.InferOutput<S> {
  const prefix = rawParameter(search, "prefix");
  return checked(schema, prefix === undefined ? query : { ...query, prefix });
}

/**
 * The area of a query; undefined for the whole world.
 *
 * @throws {Problem} 400 if its parameters do not go together.
 */
export function areaOf({ bbox, near, radius }: Filters): Area | undefined {
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
export function filterOf(
  { prefix, changedSince }: Filters,
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
